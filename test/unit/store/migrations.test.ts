/** Migrations: released ones never change, each runs once, a newer schema is recognized. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { databasePath, openReadOnly, openWriter } from '../../../src/store/sqlite/engine/connection.ts';
import { checkSchema, migrate } from '../../../src/store/sqlite/engine/migrate.ts';
import { migrations } from '../../../src/store/sqlite/migrations/index.ts';
import type { Migration } from '../../../src/store/sqlite/migrations/migration.ts';
import { openSqliteReader } from '../../../src/store/sqlite/reader.ts';

/** A migration that was released is never edited: write a new one. */
const RELEASED: readonly string[] = [
  '654bdef369ad5054',
  '412b601cad4a6311',
  '4ceb97d7443e3f94',
  '1a0d3cf4ca52e666',
  '8a9b9d74315191b1',
  '6d046fff697d5dad',
  '15217d087e9c7dc1',
  'edcbd06f1db4ee2e',
  'e7a6c7f4495ebc8c',
  'b191c1ccbfd09a5f',
  'e3b0c44298fc1c14',
  '86f27ac4ea6f146b',
  'cd8a8985fc02b40b',
  '2de89a1373119670',
  'fd3a5e6b9ac1fdfb',
  '452e74814f548e8a',
  '83a812e49a7f0645',
  '82f8acbbf8eea355',
  '372be1198cc0e2fc',
  '32c88124af2668e3',
  'acae5bab7941e9c4',
  '618bdd58e7a24e3b',
  'd6eacf6395f216f3',
  'a697acfbe65d05c6',
  'a48e28fcef6f860c',
  '337fc1f7a19bd1db',
  '6f6c553c46d3b54a',
  'e3b0c44298fc1c14',
  '066bcf833ad43314',
  '845bbfaeb6d06d7a',
  '951ff7dfe02e1e22',
  'e3b0c44298fc1c14',
  '5df229dec6831a9e',
  '9aa0597ef653e2ad',
  '8d946086576138c0',
  '59eff380b8b523de',
  '614b98fe3f09efd1',
  'bba612d469dfef74',
  '9ad6dd9e4e48cfad',
];

describe('migrations', () => {
  let dataDir: string;
  let opened: Database.Database[];

  beforeEach(() => {
    dataDir = mkdtempSync(path.join(tmpdir(), 'postern-migrations-'));
    opened = [];
  });
  afterEach(() => {
    for (const db of opened) db.close();
    rmSync(dataDir, { recursive: true });
  });

  const open = (): Database.Database => {
    const db = new Database(databasePath(dataDir));
    opened.push(db);
    return db;
  };
  const next = (parts: Partial<Migration>): Migration => ({
    version: migrations.length + 1,
    name: 'next',
    breaking: false,
    up: 'CREATE TABLE later (id INTEGER PRIMARY KEY) STRICT',
    ...parts,
  });

  test('are numbered without gaps, and the released ones are as they were', () => {
    expect(migrations.map(({ version }) => version)).toEqual(migrations.map((_, index) => index + 1));
    const hashes = migrations.map(({ up }) => createHash('sha256').update(up).digest('hex').slice(0, 16));
    expect(hashes).toEqual(RELEASED);
  });

  test('a new database is reclaimable, in WAL mode, and readable by its owner only', () => {
    const db = openWriter(dataDir, 100);
    opened.push(db);
    expect(db.pragma('auto_vacuum', { simple: true })).toBe(2);
    expect(db.pragma('journal_mode', { simple: true })).toBe('wal');
    expect(db.pragma('synchronous', { simple: true })).toBe(2);
    expect(db.pragma('foreign_key_check')).toEqual([]);
    expect(
      db
        .prepare("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE '%STRICT%'")
        .pluck()
        .get(),
    ).toBe(0);
  });

  test('what is missing runs once', () => {
    const db = open();
    migrate(db);
    const more = [...migrations, next({})];
    migrate(db, more);
    migrate(db, more);
    expect(db.pragma('user_version', { simple: true })).toBe(more.length);
    checkSchema(db, more);
  });

  test('one that fails leaves the schema as it was', () => {
    const db = open();
    migrate(db);
    const broken = next({
      up: 'CREATE TABLE later (id INTEGER PRIMARY KEY) STRICT; INSERT INTO nowhere VALUES (1)',
    });
    expect(() => migrate(db, [...migrations, broken])).toThrow('nowhere');
    expect(db.pragma('user_version', { simple: true })).toBe(migrations.length);
    migrate(db, [...migrations, next({})]);
  });

  test('an older program goes on beside an additive schema and stops at a breaking one', () => {
    const db = open();
    migrate(db, [...migrations, next({})]);
    migrate(db);
    checkSchema(db);
    migrate(db, [
      ...migrations,
      next({}),
      next({ version: migrations.length + 2, breaking: true, up: 'DROP TABLE later' }),
    ]);
    const refusal = expect.objectContaining({
      code: 'incompatible',
      message: expect.stringMatching(/^[^\n]*newer Postern[^\n]*$/) as string,
    }) as Error;
    expect(() => migrate(db)).toThrow(refusal);
    expect(() => checkSchema(db)).toThrow(refusal);
    expect(() => openWriter(dataDir, 100)).toThrow(refusal);
  });

  test('the stages of attempts are extended beneath an open connection, and every row stays as it was', () => {
    const db = open();
    migrate(db, migrations.slice(0, 19));
    const insert = (into: Database.Database, number: number, stage: string) =>
      into
        .prepare(
          `INSERT INTO attempt (delivery_id, fence, number, at, text, stage, duration_ms) VALUES (1, 1, ?, 0, 'x', ?, 0)`,
        )
        .run(number, stage);
    db.pragma('foreign_keys = OFF');
    for (let number = 0; number < 100; number++) insert(db, number, 'starttls');
    const other = open();
    other.pragma('foreign_keys = OFF');
    expect(() => insert(other, 100, 'auth')).toThrow('CHECK');
    migrate(db);
    insert(db, 100, 'auth');
    insert(other, 101, 'auth');
    for (const one of [db, other]) expect(() => insert(one, 102, 'anything')).toThrow('CHECK');
    const rows = 'SELECT stage, count(*) AS rows FROM attempt GROUP BY stage ORDER BY stage';
    expect(other.prepare(rows).all()).toEqual([
      { stage: 'auth', rows: 2 },
      { stage: 'starttls', rows: 100 },
    ]);
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
    // The schema is closed again.
    expect(() => db.prepare("UPDATE sqlite_schema SET sql = '' WHERE name = 'attempt'").run()).toThrow(
      /may not be modified/,
    );
  });

  test('columns of routes are added without a look at the rows, of which there may be millions', () => {
    const db = open();
    migrate(db, migrations.slice(0, 19));
    db.pragma('foreign_keys = OFF');
    // Rows that a check of the table would refuse.
    db.pragma('ignore_check_constraints = ON');
    db.exec(`INSERT INTO attempt (delivery_id, fence, number, at, text, stage, duration_ms) VALUES (1, 1, 0, 0, 'x', 'unseen', 0);
      INSERT INTO delivery (id, destination_id, account_id, state, recipient) VALUES (1, 1, 1, 'unseen', 'a@b.test');
      INSERT INTO destination_try (destination_id, number, part, at, text, stage, duration_ms) VALUES (1, 1, 1, 0, 'x', 'dns', 0);`);
    db.pragma('ignore_check_constraints = OFF');
    migrate(db);
    expect(db.prepare('SELECT tls_failure, route, source FROM attempt').get()).toEqual({
      ...{ tls_failure: null, route: null, source: null },
    });
    expect(db.prepare('SELECT recipient, expires_at, held_by FROM delivery').get()).toEqual({
      ...{ recipient: 'a@b.test', expires_at: null, held_by: null },
    });
    db.exec(
      `UPDATE attempt SET stage = 'auth', source = 'out-1'; UPDATE destination_try SET route = 'smart'`,
    );
    expect(db.prepare('SELECT route, source FROM attempt').get()).toEqual({ route: null, source: 'out-1' });
    expect(db.prepare('SELECT text, route FROM destination_try').get()).toEqual({
      text: 'x',
      route: 'smart',
    });
  });

  test('what every message writes is checked without temporary tables', () => {
    const db = open();
    migrate(db);
    const program = (sql: string) =>
      (db.prepare(`EXPLAIN ${sql}`).all() as { opcode: string }[]).map((step) => step.opcode);
    for (const table of ['message', 'content_chunk', 'delivery', 'attempt', 'event']) {
      const columns = (db.pragma(`table_info(${table})`) as { name: string }[]).map(({ name }) => name);
      const insert = `INSERT INTO ${table} VALUES (${columns.map(() => 'NULL').join(', ')})`;
      expect(program(insert), table).not.toContain('OpenEphemeral');
    }
    const settled =
      "UPDATE delivery SET state = 'delivered', due_at = NULL, claim_epoch = NULL, settled_at = 1 WHERE id = 1";
    expect(program(settled)).not.toContain('OpenEphemeral');
  });

  test('a constraint refuses the same values without a list', () => {
    const db = open();
    migrate(db, migrations.slice(0, 26));
    db.pragma('foreign_keys = OFF');
    const states = [
      'queued',
      'scheduled',
      'deferred',
      'held',
      'delivered',
      'bounced',
      'expired',
      'suppressed',
      'cancelled',
    ];
    const stages = [
      ...[
        'dns',
        'connect',
        'greeting',
        'ehlo',
        'starttls',
        'auth',
        'mail',
        'rcpt',
        'data',
        'final',
        'policy',
      ],
    ];
    const before = open();
    before.pragma('foreign_keys = OFF');
    const insert = (
      into: Database.Database,
      id: number,
      state: string,
      dueAt: number | null,
      stage: string,
    ) => {
      into
        .prepare(
          "INSERT INTO delivery (id, destination_id, account_id, state, due_at, recipient) VALUES (?, 1, 1, ?, ?, 'a@b.test')",
        )
        .run(id, state, dueAt);
      into
        .prepare(
          "INSERT INTO attempt (delivery_id, fence, number, at, text, stage, duration_ms) VALUES (?, 1, 0, 0, 'x', ?, 0)",
        )
        .run(id, stage);
    };
    const mayWait = (state: string) => ['queued', 'scheduled', 'deferred'].includes(state);
    stages.forEach((stage, index) => insert(db, 100 + index, states[index % 9] ?? '', null, stage));
    migrate(db);
    for (const [at, one] of [db, before].entries()) {
      const first = 1000 * (at + 1);
      stages.forEach((stage, index) => insert(one, first + index, states[index % 9] ?? '', null, stage));
      states.filter(mayWait).forEach((state, index) => insert(one, first + 100 + index, state, 1, 'final'));
      for (const state of states.filter((state) => !mayWait(state)))
        expect(() => insert(one, first + 200, state, 1, 'final')).toThrow('CHECK');
      expect(() => insert(one, first + 201, 'unseen', null, 'final')).toThrow('CHECK');
      expect(() => insert(one, first + 202, 'queued', null, 'unseen')).toThrow('CHECK');
    }
    for (const state of ['scheduled', 'deferred', 'held']) {
      const all = 'SELECT count(*) FROM delivery NOT INDEXED WHERE state = ?';
      const indexed = `SELECT count(*) FROM delivery INDEXED BY delivery_state
        WHERE state = ? AND (state = 'scheduled' OR state = 'deferred' OR state = 'held')`;
      expect(db.prepare(indexed).pluck().get(state)).toBe(db.prepare(all).pluck().get(state));
    }
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
  });

  test('a reader refuses a schema that is too old for it', () => {
    const db = open();
    migrate(db);
    expect(() => checkSchema(db, [...migrations, next({})])).toThrow(
      expect.objectContaining({
        code: 'incompatible',
        message: expect.stringContaining('start relayd once') as string,
      }) as Error,
    );
  });

  test("another program's database is left alone", () => {
    open().exec('CREATE TABLE theirs (x)');
    for (const opening of [() => openWriter(dataDir, 100), () => openReadOnly(dataDir)]) {
      expect(opening).toThrow(
        expect.objectContaining({
          code: 'incompatible',
          message: expect.stringContaining('another program') as string,
        }) as Error,
      );
    }
  });

  test('a file that is no database, or none at all, says what to do', () => {
    expect(() => openSqliteReader(dataDir)).toThrow(
      expect.objectContaining({
        code: 'not-found',
        message: expect.stringContaining('start relayd once') as string,
      }) as Error,
    );
    writeFileSync(databasePath(dataDir), 'this is a text file, long enough to have a header'.repeat(100));
    for (const opening of [() => openWriter(dataDir, 100), () => openReadOnly(dataDir)]) {
      expect(opening).toThrow(
        expect.objectContaining({
          code: 'incompatible',
          message: expect.stringContaining('backup') as string,
        }) as Error,
      );
    }
  });

  test('a folder that cannot be made names the setting', () => {
    writeFileSync(path.join(dataDir, 'file'), '');
    expect(() => openSqliteReader(path.join(dataDir, 'file'))).toThrow(
      expect.objectContaining({ code: 'not-found' }) as Error,
    );
  });
});
