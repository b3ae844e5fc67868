/** Rotations of DKIM keys are begun, carried on and ended by a running relay, as DNS and the clock have it. */
import { expect, test } from 'vitest';
import { verifyDomain } from '../../../src/admin/domain-check.ts';
import { addDomain } from '../../../src/admin/domains.ts';
import { rotateDkim } from '../../../src/admin/dkim-rotation.ts';
import { isRefusal } from '../../../src/admin/refusal.ts';
import { dkimRecordValue } from '../../../src/dkim/keys.ts';
import { IN_TRANSIT_MS, SPREAD_MS } from '../../../src/dkim/rotation.ts';
import { silentLog } from '../../../src/platform/log.ts';
import { startRotationWatch } from '../../../src/upkeep/rotation-watch.ts';
import { zoneResolver, ZoneTable } from '../../support/dns-zone.ts';
import type { Clock } from '../../../src/platform/clock.ts';
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
  const context = { ...plain, clock, resolver: zoneResolver(zone) };
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
  return { context, zone, watch, clock, keys, states, publish, found };
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
