/** The watch between the store's sums and what is done about them: on a virtual clock, with a store that only remembers. */
import { expect, test } from 'vitest';
import { startSendingHealthWatch } from '../../../src/upkeep/sending-health-watch.ts';
import { silentLog } from '../../../src/platform/log.ts';
import type { HealthTerms } from '../../../src/policy/health-terms.ts';
import type { HealthCounts, HealthLevel } from '../../../src/policy/health.ts';
import type { HealthChange, HealthState, StreamTotals } from '../../../src/store/health.ts';
import type { DeliverySelection } from '../../../src/store/queue-admin.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const RULES = {
  leastMessages: 100,
  warn: { bounces: 0.04, complaints: 0.001 },
  throttle: { bounces: 0.07, complaints: undefined },
  hold: { bounces: 0.1, complaints: 0.005 },
};

class Relay {
  readonly clock = new VirtualClock();
  streams: StreamTotals[] = [];
  readonly states = new Map<string, HealthState>();
  readonly changes: string[] = [];
  readonly holds: DeliverySelection[] = [];
  holdFails = false;
  /** What somebody does right after the figures were read. */
  afterTotals: () => void = () => undefined;
  /** The account's own. */
  terms: HealthTerms | undefined;

  watch() {
    return startSendingHealthWatch({
      clock: this.clock,
      log: silentLog,
      config: { rules: RULES, throttlePerMinute: 30, sourceComplaints: undefined },
      reader: {
        streamTotals: async () => {
          const { streams } = this;
          this.afterTotals();
          return streams;
        },
        healthStates: async () => [...this.states.values()],
        healthTotals: async () => [],
      },
      writer: {
        setHealth: (change) => this.#set(change),
        releaseHealth: () => Promise.resolve(0),
      },
      queue: {
        hold: (selection) => {
          if (this.holdFails) return Promise.reject(new Error('busy'));
          this.holds.push(selection);
          return Promise.resolve(1);
        },
      },
    });
  }

  #set({ accountId, stream, level, reason, perMinute }: HealthChange): Promise<void> {
    this.changes.push(
      `${stream === '' ? accountId : stream} ${level}${perMinute === undefined ? '' : ` ${perMinute}`}`,
    );
    if (level === 'good') this.states.delete(stream);
    else this.states.set(stream, stateOf(stream, level, reason));
    return Promise.resolve();
  }

  counted(stream: string, counts: Partial<HealthCounts>): void {
    const whole = { delivered: 0, hardBounced: 0, failed: 0, complained: 0, ...counts };
    this.streams = [
      ...this.streams.filter((one) => one.stream !== stream),
      {
        ...{ accountId: 'acc_1', accountName: 'shop', healthTerms: this.terms },
        ...{ stream, counts: whole, countsForAccount: whole },
      },
    ];
  }
}

function stateOf(stream: string, level: HealthLevel, reason = ''): HealthState {
  return { accountId: 'acc_1', accountName: 'shop', stream, level, reason, perMinute: undefined, sinceMs: 0 };
}

test('a stream goes from warning to throttle to hold, each said once, and what waits is held', async () => {
  const relay = new Relay();
  const watch = relay.watch();
  relay.counted('transactional', { delivered: 100_000 });
  for (const hardBounced of [10, 50, 80, 120]) {
    relay.counted('broadcast', { delivered: 1000 - hardBounced, hardBounced });
    await watch.look();
    await watch.look();
  }
  expect(relay.changes).toEqual(['broadcast warn', 'broadcast throttle 30', 'broadcast hold']);
  expect(relay.holds).toEqual([
    { accountId: 'acc_1', id: undefined, destination: undefined, stream: 'broadcast' },
  ]);
  watch.stop();
});

test('a hold that is lifted while the figures are read is not put back by them', async () => {
  const relay = new Relay();
  const watch = relay.watch();
  relay.counted('broadcast', { delivered: 800, hardBounced: 200 });
  await watch.look();
  relay.afterTotals = () => {
    relay.states.clear();
    relay.counted('broadcast', {});
  };
  await watch.look();
  await watch.look();
  expect(relay.changes).toEqual(['broadcast hold']);
  watch.stop();
});

test('what waits is not held any more for a hold that was lifted before it could be', async () => {
  const relay = new Relay();
  const watch = relay.watch();
  relay.counted('broadcast', { delivered: 800, hardBounced: 200 });
  relay.holdFails = true;
  await watch.look();
  relay.states.clear();
  relay.counted('broadcast', {});
  relay.holdFails = false;
  await watch.look();
  expect(relay.holds).toEqual([]);
  watch.stop();
});

test('an account with limits of its own is judged by them', async () => {
  const relay = new Relay();
  relay.terms = { warn_bounces: null, throttle_bounces: 0.15, throttle_per_minute: 4, hold_bounces: 0.5 };
  const watch = relay.watch();
  relay.counted('transactional', { delivered: 100_000 });
  for (const hardBounced of [120, 200, 600]) {
    relay.counted('broadcast', { delivered: 1000 - hardBounced, hardBounced });
    await watch.look();
  }
  expect(relay.changes).toEqual(['broadcast throttle 4', 'broadcast hold']);
  watch.stop();
});

test('a warning goes with its figures, also when nothing is sent any more; a hold stays', async () => {
  const relay = new Relay();
  const watch = relay.watch();
  relay.counted('broadcast', { delivered: 95, hardBounced: 5 });
  await watch.look();
  relay.counted('broadcast', { delivered: 1000, hardBounced: 5 });
  await watch.look();
  relay.counted('broadcast', { delivered: 95, hardBounced: 5 });
  await watch.look();
  relay.streams = [];
  await watch.look();
  const both = ['broadcast warn', 'acc_1 warn', 'broadcast good', 'acc_1 good'];
  expect(relay.changes).toEqual([...both, ...both]);
  relay.states.set('broadcast', stateOf('broadcast', 'hold'));
  await watch.look();
  expect(relay.changes).toHaveLength(8);
  watch.stop();
});

test('an account is held without a stream, so all of its mail', async () => {
  const relay = new Relay();
  const watch = relay.watch();
  relay.counted('a', { delivered: 30, hardBounced: 30 });
  relay.counted('b', { delivered: 30, hardBounced: 30 });
  await watch.look();
  expect(relay.changes).toEqual(['acc_1 hold']);
  expect(relay.holds).toEqual([
    { accountId: 'acc_1', id: undefined, destination: undefined, stream: undefined },
  ]);
  watch.stop();
});

test('what could not be held, or was not by an earlier process, is held later', async () => {
  const relay = new Relay();
  relay.states.set('broadcast', stateOf('broadcast', 'hold'));
  relay.holdFails = true;
  const watch = relay.watch();
  await watch.look();
  expect(relay.holds).toHaveLength(0);
  relay.holdFails = false;
  await watch.look();
  await watch.look();
  expect(relay.holds).toHaveLength(1);
  watch.stop();
});

test('it looks by itself until it is stopped', async () => {
  const relay = new Relay();
  const watch = relay.watch();
  relay.counted('broadcast', { delivered: 50, hardBounced: 50 });
  await relay.clock.advance(5_000);
  expect(relay.changes).toEqual(['broadcast hold']);
  watch.stop();
  relay.counted('other', { hardBounced: 500 });
  await relay.clock.advance(60_000);
  expect(relay.changes).toHaveLength(1);
});
