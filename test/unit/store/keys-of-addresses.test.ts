/** The migration that moves suppressions and runs of soft bounces to the keys of their addresses. */
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { migrate } from '../../../src/store/sqlite/engine/migrate.ts';
import { migrations } from '../../../src/store/sqlite/migrations/index.ts';
import { keysOfAddresses } from '../../../src/store/sqlite/migrations/0011-keys-of-addresses.ts';

let db: Database.Database;
beforeEach(() => {
  db = new Database(':memory:');
  migrate(
    db,
    migrations.filter(({ version }) => version < keysOfAddresses.version),
  );
  db.exec("INSERT INTO account VALUES (1, 'acc_1', 'one', 0), (2, 'acc_2', 'two', 0)");
});
afterEach(() => db.close());

interface Row {
  readonly address: string;
  readonly account_id?: number;
  readonly scope?: string;
  readonly evidence?: string;
  readonly created_at?: number;
  readonly expires_at?: number | null;
  readonly event?: number | null;
}

function suppress(...rows: readonly Row[]): void {
  const insert =
    db.prepare(`INSERT INTO suppression (account_id, address, scope, reason, evidence, created_at,
    expires_at, created_by, event) VALUES (?, ?, ?, 'manual', ?, ?, ?, 'test', ?)`);
  for (const row of rows) {
    const { account_id = 1, address, scope = '', evidence = '', created_at = 1 } = row;
    insert.run(account_id, address, scope, evidence, created_at, row.expires_at ?? null, row.event ?? null);
  }
}

function suppressions(): unknown[] {
  return db
    .prepare('SELECT account_id, address, scope, evidence, created_at, expires_at, event FROM suppression')
    .raw()
    .all();
}

test('rows are found under the key, each with all that it says', () => {
  suppress(
    { address: '"stop"@r.test', evidence: 'asked', created_at: 7, expires_at: 9, event: 4 },
    { address: 'ｓtop@other.test', scope: 'broadcast', account_id: 2 },
    { address: 'ann@r.test' },
    { address: '"a b"@r.test' },
    { address: 'bob@[IPv6:2001:db8:0::1]' },
    { address: 'no address' },
  );
  migrate(db);
  expect(suppressions()).toEqual([
    [1, '"a b"@r.test', '', '', 1, null, null],
    [1, 'ann@r.test', '', '', 1, null, null],
    [1, 'bob@[IPv6:2001:db8::1]', '', '', 1, null, null],
    [1, 'no address', '', '', 1, null, null],
    [1, 'stop@r.test', '', 'asked', 7, 9, 4],
    [2, 'stop@other.test', 'broadcast', '', 1, null, null],
  ]);
});

test.each([
  ['the one that never ends', { expires_at: 90 }, { expires_at: null }],
  ['the one that ends later', { expires_at: 90 }, { expires_at: 91 }],
  [
    'of two that end together the older',
    { created_at: 8, expires_at: 90 },
    { created_at: 7, expires_at: 90 },
  ],
  ['of two that never end the older', { created_at: 8 }, { created_at: 7 }],
])('of two that become one, %s stays', (_name, loses, wins) => {
  // Either of them may be the one that is there already.
  suppress(
    { address: 'stop@r.test', evidence: 'loses', ...loses },
    { address: '"stop"@r.test', evidence: 'wins', ...wins },
    { address: '"go"@r.test', evidence: 'loses', ...loses },
    { address: 'go@r.test', evidence: 'wins', ...wins },
  );
  migrate(db);
  expect(db.prepare('SELECT address, evidence FROM suppression').raw().all()).toEqual([
    ['go@r.test', 'wins'],
    ['stop@r.test', 'wins'],
  ]);
});

test('scopes and accounts stay apart', () => {
  suppress(
    { address: 'stop@r.test' },
    { address: '"stop"@r.test', scope: 'broadcast' },
    { address: '"stop"@r.test', account_id: 2 },
  );
  migrate(db);
  expect(suppressions()).toHaveLength(3);
});

test('runs of soft bounces move too, and the longer one stays', () => {
  const insert = db.prepare('INSERT INTO soft_bounce VALUES (1, ?, ?, ?, ?, ?)');
  insert.run('full@r.test', 2, 10, 20, 0);
  insert.run('"full"@r.test', 3, 5, 15, 1);
  insert.run('ｆull@r.test', 1, 30, 30, 0);
  insert.run('\u212aate@r.test', 4, 1, 2, 0);
  migrate(db);
  expect(db.prepare('SELECT * FROM soft_bounce').raw().all()).toEqual([
    [1, 'full@r.test', 3, 5, 15, 1],
    [1, 'kate@r.test', 4, 1, 2, 0],
  ]);
});

test('pages of rows are moved without a gap, those ahead and those behind', () => {
  const insert = db.prepare("INSERT INTO suppression VALUES (1, ?, '', 'manual', '', 1, NULL, 'test', NULL)");
  db.transaction(() => {
    for (let number = 0; number < 25_000; number++) {
      insert.run(number % 2 === 0 ? `"user${number}"@r.test` : `ｕser${number}@r.test`);
    }
  })();
  migrate(db);
  expect(db.prepare("SELECT count(*) FROM suppression WHERE address GLOB 'user*@r.test'").pluck().get()).toBe(
    25_000,
  );
  expect(suppressions()).toHaveLength(25_000);
});
