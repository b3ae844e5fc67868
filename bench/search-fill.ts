/** Writes made mail straight into the tables of a store, settled long ago, as fast as the engine takes it. */
import Database from 'better-sqlite3';
import pg from 'pg';
import { databasePath } from '../src/store/place.ts';
import { DELIVERIES_PER_MESSAGE } from '../src/store/flow/keys.ts';
import { ACCOUNTS, DESTINATIONS, messageOf, type MadeMessage, type MailOptions } from './search-mail.ts';

const BATCH = 5_000;
const FIRST_ACCOUNT = 100;

const MESSAGE =
  'id public_id account_id stream via reverse_path header_from subject message_id_field body_type smtp_utf8 require_tls ' +
  'send_dsn signing_domain header_size size body_hash accepted_at expires_at recipients unsettled settled_at content_gone chunk_count';
const DELIVERY = 'id destination_id account_id state attempts settled_at expires_at recipient';
const ATTEMPT = 'delivery_id fence number at host address tls reply_code status text stage duration_ms';
const HASH = Buffer.alloc(32, 7);

function rowsOf(message: MadeMessage, key: number): readonly (readonly unknown[])[] {
  const { publicId, account, acceptedAtMs: at, reversePath, headerFrom, subject, messageIdField } = message;
  const { signingDomain, state, recipient, destination, replyCode, status, text } = message;
  const delivery = key * DELIVERIES_PER_MESSAGE + 1;
  const expires = at + 4 * 86_400_000;
  const settled = at + 1_500;
  return [
    [
      ...[key, publicId, FIRST_ACCOUNT + account, 'transactional', 'smtp', reversePath, headerFrom, subject],
      ...[messageIdField, '7bit', 0, 0, 1, signingDomain, 400, 4_000, HASH, at, expires, 1, 0, settled, 1, 0],
    ],
    [delivery, destination + 1, FIRST_ACCOUNT + account, state, 1, settled, expires, recipient],
    [
      ...[delivery, 1, 1, at + 1_000, 'mx.example', '192.0.2.7', 'TLSv1.3 TLS_AES_256_GCM_SHA384'],
      ...[replyCode, status, text, 'final', 210],
    ],
  ];
}

const accountName = (index: number) => `bench-${index}`;
export const benchAccountId = (index: number) => `acc_bench_${index}`;

/** The store has its schema, and nobody has it open. */
export function fillSqlite(dataDir: string, mail: MailOptions): void {
  const db = new Database(databasePath(dataDir));
  db.pragma('synchronous = OFF');
  db.pragma('journal_mode = WAL');
  db.pragma('cache_size = -200000');
  db.pragma('foreign_keys = OFF');
  const insert = (table: string, columns: string) => {
    const names = columns.split(' ');
    return db.prepare(
      `INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`,
    );
  };
  const accounts = insert('account', 'id public_id name created_at');
  for (let index = 0; index < ACCOUNTS; index++)
    accounts.run(FIRST_ACCOUNT + index, benchAccountId(index), accountName(index), 1);
  const destinations = insert('destination', 'id name');
  for (const [index, name] of DESTINATIONS.entries()) destinations.run(index + 1, name);
  const statements = [insert('message', MESSAGE), insert('delivery', DELIVERY), insert('attempt', ATTEMPT)];
  let key = 1;
  db.exec('BEGIN');
  while (key <= mail.messages) {
    rowsOf(messageOf(key - 1, mail), key).forEach((row, index) => statements[index]?.run(row));
    if (key++ % BATCH === 0) db.exec('COMMIT; BEGIN');
  }
  db.exec('COMMIT');
  db.prepare('UPDATE counter SET next_message = ?').run(key);
  db.close();
}

/** The same on PostgreSQL. */
export async function fillPostgres(url: string, mail: MailOptions): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query('SET synchronous_commit = off');
  const write = async (table: string, columns: string, rows: readonly (readonly unknown[])[]) => {
    const names = columns.split(' ').join(', ');
    const objects = rows.map((row) =>
      Object.fromEntries(columns.split(' ').map((name, index) => [name, json(row[index])])),
    );
    await client.query(
      `INSERT INTO ${table} (${names}) SELECT ${names} FROM json_populate_recordset(NULL::${table}, $1::json)`,
      [JSON.stringify(objects)],
    );
  };
  const accounts = Array.from({ length: ACCOUNTS }, (_, index) => [
    FIRST_ACCOUNT + index,
    benchAccountId(index),
    accountName(index),
    1,
  ]);
  await write(
    'account',
    'id public_id name created_at',
    accounts.map((row) => row),
  );
  await client.query(
    'INSERT INTO destination (id, name) SELECT number, name FROM unnest($1::text[]) WITH ORDINALITY AS d (name, number)',
    [DESTINATIONS],
  );
  let key = 1;
  let batch: (readonly (readonly unknown[])[])[] = [];
  const flush = async () => {
    for (const [index, [table, columns]] of (
      [
        ['message', MESSAGE],
        ['delivery', DELIVERY],
        ['attempt', ATTEMPT],
      ] as const
    ).entries())
      await write(
        table,
        columns,
        batch.map((rows) => rows[index] ?? []),
      );
    batch = [];
  };
  while (key <= mail.messages) {
    batch.push(rowsOf(messageOf(key - 1, mail), key++));
    if (batch.length === BATCH) await flush();
  }
  await flush();
  await client.query('ANALYZE');
  await client.end();
}

function json(value: unknown): unknown {
  return value instanceof Uint8Array ? `\\x${Buffer.from(value).toString('hex')}` : value;
}
