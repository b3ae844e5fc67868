/** What nodes share of limits that the relay sets itself, and of what an operator has suspended. */
import { describe, expect, test } from 'vitest';
import { SAME_MOMENT_MS, type LimitingReply } from '../../../src/policy/shaping/next-limit.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { eventually } from '../../support/eventually.ts';
import { benchFor, type Engine, type OpenedStore } from './engine.ts';
import { claimAll, defaultAccountId, newMessage, settleAll, ROOMY, recordingListener } from './fixtures.ts';

const MIN = 60_000;
const AT = 10 * MIN;

function said(nowMs: number, changes: Partial<LimitingReply> = {}): LimitingReply {
  return {
    ...{ subject: 'google', source: undefined, action: 'slow', forMs: 10 * MIN, rule: 'google-rate' },
    ...{ reply: '421 4.7.28 slow down', destination: 'gmail.test' },
    ...{ startedAtMs: nowMs, nowMs, ofConnection: false, connections: 10, perMinute: 600 },
    ...changes,
  };
}

export function describeDestinationLimits(engine: Engine): void {
  describe('limits of destinations', () => {
    const bench = benchFor(engine);

    test('are told of with who, why, until when and what undoes them, and outlast a restart', async () => {
      const { open } = bench();
      const before = await open();
      const limit = await before.shaping.limitDestination(said(AT));
      await before.close();
      const after = await open();
      expect(await after.shaping.destinationLimits()).toEqual([limit]);
      expect(limit).toMatchObject({
        action: 'slow',
        step: 1,
        perMinute: 300,
        connections: 5,
        source: undefined,
      });
      expect(await after.findings.serverEvents({ after: 0, limit: 10 })).toEqual([
        {
          ...{ sequence: 1, type: 'destination_limited', atMs: AT },
          data: {
            ...{ change: 'slowed', subject: 'google', source: null, destination: 'gmail.test' },
            ...{ rule: 'google-rate', reply: '421 4.7.28 slow down', times: 1, actor: 'relayd' },
            ...{ until: '1970-01-01T00:20:00.000Z', per_minute: 300, connections: 5 },
            undone_by: 'relayctl destination resume gmail.test',
          },
        },
      ]);
    });

    test('begin once, and are told of once, however many nodes are refused at the same moment', async () => {
      const { shaping, findings } = await bench().open();
      const limits = await Promise.all(
        [0, 1, 2, 3, 4, 5].map((later) => shaping.limitDestination(said(AT + later))),
      );
      expect(new Set(limits.map(({ step }) => step))).toEqual(new Set([1]));
      expect(await findings.lastServerEvent()).toBe(1);
      const again = AT + SAME_MOMENT_MS + MIN;
      const more = await Promise.all([0, 1, 2].map((later) => shaping.limitDestination(said(again + later))));
      expect(new Set(more.map(({ step }) => step))).toEqual(new Set([2]));
      expect(await findings.lastServerEvent()).toBe(2);
    });

    test('are apart by subject and source', async () => {
      const { shaping } = await bench().open();
      await shaping.limitDestination(said(AT, { source: 'out-1' }));
      await shaping.limitDestination(said(AT));
      await shaping.limitDestination(said(AT, { subject: 'mx.r.test' }));
      const limits = await shaping.destinationLimits();
      expect(limits.map(({ subject, source, step }) => [subject, source, step])).toEqual([
        ['google', undefined, 1],
        ['google', 'out-1', 1],
        ['mx.r.test', undefined, 1],
      ]);
    });

    test('rise by steps that are due, once, and end', async () => {
      const { shaping, findings } = await bench().open();
      await shaping.limitDestination(said(AT, { action: 'suspend' }));
      expect(await shaping.raiseLimits(AT + 10 * MIN - 1)).toBe(0);
      const raised = await Promise.all([0, 1, 2].map((later) => shaping.raiseLimits(AT + 10 * MIN + later)));
      expect(raised.reduce((sum, one) => sum + one, 0)).toBe(1);
      expect(await shaping.destinationLimits()).toMatchObject([
        { action: 'slow', step: 3, connections: 1, changedAtMs: AT + 10 * MIN },
      ]);
      for (const minutes of [20, 30, 40]) await shaping.raiseLimits(AT + minutes * MIN);
      expect(await shaping.destinationLimits()).toEqual([]);
      const events = await findings.serverEvents({ after: 0, limit: 10 });
      expect(events.map(({ data }) => data['change'])).toEqual([
        ...['suspended', 'raised', 'raised', 'raised', 'lifted'],
      ]);
    });

    test('are over after a long while with nobody there, told of as one change', async () => {
      const { shaping, findings } = await bench().open();
      await shaping.limitDestination(said(AT));
      expect(await shaping.raiseLimits(AT + 1_000 * MIN)).toBe(1);
      expect(await shaping.destinationLimits()).toEqual([]);
      expect(await findings.lastServerEvent()).toBe(2);
    });

    test('of a clock that was set back since last as long as they were to, and nobody is told', async () => {
      const { shaping, findings } = await bench().open();
      const ahead = AT + 180 * MIN;
      await shaping.limitDestination(said(ahead, { action: 'suspend' }));
      expect(await shaping.raiseLimits(AT)).toBe(1);
      expect(await shaping.destinationLimits()).toMatchObject([
        { action: 'suspend', changedAtMs: AT, untilMs: AT + 10 * MIN },
      ]);
      expect(await shaping.raiseLimits(AT + MIN)).toBe(0);
      expect(await findings.lastServerEvent()).toBe(1);
      await shaping.raiseLimits(AT + 10 * MIN);
      expect(await shaping.destinationLimits()).toMatchObject([{ action: 'slow' }]);
    });

    test('begin anew where the one before was over and nobody had written so', async () => {
      const { shaping, findings } = await bench().open();
      await shaping.limitDestination(said(AT));
      expect(await shaping.limitDestination(said(AT + 1_000 * MIN))).toMatchObject({ step: 1, times: 1 });
      const events = await findings.serverEvents({ after: 0, limit: 10 });
      expect(events.map(({ data }) => data['change'])).toEqual(['slowed', 'slowed']);
    });

    test('are lifted by an operator, from every source, and that is told of with who did it', async () => {
      const { shaping, findings } = await bench().open();
      await shaping.limitDestination(said(AT, { source: 'out-1' }));
      await shaping.limitDestination(said(AT));
      await shaping.limitDestination(said(AT, { subject: 'yahoo' }));
      expect(await shaping.liftLimits(['google', 'mx.r.test'], AT + MIN, 'cli')).toBe(2);
      expect((await shaping.destinationLimits()).map(({ subject }) => subject)).toEqual(['yahoo']);
      const [last] = (await findings.serverEvents({ after: 4, limit: 10 })).slice(-1);
      expect(last?.data).toMatchObject({ change: 'lifted', subject: 'google', actor: 'cli' });
      expect(await shaping.liftLimits(['google'], AT + MIN, 'cli')).toBe(0);
    });
  });

  describe('suspensions', () => {
    const bench = benchFor(engine);
    const SUSPENDED = { kind: 'source', subject: 'out-1', atMs: AT, actor: 'cli' } as const;

    test('of sources are kept over a restart until they are resumed', async () => {
      const { open } = bench();
      const before = await open();
      const suspension = { ...SUSPENDED, untilMs: AT + MIN, reason: 'on a blocklist' };
      await before.shaping.suspend(suspension);
      await before.close();
      const { shaping } = await open();
      expect(await shaping.suspensions()).toEqual([suspension]);
      expect(await shaping.resume(SUSPENDED, AT + 1, 'cli')).toBe(true);
      expect(await shaping.resume(SUSPENDED, AT + 1, 'cli')).toBe(false);
      expect(await shaping.suspensions()).toEqual([]);
    });

    test('take the place of an earlier one', async () => {
      const { shaping } = await bench().open();
      await shaping.suspend({ ...SUSPENDED, untilMs: AT + MIN, reason: 'one' });
      const later = { ...SUSPENDED, atMs: AT + 1, untilMs: undefined, reason: undefined };
      await shaping.suspend(later);
      expect(await shaping.suspensions()).toEqual([later]);
    });

    test('of destinations say until when and why, and go with the mark that claims read', async () => {
      const { shaping, queue } = await bench().open();
      const details = { untilMs: AT + MIN, reason: 'they asked' };
      await queue.suspendDestination('r.test', true, AT, 'cli', details);
      const suspension = { kind: 'destination', subject: 'r.test', atMs: AT, actor: 'cli', ...details };
      expect(await shaping.suspensions()).toEqual([suspension]);
      expect(await queue.destination('r.test')).toMatchObject({ suspended: true });
      await queue.suspendDestination('r.test', false, AT + 1, 'cli');
      expect(await shaping.suspensions()).toEqual([]);
      expect(await queue.destination('r.test')).toMatchObject({ suspended: false });
    });

    test('of sources end once, by whoever says it first, and not before their time or in place of later ones', async () => {
      const { shaping } = await bench().open();
      await shaping.suspend({ ...SUSPENDED, untilMs: AT + MIN, reason: undefined });
      expect(await shaping.endSuspension(SUSPENDED, AT + MIN - 1, 'relayd')).toBe(false);
      await shaping.suspend({ ...SUSPENDED, untilMs: AT + 2 * MIN, reason: 'longer' });
      expect(await shaping.endSuspension(SUSPENDED, AT + MIN, 'relayd')).toBe(false);
      const ends = [1, 2, 3].map(() => shaping.endSuspension(SUSPENDED, AT + 2 * MIN, 'relayd'));
      expect((await Promise.all(ends)).sort()).toEqual([false, false, true]);
      await shaping.suspend({ ...SUSPENDED, untilMs: undefined, reason: undefined });
      expect(await shaping.endSuspension(SUSPENDED, AT + 9 * MIN, 'relayd')).toBe(false);
      expect(await shaping.suspensions()).toHaveLength(1);
    });

    test('of destinations end so too, with the mark that claims read', async () => {
      const store = await bench().open();
      const { queue, shaping } = store;
      const until = (untilMs: number | undefined) => ({ untilMs, reason: undefined });
      await queue.suspendDestination('r.test', true, AT, 'cli', until(AT + MIN));
      expect(await queue.endDestinationSuspension('r.test', AT + MIN - 1, 'relayd')).toBe(false);
      expect(await queue.destination('r.test')).toMatchObject({ suspended: true });
      const ends = [1, 2].map(() => queue.endDestinationSuspension('r.test', AT + MIN, 'relayd'));
      expect((await Promise.all(ends)).sort()).toEqual([false, true]);
      expect(await queue.destination('r.test')).toMatchObject({ suspended: false });
      expect(await shaping.suspensions()).toEqual([]);
      await queue.suspendDestination('r.test', true, AT + MIN, 'cli', until(undefined));
      expect(await queue.endDestinationSuspension('r.test', AT + 2 * MIN, 'relayd')).toBe(false);
      expect(await queue.endDestinationSuspension('never.test', AT + MIN, 'relayd')).toBe(false);
      expect(await queue.destination('r.test')).toMatchObject({ suspended: true });
    });

    const ALL = { id: undefined, destination: undefined };
    const suspended = async (store: OpenedStore) => {
      const subject = await defaultAccountId(store);
      const suspension = { kind: 'account', subject, atMs: AT, actor: 'cli' } as const;
      await store.shaping.suspend({ ...suspension, untilMs: undefined, reason: undefined });
      return suspension;
    };
    const accept = async (store: OpenedStore) => {
      const message = await newMessage(store);
      await store.spool.accept(message);
      return message.facts.id;
    };
    const stateOf = async ({ queue }: OpenedStore, id: string) =>
      (await queue.messageById(id))?.deliveries[0]?.state;

    test('of accounts hold new mail, and what waits is held and released; what was held before stays', async () => {
      const store = await bench().open();
      const { shaping, queue } = store;
      const accountId = await defaultAccountId(store);
      const before = await accept(store);
      await queue.hold({ ...ALL, accountId: undefined, id: before }, AT, 'cli');
      const waiting = await accept(store);
      const suspension = await suspended(store);
      expect(await queue.holdSuspended(accountId, systemClock.now(), 'cli')).toBe(1);
      const later = await accept(store);
      for (const id of [before, waiting, later]) expect(await stateOf(store, id)).toBe('held');
      // Said twice: what is held for it now was not held before.
      await suspended(store);
      expect(await shaping.resume(suspension, AT + 1, 'cli')).toBe(true);
      expect(await shaping.resume(suspension, AT + 1, 'cli')).toBe(false);
      expect(await shaping.suspensions()).toEqual([]);
      expect(await shaping.accountsResuming()).toEqual([accountId]);
      expect(await stateOf(store, await accept(store))).toBe('queued');
      expect(await queue.releaseSuspended(accountId, systemClock.now(), 'cli')).toBe(2);
      await shaping.resumed(accountId);
      expect(await shaping.accountsResuming()).toEqual([]);
      const states = await Promise.all([before, waiting, later].map((id) => stateOf(store, id)));
      expect(states).toEqual(['held', 'queued', 'queued']);
      expect(await queue.release({ ...ALL, accountId }, systemClock.now(), 'cli')).toBe(1);
    });

    test.each(['by its id', 'all of its account', 'all of its destination', 'everything', 'by its sender'])(
      'of accounts leave alone what an operator holds meanwhile: %s',
      async (how) => {
        const store = await bench().open();
        const { queue, shaping } = store;
        const accountId = await defaultAccountId(store);
        await shaping.suspend({
          ...{ kind: 'account', subject: accountId, atMs: AT, actor: 'cli' },
          ...{ untilMs: undefined, reason: undefined },
        });
        const message = await newMessage(store);
        await store.spool.accept(message);
        const { id } = message.facts;
        const state = async () => (await queue.messageById(id))?.deliveries[0];
        expect(await state()).toMatchObject({ state: 'held', heldForAccount: true });
        const selection = {
          'by its id': { ...ALL, accountId: undefined, id },
          'all of its account': { ...ALL, accountId },
          'all of its destination': { ...ALL, accountId: undefined, destination: 'example.com' },
          'by its sender': { ...ALL, accountId: undefined, sender: message.facts.reversePath },
        }[how] ?? { ...ALL, accountId: undefined };
        expect(await queue.hold(selection, systemClock.now(), 'cli')).toBe(1);
        expect(await queue.hold(selection, systemClock.now(), 'cli')).toBe(0);
        expect((await state())?.heldForAccount).toBeUndefined();
        await shaping.resume({ kind: 'account', subject: accountId }, systemClock.now(), 'cli');
        expect(await queue.releaseSuspended(accountId, systemClock.now(), 'cli')).toBe(0);
        await shaping.resumed(accountId);
        expect(await state()).toMatchObject({ state: 'held' });
      },
    );

    test('of accounts leave alone what an operator held while it was in hand, over the end of its relay too', async () => {
      const { open } = bench();
      const store = await open();
      const { queue } = store;
      const wanted = await accept(store);
      const other = await accept(store);
      const lost = await accept(store);
      const { claims } = await claimAll(store.spool);
      for (const id of [wanted, lost]) await queue.hold({ ...ALL, accountId: undefined, id }, AT, 'cli');
      const suspension = await suspended(store);
      expect(await queue.holdSuspended(suspension.subject, AT, 'cli')).toBe(0);
      const returned = claims.filter(({ facts }) => facts.id !== lost);
      await settleAll(store.spool, returned, { state: 'deferred', nextAttemptAtMs: systemClock.now() + MIN });
      await store.close();
      const again = await open();
      // Of several nodes those that have a worker look for what was wished of claims that are gone.
      again.spool.openFeed(ROOMY, recordingListener());
      await eventually(async () => (await stateOf(again, lost)) === 'held');
      await again.shaping.resume(suspension, AT + 1, 'cli');
      expect(await again.queue.releaseSuspended(suspension.subject, systemClock.now(), 'cli')).toBe(1);
      const states = await Promise.all([wanted, other, lost].map((id) => stateOf(again, id)));
      expect(states).toEqual(['held', 'deferred', 'held']);
    });

    test('of accounts end so too: what is held for one that was said anew stays', async () => {
      const store = await bench().open();
      const { shaping, queue } = store;
      const suspension = await suspended(store);
      const ends = (untilMs: number) => shaping.suspend({ ...suspension, untilMs, reason: undefined });
      await ends(AT + MIN);
      await ends(AT + 2 * MIN);
      const id = await accept(store);
      expect(await shaping.endSuspension(suspension, AT + MIN, 'relayd')).toBe(false);
      expect(await shaping.accountsResuming()).toEqual([]);
      const both = [1, 2].map(() => shaping.endSuspension(suspension, AT + 2 * MIN, 'relayd'));
      expect((await Promise.all(both)).sort()).toEqual([false, true]);
      expect(await shaping.accountsResuming()).toEqual([suspension.subject]);
      expect(await queue.releaseSuspended(suspension.subject, systemClock.now(), 'relayd')).toBe(1);
      expect(await stateOf(store, id)).toBe('queued');
    });

    test('of accounts leave alone what sending health holds', async () => {
      const store = await bench().open();
      const { shaping, queue, health } = store;
      const suspension = await suspended(store);
      const { subject: accountId } = suspension;
      const first = await accept(store);
      const change = {
        accountId,
        stream: 'transactional',
        level: 'hold',
        reason: 'x',
        perMinute: undefined,
      } as const;
      await health.setHealth({ ...change, atMs: AT }, 'health');
      await shaping.resume(suspension, AT + 1, 'cli');
      expect(await queue.releaseSuspended(accountId, systemClock.now(), 'cli')).toBe(0);
      await shaping.resumed(accountId);
      for (const id of [first, await accept(store)]) expect(await stateOf(store, id)).toBe('held');
    });

    test('of accounts keep what returns from an attempt, over a restart too', async () => {
      const { open } = bench();
      const store = await open();
      const id = await accept(store);
      const { claims } = await claimAll(store.spool);
      await suspended(store);
      await settleAll(store.spool, claims, { state: 'deferred', nextAttemptAtMs: systemClock.now() + MIN });
      expect(await stateOf(store, id)).toBe('held');
      await store.close();
      const again = await open();
      expect(await stateOf(again, await accept(again))).toBe('held');
    });
  });
}
