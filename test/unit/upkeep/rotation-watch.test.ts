/** Rotations of DKIM keys are begun, carried on and ended by a running relay, as DNS and the clock have it. */
import { expect, test } from 'vitest';
import Database from 'better-sqlite3';
import { verifyDomain } from '../../../src/admin/domain-check.ts';
import { addDomain } from '../../../src/admin/domains.ts';
import { rotateDkim } from '../../../src/admin/dkim-rotation.ts';
import { isRefusal } from '../../../src/admin/refusal.ts';
import { dkimRecordValue } from '../../../src/dkim/keys.ts';
import { IN_TRANSIT_MS, SPREAD_MS } from '../../../src/dkim/rotation.ts';
import { silentLog } from '../../../src/platform/log.ts';
import { databasePath } from '../../../src/store/sqlite/engine/connection.ts';
import { startRotationWatch } from '../../../src/upkeep/rotation-watch.ts';
import { zoneResolver, ZoneTable } from '../../support/dns-zone.ts';
import type { Clock } from '../../../src/platform/clock.ts';
import type { DkimKey } from '../../../src/dkim/dkim-key.ts';
import type { Credential } from '../../../src/store/directory-records.ts';
import { adminStage, done } from '../admin/support/admin-stage.ts';

const DAY_MS = 24 * 3_600_000;
const NAME = 'a.example';

/** Is set forward, while timers stand: the watch looks when it is told to. */
class SetClock implements Clock {
  readonly #clock: Clock;
  #aheadMs = 0;
  constructor(clock: Clock) {
    this.#clock = clock;
  }
  set(byMs: number): void {
    this.#aheadMs += byMs;
  }
  now(): number {
    return this.#clock.now() + this.#aheadMs;
  }
  monotonic(): number {
    return this.#clock.monotonic() + this.#aheadMs;
  }
  after(...args: Parameters<Clock['after']>) {
    return this.#clock.after(...args);
  }
}

async function watched({ everyMs, delegated = false }: { everyMs?: number; delegated?: boolean } = {}) {
  const { context: plain, account } = adminStage();
  const zone = new ZoneTable();
  const clock = new SetClock(plain.clock);
  const hooks: { asked?: (name: string) => Promise<void> } = {};
  const answers = zoneResolver(zone);
  const txt = async (name: string) => {
    await hooks.asked?.(name);
    return await answers.txt(name);
  };
  const context = { ...plain, clock, resolver: { ...answers, txt } };
  const input = { name: NAME, accountId: account.id, keySet: 'both', delegated } as const;
  const domain = done(await addDomain(input, context));
  const keys = async () => await context.reader.dkimKeys(domain.id);
  const publish = async () => {
    for (const key of await keys())
      zone.set(`${key.selector}._domainkey.${NAME}`, { txt: [dkimRecordValue(key)] });
  };
  await publish();
  await verifyDomain(domain, context);
  const watch = startRotationWatch({
    ...context,
    everyMs: () => everyMs,
    log: silentLog,
    isOurs: () => false,
  });
  const states = async () => (await keys()).map(({ state }) => state).sort();
  const found = async () => (await context.reader.findDomain(account.id, NAME)) ?? domain;
  return { context, zone, watch, clock, keys, states, publish, found, hooks };
}

test('a rotation by hand goes from publishing to the end of the old records by itself', async () => {
  const { context, zone, watch, clock, keys, states, publish, found } = await watched();
  const old = (await keys()).map(({ selector }) => selector);
  done(await rotateDkim(await found(), context));
  await watch.look();
  expect(await states()).toEqual(['active', 'active', 'pending', 'pending']);
  await publish();
  await watch.look();
  clock.set(SPREAD_MS - 1);
  await watch.look();
  expect(await states()).toEqual(['active', 'active', 'pending', 'pending']);
  clock.set(1);
  await watch.look();
  expect(await states()).toEqual(['active', 'active', 'retired', 'retired']);
  expect(
    (await keys()).filter(({ state }) => state === 'active').every(({ selector }) => !old.includes(selector)),
  ).toBe(true);
  clock.set(IN_TRANSIT_MS);
  await watch.look();
  expect((await keys()).filter(({ removableAtMs }) => removableAtMs !== undefined)).toHaveLength(2);
  for (const selector of old) zone.delete(`${selector}._domainkey.${NAME}`);
  clock.set(DAY_MS);
  await watch.look();
  expect(await states()).toEqual(['active', 'active']);
  await watch.stop();
});

test('a backup that is restored within the month makes other selectors than those that it has forgotten', async () => {
  const { context, watch, found } = await watched();
  const rotated = async () =>
    done(await rotateDkim(await found(), context)).pending.map(({ selector }) => selector);
  const before = await rotated();
  const db = new Database(databasePath(context.config.dataDir));
  for (const table of ['dkim_key', 'dkim_selector'])
    for (const selector of before) db.prepare(`DELETE FROM ${table} WHERE selector = ?`).run(selector);
  db.close();
  const after = await rotated();
  expect(after).toHaveLength(2);
  expect(after.filter((selector) => before.includes(selector))).toEqual([]);
  await watch.stop();
});

test('an old record that is taken down too early is not forgotten: mail may still be on its way', async () => {
  const { context, zone, watch, clock, states, keys, publish, found } = await watched();
  const old = (await keys()).map(({ selector }) => selector);
  done(await rotateDkim(await found(), context));
  await publish();
  await watch.look();
  clock.set(SPREAD_MS);
  await watch.look();
  for (const selector of old) zone.delete(`${selector}._domainkey.${NAME}`);
  clock.set(DAY_MS);
  await watch.look();
  expect(await states()).toEqual(['active', 'active', 'retired', 'retired']);
  await watch.stop();
});

test('keys are never switched while a record is missing, wrong, or DNS does not answer', async () => {
  const { context, zone, watch, clock, keys, states, publish, found } = await watched();
  const outcome = await rotateDkim(await found(), context);
  if (isRefusal(outcome)) throw new Error('refused');
  await publish();
  const [first] = (await keys()).filter(({ state }) => state === 'pending');
  const name = `${first?.selector ?? ''}._domainkey.${NAME}`;
  for (const entry of [{ fault: 'nxdomain' }, { fault: 'servfail' }, { txt: ['v=DKIM1; p='] }] as const) {
    zone.set(name, entry);
    for (let hour = 0; hour < 3; hour++) {
      await watch.look();
      clock.set(3_600_000);
    }
    expect(await states()).toEqual(['active', 'active', 'pending', 'pending']);
  }
  await watch.stop();
});

test('by schedule a rotation begins once, when the keys are old enough', async () => {
  const { watch, clock, states } = await watched({ everyMs: 30 * DAY_MS });
  await watch.look();
  expect(await states()).toEqual(['active', 'active']);
  clock.set(30 * DAY_MS);
  await watch.look();
  await watch.look();
  expect(await states()).toEqual(['active', 'active', 'pending', 'pending']);
  await watch.stop();
});

test('a domain may have a schedule of its own, or none', async () => {
  const { context, watch, clock, states, found } = await watched({ everyMs: 30 * DAY_MS });
  await context.directory.changeDomain((await found()).id, { rotateEveryMs: 0 }, 1, 'test');
  clock.set(90 * DAY_MS);
  await watch.look();
  expect(await states()).toEqual(['active', 'active']);
  await context.directory.changeDomain((await found()).id, { rotateEveryMs: 90 * DAY_MS }, 1, 'test');
  await watch.look();
  expect(await states()).toEqual(['active', 'active', 'pending', 'pending']);
  await watch.stop();
});

test('selectors of a delegated domain are those that were published ahead', async () => {
  const { context, watch, keys, found } = await watched({ delegated: true });
  const selectors = async () =>
    (await keys()).map(({ selector }) => selector.replace(/-[0-9a-z]{16}-/, '-T-'));
  expect(await selectors()).toEqual(['postern-T-1-rsa', 'postern-T-1-ed']);
  done(await rotateDkim(await found(), context));
  expect(await selectors()).toEqual([
    'postern-T-1-rsa',
    'postern-T-2-rsa',
    'postern-T-1-ed',
    'postern-T-2-ed',
  ]);
  await watch.stop();
});

test("one account's many domains with slow name servers, or one that is removed while it is looked at, put off no other account's rotation", async () => {
  const { context, zone, watch, clock, states, publish, found, hooks } = await watched();
  const account = { id: 'acc_other', name: 'other', createdAtMs: 1 };
  await context.directory.addAccount(account, 'test');
  const slow = Array.from({ length: 4 }, (_, at) => `slow-${at}.example`);
  for (const [at, name] of slow.entries()) {
    const id = `dom_0${at}`;
    const facts = { id, accountId: account.id, name, createdAtMs: 1, verifiedAtMs: 1, recordStatus: {} };
    await context.directory.addDomain(facts, [], 'test');
    const key = { ...fakeKey(`s${at}`, name), state: 'pending' as const };
    await context.directory.addDkimKeys(id, [key], clock.now(), 'test');
  }
  hooks.asked = async (name) => {
    if (name.includes('.slow-')) clock.set(50_000);
    if (name.includes('.slow-0')) await context.directory.removeDomain('dom_00', clock.now(), 'test');
  };
  done(await rotateDkim(await found(), context));
  await publish();
  zone.questions.length = 0;
  await watch.look();
  expect(zone.questions.some((question) => question.includes(NAME))).toBe(true);
  expect(zone.questions.filter((question) => question.includes('.slow-')).length).toBeLessThan(3);
  clock.set(SPREAD_MS);
  await watch.look();
  expect(await states()).toEqual(['active', 'active', 'retired', 'retired']);
  await watch.stop();
});

test('an API key makes no more keys while many old ones have to stay published; an operator may', async () => {
  const { context, watch, clock, found } = await watched();
  const { id } = await found();
  for (const round of [1, 2, 3]) {
    const names = Array.from({ length: 10 }, (_, at) => `k${round}-${at}`);
    const pending = names.map((name) => ({ ...fakeKey(name), state: 'pending' as const }));
    await context.directory.addDkimKeys(id, pending, clock.now(), 'test');
    const seen = Object.fromEntries(names.map((name) => [name, true]));
    for (const waits of [0, SPREAD_MS]) {
      clock.set(waits);
      await context.directory.recordPendingKeys({ domainId: id, seen, atMs: clock.now() }, 'test');
    }
  }
  const holder = { accountId: (await found()).accountId } as Credential;
  const refused = await rotateDkim(await found(), { ...context, holder });
  expect(isRefusal(refused) && refused.problem).toMatch(/^22 old keys of a\.example have to stay published/);
  expect(isRefusal(await rotateDkim(await found(), context))).toBe(false);
  await watch.stop();
});

function fakeKey(selector: string, domain = NAME): DkimKey {
  const key = { sealedPrivateKey: new Uint8Array(1), publicKey: 'AAAA', state: 'active', createdAtMs: 1 };
  return { ...key, domain, selector, algorithm: 'rsa-sha256' } as DkimKey;
}
