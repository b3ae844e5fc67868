/** Whether an old DKIM key may go depends on the mail of its own domain, however much of others' waits. */
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { IN_TRANSIT_MS, SPREAD_MS } from '../../../src/dkim/rotation.ts';
import { databasePath } from '../../../src/store/sqlite/engine/connection.ts';
import { adminStage } from '../admin/support/admin-stage.ts';

const NAME = 'example.org';
const NOW_MS = 1_000 * 24 * 3_600_000;

/** Unsettled, older than what waits of anybody else. */
function fill(dataDir: string, domain: string, count: number): void {
  const db = new Database(databasePath(dataDir));
  db.prepare(
    `WITH RECURSIVE each(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM each WHERE n < :count)
     INSERT INTO message (public_id, account_id, stream, via, reverse_path, header_from, message_id_field, body_type,
       smtp_utf8, require_tls, send_dsn, signing_domain, header_size, size, body_hash, accepted_at, expires_at, recipients,
       unsettled, chunk_count)
     SELECT 'msg_' || :domain || n, (SELECT min(id) FROM account), 's', 'smtp', '', '', '', '7bit', 0, 0, 0, :domain, 1, 1, x'',
       ${NOW_MS}, ${2 * NOW_MS}, 1, 1, 1 FROM each`,
  ).run({ domain, count });
  db.close();
}

test('twenty thousand old messages of another domain keep no key, and one of its own does', async () => {
  const { account, store, context } = adminStage();
  const key = (selector: string, state: 'active' | 'pending') => ({
    ...({ domain: NAME, selector, algorithm: 'rsa-sha256', sealedPrivateKey: new Uint8Array([1]) } as const),
    ...{ publicKey: 'MII', state, createdAtMs: 5 },
  });
  const domain = { id: 'dom_1', accountId: account.id, name: NAME, verifiedAtMs: NOW_MS, recordStatus: {} };
  await store.directory.addDomain({ ...domain, createdAtMs: 5 }, [key('a', 'active')], 'test');
  await store.directory.addDkimKeys('dom_1', [key('b', 'pending')], NOW_MS, 'test');
  for (const atMs of [NOW_MS, NOW_MS + SPREAD_MS])
    await store.directory.recordPendingKeys({ domainId: 'dom_1', seen: { b: true }, atMs }, 'test');
  const mark = () => store.directory.markRemovableKeys('dom_1', NOW_MS + SPREAD_MS + IN_TRANSIT_MS, 'test');
  fill(context.config.dataDir, 'another.example', 20_000);
  fill(context.config.dataDir, NAME, 1);
  expect(await mark()).toEqual([]);
  const db = new Database(databasePath(context.config.dataDir));
  db.prepare('UPDATE message SET unsettled = 0, settled_at = 1 WHERE signing_domain = ?').run(NAME);
  db.close();
  expect(await mark()).toEqual(['a']);
});
