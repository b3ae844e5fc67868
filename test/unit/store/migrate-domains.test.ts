/** A database of the schema in which a domain belonged to one account of all: what was there goes on as it was. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../../src/platform/clock.ts';
import { silentLog } from '../../../src/platform/log.ts';
import { systemRandom } from '../../../src/platform/random.ts';
import { databasePath } from '../../../src/store/sqlite/engine/connection.ts';
import { migrate } from '../../../src/store/sqlite/engine/migrate.ts';
import { migrations } from '../../../src/store/sqlite/migrations/index.ts';
import { openSqliteStore } from '../../../src/store/sqlite/open.ts';
import { openSqliteReader } from '../../../src/store/sqlite/reader.ts';

const FORMER = migrations.slice(
  0,
  migrations.findIndex(({ name }) => name === 'domain claims'),
);

let dataDir: string;
const closings: (() => Promise<void> | void)[] = [];
beforeEach(() => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'postern-migrate-domains-'));
  const db = new Database(databasePath(dataDir));
  db.pragma('journal_mode = WAL');
  db.pragma('foreign_keys = ON');
  migrate(db, FORMER);
  db.exec(`
    INSERT INTO account VALUES (1, 'acc_1', 'default', 1), (2, 'acc_2', 'shop', 1);
    INSERT INTO domain VALUES
      (3, 'dom_3', 1, 'example.org', 7, '{"dkim-rsa":"ok","dkim-ed25519":"ok"}', 5),
      (8, 'dom_8', 2, 'shop.example', NULL, '{}', 6);
    INSERT INTO dkim_key VALUES
      (1, 3, 'postern-202601-rsa', 'rsa-sha256', x'0102', 'MII', 'active', 5),
      (2, 3, 'postern-202601-ed', 'ed25519-sha256', x'0304', 'abc', 'active', 5),
      (4, 8, 'postern-202601-rsa', 'rsa-sha256', x'05', 'MIJ', 'retired', 6);
    INSERT INTO message (id, public_id, account_id, stream, via, reverse_path, header_from, message_id_field, body_type,
        smtp_utf8, require_tls, send_dsn, signing_domain, header_size, size, body_hash, accepted_at, expires_at,
        recipients, unsettled, chunk_count)
      VALUES (1, 'msg_1', 1, 'transactional', 'smtp', 'a@example.org', 'a@example.org', '<1@example.org>', '7bit', 0, 0, 1,
        'example.org', 2, 2, x'00', 5, 99999999999999, 1, 1, 1);
    INSERT INTO content_chunk VALUES (16384, x'0d0a');
    INSERT INTO destination (id, name, next_due_at, queued) VALUES (1, 'example.net', 5, 1);
    INSERT INTO delivery (id, destination_id, account_id, state, due_at, recipient, expires_at)
      VALUES (16384, 1, 1, 'queued', 5, 'b@example.net', 99999999999999);
    UPDATE counter SET next_message = 2;
  `);
  db.close();
});
afterEach(async () => {
  for (const close of closings.splice(0)) await close();
  rmSync(dataDir, { recursive: true });
});

/** As relayd and whoever reads beside it. */
function open() {
  const shared = { dataDir, clock: systemClock, random: systemRandom };
  const store = openSqliteStore({ ...shared, log: silentLog, reserveBytes: 0, exclusive: true });
  const reader = openSqliteReader(dataDir);
  closings.push(
    () => reader.close(),
    () => store.close(),
  );
  return { store, reader };
}

test('verified domains stay verified, with their keys and selectors, and queued mail still finds them', async () => {
  const { store, reader } = open();
  expect(await reader.findDomain('acc_1', 'example.org')).toEqual({
    id: 'dom_3',
    accountId: 'acc_1',
    name: 'example.org',
    verifiedAtMs: 7,
    recordStatus: { 'dkim-rsa': 'ok', 'dkim-ed25519': 'ok' },
    createdAtMs: 5,
  });
  expect((await reader.domainHolder('example.org'))?.id).toBe('dom_3');
  expect(await reader.domainHolder('shop.example')).toBeUndefined();
  const keys = await reader.dkimKeys('dom_3');
  expect(keys.map(({ selector, state }) => [selector, state])).toEqual([
    ['postern-202601-rsa', 'active'],
    ['postern-202601-ed', 'active'],
  ]);
  expect([...keys[0]!.sealedPrivateKey]).toEqual([1, 2]);
  expect(await reader.dkimKeys('dom_8')).toMatchObject([
    { selector: 'postern-202601-rsa', state: 'retired' },
  ]);
  const { claims } = await store.spool.claim({
    nowMs: systemClock.now(),
    limit: 10,
    limitPerDestination: 10,
    excludedDestinations: [],
  });
  expect(claims).toMatchObject([{ facts: { accountId: 'acc_1', signingDomain: 'example.org' } }]);
});

test('another account may add the same name from then on, and keys still go with their domain', async () => {
  const { store, reader } = open();
  const { id: _, ...former } = (await reader.findDomain('acc_1', 'example.org'))!;
  const domain = { ...former, id: 'dom_9', accountId: 'acc_2', verifiedAtMs: undefined, recordStatus: {} };
  await store.directory.addDomain(domain, [], 'test');
  await store.directory.removeDomain('dom_3', 1, 'test');
  const db = new Database(databasePath(dataDir), { readonly: true });
  expect(db.prepare('SELECT id FROM dkim_key').pluck().all()).toEqual([4]);
  expect(db.pragma('foreign_key_check')).toEqual([]);
  expect(db.pragma('foreign_key_list(dkim_key)')).toMatchObject([
    { table: 'domain', from: 'domain_id', to: 'id', on_delete: 'CASCADE' },
  ]);
  expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
  db.close();
});
