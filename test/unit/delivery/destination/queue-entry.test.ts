/** Who owns the counts of a destination and the place of an entry, and what they refuse. */
import { describe, expect, test } from 'vitest';
import { ActiveDestination } from '../../../../src/delivery/destination/active-destination.ts';
import { QueueEntry } from '../../../../src/delivery/destination/queue-entry.ts';
import { AssertionFailure } from '../../../../src/platform/assert.ts';

function claimed(count: number) {
  const destination = new ActiveDestination('dest.test', 50);
  destination.claim(count);
  const deliveries = Array.from({ length: count }, (_, deliveryId) => ({ deliveryId }));
  const source = { facts: { accountId: 'acc_1' } };
  const entry = new QueueEntry({ messageId: 1 }, source as never, destination, deliveries as never);
  const counts = () => [destination.claimed, destination.unsettled];
  return { destination, entry, counts };
}

describe('an entry on its way', () => {
  test('is unsettled from the time a session takes it until its outcome is durable', () => {
    const { entry, counts } = claimed(3);
    entry.awaitRoute();
    entry.queue();
    expect(counts()).toEqual([3, 0]);
    entry.begin();
    expect(counts()).toEqual([3, 3]);
    entry.settle();
    expect(counts()).toEqual([3, 3]);
    entry.settled();
    expect(counts()).toEqual([0, 0]);
  });

  test('is not unsettled while it is queued again', () => {
    const { entry, counts } = claimed(2);
    entry.queue();
    entry.begin();
    entry.requeue();
    expect(counts()).toEqual([2, 0]);
    entry.begin();
    expect(counts()).toEqual([2, 2]);
  });

  test.each(['claimed', 'unrouted', 'queued'] as const)(
    'that is settled untried counts as well: %s',
    (from) => {
      const { entry, counts } = claimed(2);
      if (from === 'unrouted') entry.awaitRoute();
      if (from === 'queued') entry.queue();
      entry.settle();
      expect(counts()).toEqual([2, 2]);
      entry.settled();
      expect(counts()).toEqual([0, 0]);
    },
  );

  test('goes on in parts that count for themselves', () => {
    const { entry, counts } = claimed(3);
    entry.queue();
    entry.begin();
    const [first, ...others] = entry.deliveries;
    const one = entry.part([first!]);
    const two = entry.part(others, { retried: true });
    expect([one.retried, two.retried]).toEqual([false, true]);
    two.requeue();
    expect(counts()).toEqual([3, 1]);
    one.settle();
    one.settled();
    expect(counts()).toEqual([2, 0]);
  });
});

describe('an entry is in one place:', () => {
  const refused: Readonly<Record<string, (entry: QueueEntry) => void>> = {
    'not begun before it was queued': (entry) => entry.begin(),
    'not durable before it was settled': (entry) => entry.settled(),
    'not requeued before it began': (entry) => {
      entry.queue();
      entry.requeue();
    },
    'not queued twice': (entry) => {
      entry.queue();
      entry.queue();
    },
    'not taken by two sessions': (entry) => {
      entry.queue();
      entry.begin();
      entry.begin();
    },
    'not settled twice': (entry) => {
      entry.settle();
      entry.settle();
    },
    'not settled when its parts went on': (entry) => {
      entry.queue();
      entry.begin();
      entry.part(entry.deliveries);
      entry.settle();
    },
    'not divided while it waits': (entry) => {
      entry.queue();
      entry.part(entry.deliveries);
    },
  };
  test.each(Object.entries(refused))('%s', (_name, moves) => {
    expect(() => moves(claimed(1).entry)).toThrow(AssertionFailure);
  });
});

describe('a destination', () => {
  test('never has more unsettled than claimed, and none below zero', () => {
    const destination = new ActiveDestination('dest.test', 50);
    destination.claim(2);
    expect(() => destination.begin(3)).toThrow(AssertionFailure);
    const other = new ActiveDestination('other.test', 50);
    expect(() => other.requeue(1)).toThrow(AssertionFailure);
    const third = new ActiveDestination('third.test', 50);
    third.claim(1);
    expect(() => third.settle(1)).toThrow(AssertionFailure);
  });

  test('counts a try for what was claimed before the store knew of it, and for nothing that was claimed after', () => {
    const destination = new ActiveDestination('dest.test', 50);
    const claim = () => {
      destination.claim(1);
      return new QueueEntry({ messageId: 1 }, {} as never, destination, [{ deliveryId: 1 }] as never);
    };
    destination.block(60_000, true);
    const early = claim();
    expect(early.destinationTries).toBe(1);
    destination.blockWritten({ untilMs: 60_000, tries: 1 }, 100);
    const late = claim();
    expect([early.destinationTries, late.destinationTries]).toEqual([1, 0]);
    destination.block(90_000, true);
    expect([early.destinationTries, late.destinationTries]).toEqual([2, 1]);
  });

  test('takes late claims for late only until a second after the store knew of the block', () => {
    const destination = new ActiveDestination('dest.test', 50);
    destination.block(60_000, true);
    expect(destination.tries).toBe(1);
    expect(destination.isBlocked(59_999)).toBe(true);
    expect(destination.mayComeLate(1e9)).toBe(true);
    destination.blockWritten({ untilMs: 50_000 }, 100);
    expect(destination.mayComeLate(1e9)).toBe(true);
    destination.blockWritten({ untilMs: 60_000 }, 100);
    expect(destination.mayComeLate(1_099)).toBe(true);
    expect(destination.mayComeLate(1_100)).toBe(false);
    expect(destination.unblock()).toBe(true);
    expect(destination.unblock()).toBe(false);
    expect(destination.isBlocked(0)).toBe(false);
  });

  test('calls its sites in turn, but not the one that goes on by itself', () => {
    const destination = new ActiveDestination('dest.test', 50);
    const called: string[] = [];
    const site = (name: string) =>
      ({ dispatch: () => called.push(name) }) as unknown as Parameters<ActiveDestination['servedBy']>[0];
    const [a, b] = [site('a'), site('b')];
    destination.servedBy(a);
    destination.servedBy(b);
    destination.dispatch();
    destination.dispatch();
    destination.dispatch(a);
    expect(called).toEqual(['b', 'a', 'a', 'b', 'b']);
  });
});
