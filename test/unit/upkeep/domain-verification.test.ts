/** relayd verifies domains by itself, and takes a verification away only when records are gone for long. */
import { expect, test } from 'vitest';
import Database from 'better-sqlite3';
import { addDomain } from '../../../src/admin/domains.ts';
import { recordsOf } from '../../../src/admin/domain-records.ts';
import { silentLog } from '../../../src/platform/log.ts';
import { keysToSign } from '../../../src/dkim/keys-to-sign.ts';
import { isLost } from '../../../src/policy/domain-claim.ts';
import { databasePath } from '../../../src/store/sqlite/engine/connection.ts';
import { createDomainWatch } from '../../../src/upkeep/domain-watch.ts';
import { zoneResolver, ZoneTable } from '../../support/dns-zone.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { adminStage, done } from '../admin/support/admin-stage.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NAME = 'a.example';

/** A domain that was just added, with a watch that looks when the test says so. */
async function bench() {
  const { context, account, store } = adminStage();
  const { config, reader } = context;
  // Not the store's, whose timers would run too.
  const clock = new VirtualClock(context.clock.now());
  const added = done(await addDomain({ name: NAME, accountId: account.id, keySet: 'both' }, context));
  const zone = new ZoneTable();
  const records = recordsOf(NAME, await reader.dkimKeys(added.id), config);
  const watch = createDomainWatch({
    config,
    resolver: zoneResolver(zone),
    random: context.random,
    addresses: () => [],
    reader,
    directory: store.directory,
    writer: store.findings,
    clock,
    log: silentLog,
  });
  return {
    ...context,
    zone,
    records,
    publish: () => {
      for (const { name, value } of records) zone.set(name, { txt: [value] });
    },
    keys: () => reader.dkimKeys(added.id),
    lookAfter: async (ms: number) => {
      await clock.advance(ms);
      await watch.turn(undefined);
      return (await reader.findDomain(account.id, NAME))!;
    },
    audited: () => auditLines(config.dataDir),
    events: async () =>
      (
        await reader.readEvents({
          ...{ accountId: account.id, messageId: undefined, recipient: undefined },
          ...{ types: ['domain_changed'], after: 0, limit: 100 },
        })
      ).events.map(({ data }) => data['verified']),
  };
}

function auditLines(dataDir: string): readonly string[] {
  const db = new Database(databasePath(dataDir), { readonly: true });
  const lines = db
    .prepare(
      "SELECT actor || ' ' || action || ' ' || json_extract(subject, '$[0]') FROM audit WHERE action = 'domain verify' ORDER BY id",
    )
    .pluck()
    .all() as string[];
  db.close();
  return lines.map((line) => line.replace(/dom_\w+ ?/, '').replace(/[[\]"]/g, ''));
}

test('a new domain is verified within minutes after its records are there, without a command', async () => {
  const { publish, lookAfter, audited, events } = await bench();
  for (let minute = 0; minute < 5; minute++)
    expect(await lookAfter(MINUTE)).toMatchObject({ verifiedAtMs: undefined, failedLooks: undefined });
  publish();
  expect((await lookAfter(MINUTE)).verifiedAtMs).toBeDefined();
  expect(audited()).toEqual(['relayd domain verify a.example verified']);
  expect(await events()).toContain(true);
});

test('one that is not published is asked for less and less, and after a month no more', async () => {
  const { zone, lookAfter } = await bench();
  const asked = () => zone.questions.length;
  await lookAfter(MINUTE);
  const first = asked();
  expect(first).toBeGreaterThan(0);
  await lookAfter(7 * HOUR);
  await lookAfter(10 * MINUTE);
  expect(asked()).toBe(2 * first);
  await lookAfter(31 * 24 * HOUR);
  expect(asked()).toBe(2 * first);
});

test('records that are gone take the verification away after a day of hourly looks, and give it back when they are there', async () => {
  const { zone, records, publish, lookAfter, keys, audited, events } = await bench();
  publish();
  await lookAfter(MINUTE);
  await lookAfter(MINUTE);
  for (const { name, key } of records) if (key !== undefined) zone.delete(name);
  const failing = await lookAfter(24 * HOUR);
  expect(failing).toMatchObject({ failedLooks: 1 });
  expect(failing.verifiedAtMs).toBeDefined();
  expect((await keys()).map(({ failingSinceMs }) => failingSinceMs !== undefined)).toEqual([true, true]);
  for (let hour = 1; hour < 24; hour++) expect((await lookAfter(HOUR)).verifiedAtMs).toBeDefined();
  expect(isLost(await lookAfter(HOUR))).toBe(true);
  for (let hour = 0; hour < 30; hour++) expect(isLost(await lookAfter(HOUR))).toBe(true);
  publish();
  expect((await lookAfter(HOUR)).verifiedAtMs).toBeDefined();
  expect((await keys()).map(({ failingSinceMs }) => failingSinceMs)).toEqual([undefined, undefined]);
  // A line for each change, not for each look.
  expect(audited()).toEqual(
    ['verified', 'failing', 'refused', 'verified'].map((word) => `relayd domain verify a.example ${word}`),
  );
  expect((await events()).filter((verified) => verified !== undefined)).toEqual([true, false, true]);
});

test('one look that misses the RSA record costs no signature; a day of them, or another key in its place, leaves it out', async () => {
  const { zone, records, publish, lookAfter, keys } = await bench();
  const rsa = records.find(({ purpose }) => purpose === 'dkim-rsa')!;
  const signing = async () => keysToSign(await keys()).map(({ algorithm }) => algorithm);
  const both = ['rsa-sha256', 'ed25519-sha256'];
  publish();
  await lookAfter(MINUTE);
  zone.delete(rsa.name);
  for (let hour = 0; hour < 24; hour++) {
    await lookAfter(hour === 0 ? 24 * HOUR : HOUR);
    expect(await signing()).toEqual(both);
  }
  await lookAfter(HOUR);
  expect(await signing()).toEqual(['ed25519-sha256']);
  publish();
  await lookAfter(HOUR);
  expect(await signing()).toEqual(both);
  zone.set(rsa.name, { txt: [`"${rsa.value}"`] });
  await lookAfter(24 * HOUR);
  expect(await signing()).toEqual(both);
  for (const other of ['v=DKIM1; k=rsa; p=', 'v=DKIM1; k=rsa; p=MIIBIjANBg']) {
    zone.set(rsa.name, { txt: [other] });
    await lookAfter(24 * HOUR);
    expect(await signing()).toEqual(['ed25519-sha256']);
    publish();
    await lookAfter(HOUR);
    expect(await signing()).toEqual(both);
  }
});

test('DNS that fails or flaps refuses nothing', async () => {
  const { zone, records, publish, lookAfter } = await bench();
  publish();
  await lookAfter(MINUTE);
  for (let hour = 0; hour < 72; hour++) {
    if (hour % 3 === 0) publish();
    else if (hour % 3 === 1) for (const { name } of records) zone.set(name, { fault: 'servfail' });
    else for (const { name } of records) zone.delete(name);
    expect((await lookAfter(HOUR)).verifiedAtMs).toBeDefined();
  }
  for (const { name } of records) zone.set(name, { fault: 'timeout' });
  for (let day = 0; day < 9; day++) expect((await lookAfter(24 * HOUR)).verifiedAtMs).toBeDefined();
});

test('a look that changes nothing leaves the directory as it is', async () => {
  const { publish, lookAfter, reader } = await bench();
  publish();
  await lookAfter(MINUTE);
  await lookAfter(MINUTE);
  const version = await reader.latestVersion();
  const seen = (await lookAfter(25 * HOUR)).recordStatus;
  expect(seen['dkim-rsa']).toBe('ok');
  expect(await reader.latestVersion()).toBe(version);
});
