/** The observers of shaping see what they are there for: each limit that is passed by one, each wait that nothing explains. */
import { beforeEach, describe, expect, it } from 'vitest';
import { readShaping } from './read-rules.ts';
import type { LedgerDelivery } from '../ledger-entries.ts';
import { Promises } from '../promises.ts';
import { Dice } from '../dice.ts';
import { MINUTE_MS } from '../durations.ts';
import { IdleWatch, LONGEST_IDLE_MS } from './idle-watch.ts';
import { LimitWatch } from './limit-watch.ts';
import {
  countOf,
  inForce,
  perOf,
  tellsConnectionsApart,
  type PlannedLimits,
  type PlannedRule,
  type SeenMail,
} from './planned-rules.ts';
import { makeShapingPlan } from './shaping-plan.ts';
import { Timeline } from './timeline.ts';

const MAIL: SeenMail = {
  ...{ domain: 'a.test', site: 'site-1', mx: 'mx0.site-1.test', provider: 'large' },
  ...{ account: 'shop', stream: 'broadcast' },
};
let nowMs: number;
let promises: Promises;
const elapsedMs = () => nowMs;

beforeEach(() => {
  nowMs = 0;
  promises = new Promises();
});

function watch(limits: PlannedLimits, rule: Partial<PlannedRule> = {}): LimitWatch {
  return new LimitWatch({ rules: [{ name: 'r', match: {}, limits, ...rule }], promises, elapsedMs });
}

function send(limits: LimitWatch, mail: SeenMail = MAIL, recipients = 1): void {
  const connection = limits.connectionBegins(mail);
  connection.begins(mail, recipients);
  connection.ends();
  connection.closed();
}

describe('a limit that is passed', () => {
  it.each(['second', 'minute', 'hour', 'day'] as const)('of messages in a %s', (window) => {
    const limits = watch({ messagesPer: { [window]: 2 } });
    const windowMs = { second: 1_000, minute: 60_000, hour: 3_600_000, day: 86_400_000 }[window];
    for (const atMs of [0, windowMs - 10, windowMs, 2 * windowMs - 10]) {
      nowMs = atMs;
      send(limits);
    }
    expect(promises.broken).toBeUndefined();
    nowMs = 2 * windowMs - 5;
    send(limits);
    expect(promises.broken).toBe(`3 messages in a ${window} of r site-1 , 2 may be`);
  });

  it('counts over the end of a process, but for a second', () => {
    const limits = watch({ messagesPer: { second: 1, minute: 2 } });
    send(limits);
    limits.processEnded();
    nowMs = 100;
    send(limits);
    expect(promises.broken).toBeUndefined();
    nowMs = 2_000;
    send(limits);
    expect(promises.broken).toMatch(/^3 messages in a minute/);
  });

  it('of connections at once and in a minute', () => {
    const atOnce = watch({ connections: 1 }, { match: { mx: ['site-1.test'] } });
    const first = atOnce.connectionBegins(MAIL);
    atOnce.connectionBegins({ ...MAIL, mx: 'mx0.site-2.test' });
    first.closed();
    const second = atOnce.connectionBegins(MAIL);
    expect(promises.broken).toBeUndefined();
    atOnce.connectionBegins(MAIL);
    expect(promises.broken).toMatch(/^2 connections at once of r site-1/);
    second.closed();

    promises = new Promises();
    const inAMinute = watch({ connectionsPerMinute: 2 });
    for (let count = 0; count < 2; count++) inAMinute.connectionBegins(MAIL).closed();
    expect(promises.broken).toBeUndefined();
    inAMinute.connectionBegins(MAIL);
    expect(promises.broken).toMatch(/^3 new connections in a minute/);
  });

  it('of connections of a domain, known by its first message', () => {
    const limits = watch({ connections: 1 }, { match: { domain: ['a.test'] } });
    const [one, other, third] = [MAIL, MAIL, MAIL].map((mail) => limits.connectionBegins(mail));
    one?.begins(MAIL, 1);
    other?.begins({ ...MAIL, domain: 'b.test' }, 1);
    expect(promises.broken).toBeUndefined();
    third?.begins(MAIL, 1);
    expect(promises.broken).toMatch(/^2 connections at once/);
  });

  it('of messages on a connection, recipients in a transaction, and idle time', () => {
    const single = watch({ messagesPerConnection: 1, recipientsPerTransaction: 2, idleMs: 1_000 });
    send(single, MAIL, 2);
    expect(promises.broken).toBeUndefined();
    send(single, MAIL, 3);
    expect(promises.broken).toMatch(/^3 recipients in a transaction under r/);

    promises = new Promises();
    const often = watch({ messagesPerConnection: 1 }).connectionBegins(MAIL);
    often.begins(MAIL, 1);
    often.begins(MAIL, 1);
    expect(promises.broken).toMatch(/^2 messages on a connection/);

    promises = new Promises();
    const idle = watch({ idleMs: 1_000 }).connectionBegins(MAIL);
    idle.begins(MAIL, 1);
    idle.ends();
    nowMs += 1_100;
    idle.begins(MAIL, 1);
    expect(promises.broken).toMatch(/^a connection was unused for 1100 ms/);
  });
});

describe('mail that waits', () => {
  const delivery = { id: 'dlv_1', destination: MAIL.domain } as LedgerDelivery;
  const newIdleWatch = (limits: LimitWatch) =>
    new IdleWatch({ promises, limits, elapsedMs, seen: () => MAIL });

  function idleWatch(limits: LimitWatch, idle = newIdleWatch(limits)): (whileMs: number) => void {
    return (whileMs) => {
      for (const endsAtMs = nowMs + whileMs; nowMs < endsAtMs; nowMs += MINUTE_MS)
        idle.look({ calmSinceMs: 0, waiting: [delivery], isFull: false });
    };
  }

  it('breaks a promise where nothing keeps it', () => {
    const waits = idleWatch(watch({ messagesPer: { minute: 2 } }));
    waits(LONGEST_IDLE_MS);
    expect(promises.broken).toBeUndefined();
    waits(3 * MINUTE_MS);
    expect(promises.broken).toMatch(/^dlv_1 to a.test waits for 13 minutes, and may go/);
  });

  it('breaks none while a limit is used up, and has its time from when it is not', () => {
    const limits = watch({ messagesPer: { hour: 1 } });
    send(limits);
    const waits = idleWatch(limits);
    waits(61 * MINUTE_MS + LONGEST_IDLE_MS);
    expect(promises.broken).toBeUndefined();
    waits(3 * MINUTE_MS);
    expect(promises.broken).toMatch(/may go/);
  });

  it('breaks none for six hours after a refusal, which begin anew when the clock is set back', () => {
    const limits = watch({ messagesPer: { minute: 2 } });
    const idle = newIdleWatch(limits);
    const waits = idleWatch(limits, idle);
    idle.refused(MAIL);
    waits(4 * 60 * MINUTE_MS);
    idle.clockSetBack();
    waits(6 * 60 * MINUTE_MS);
    expect(promises.broken).toBeUndefined();
    waits(2 * MINUTE_MS);
    expect(promises.broken).toMatch(/may go/);
  });
});

describe('rules as they are planned', () => {
  it('say what they are counted apart for', () => {
    const of = (match: PlannedRule['match']) => perOf({ name: 'r', match, limits: {} });
    expect(of({})).toEqual(['site', 'source']);
    expect(of({ provider: ['large'] })).toEqual(['provider', 'source']);
    expect(of({ account: ['shop'], stream: ['broadcast'] })).toEqual(['account', 'stream']);
    expect(countOf({ name: 'r', match: { mx: ['x.test'] }, limits: {} }, MAIL)).toBe('r site-1 ');
  });

  it.each<[boolean, string, PlannedRule['match'], PlannedLimits]>([
    [true, 'connections of a domain', { domain: ['a.test'] }, { connections: 2 }],
    [true, 'idle ones, which no rule closes any more', { domain: ['a.test'] }, { idleMs: Infinity }],
    [false, 'connections of a host', { mx: ['x.test'] }, { connections: 2 }],
    [false, 'messages to a domain', { domain: ['a.test'] }, { messagesPer: { minute: 2 } }],
  ])('tell connections of one site apart: %s, %s', (apart, _what, match, limits) => {
    expect(tellsConnectionsApart({ name: 'r', match, limits })).toBe(apart);
  });

  it('are what the relay reads', () => {
    for (let seed = 0; seed < 200; seed++) {
      const plan = makeShapingPlan(new Dice(seed), { firstSite: 7, accounts: ['account-0', 'account-1'] });
      const { rules, replies } = readShaping(plan);
      expect(rules.map(({ name }) => name)).toEqual(
        inForce(plan.operator, plan.builtIn).map(({ name }) => name),
      );
      expect(replies).toHaveLength(plan.replies.length);
    }
  });
});

it('counts in windows what was added in any order', () => {
  const dice = new Dice(7);
  for (let round = 0; round < 50; round++) {
    const times = Array.from({ length: 40 }, () => dice.int(0, 300));
    const timeline = new Timeline(1_000);
    for (const atMs of times) timeline.add(atMs);
    const within = (fromMs: number, toMs: number) =>
      times.filter((atMs) => atMs > fromMs && atMs <= toMs).length;
    const [windowMs, fromMs, toMs] = [dice.int(1, 100), dice.int(0, 150), dice.int(150, 300)];
    expect(timeline.within(fromMs, toMs)).toBe(within(fromMs, toMs));
    const ends = [fromMs, ...times.filter((atMs) => atMs > fromMs && atMs <= toMs)];
    const most = Math.max(...ends.map((atMs) => within(atMs - windowMs, atMs)));
    expect(timeline.mostWithin(windowMs, fromMs, toMs)).toBe(most);
  }
});
