/** What keeps the cost independent of the queue's length: no statement of the engine reads a growing table through. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Database } from 'better-sqlite3';
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/platform/clock.ts';
import { BulkChanges } from '../../../src/store/sqlite/queue/bulk-changes.ts';
import { openWriter } from '../../../src/store/sqlite/engine/connection.ts';
import { createContentReader } from '../../../src/store/sqlite/spool/content-reader.ts';
import { createContext } from '../../../src/store/sqlite/engine/context.ts';
import { SQLITE } from '../../../src/store/sqlite/engine/dialect.ts';
import { prepare } from '../../../src/store/sqlite/engine/prepare.ts';
import { STATEMENTS, withMarks } from '../../../src/store/sql/statement.ts';
// Loads every shared statement.
import '../../../src/store/sqlite/open.ts';
import '../../../src/store/sqlite/reader.ts';
import type { GroupCommit } from '../../../src/store/sqlite/engine/group-commit.ts';
import { SqliteQueueWriter } from '../../../src/store/sqlite/queue/queue-writer.ts';
import { SqliteReportWriter } from '../../../src/store/sqlite/reports/report-writer.ts';
import { SqliteRetentionCleaner } from '../../../src/store/sqlite/spool/retention-cleaner.ts';
import { Sweeper } from '../../../src/store/sqlite/engine/sweeper.ts';

/** Tables with few rows, or statements that are stopped by their LIMIT or run at a start, or when the clock was set back. */
const MAY_SCAN = [
  // Everybody who uses the dashboard, for an operator.
  /FROM person(_grant g .*)? (ORDER|WHERE \(g.account_id = 0 OR)/s,
  // As many rows as the store has had master keys.
  /FROM data_key ORDER BY/,
  // Of each account, what is suppressed under a hash: for an operator who asks about a master key.
  /^SELECT substr\(s\.address/,
  // Every credential, for an operator who changes the master key.
  /coalesce\(s\.key, ''\) <>/,
  /FROM master_key_check/,
  // Few, and read once at the start.
  /FROM (check|look)_state ORDER BY/,
  // As many as there are sources in warm-up, providers, and days in a year at most; and limits in force.
  /FROM source_day WHERE day >=/,
  /FROM source_day WHERE day </,
  /FROM source_limit (ORDER|WHERE until <)/,
  // Limits in force and suspensions: bounded, and few.
  /FROM (destination_limit|suspension) (ORDER|WHERE)/,
  // An operator's selections, in parts of so many messages: known here only where another test of the process asked for them.
  /CROSS JOIN delivery d/,
  // Counted up to a limit: the scan is of what the indexes gave.
  /^SELECT count\(\*\) AS n FROM \(SELECT 1 FROM \(/,
  // Of so many messages at most.
  /LIMIT 5000\) looked/,
  /FROM dkim_key k JOIN domain d ON d.id = k.domain_id WHERE k.removable_at IS NULL ORDER BY k.id/,
  // Domains by what an operator set: for the watch, once a minute, of as many domains as there are.
  /FROM dkim_key WHERE state = 'active'\s+GROUP BY domain_id/,
  // Streams with terms, when the directory has changed: few, and read as a whole. Misfits: a handful of rows a stream.
  /FROM stream s JOIN account a ON a.id = s.account_id WHERE s.terms/,
  /^DELETE FROM stream_misfit/,
  /^SELECT randomblob/,
  /LIMIT 200\)\s+WHERE waits_for IS NULL/,
  // Of credentials by day, while they count.
  /^DELETE FROM credential_usage/,
  // 150,000 at most, when an operator clears all.
  /^UPDATE login_throttle SET failures = 0/,
  /FROM webhook ORDER BY id LIMIT/,
  /^SELECT count\(\*\) AS count FROM account$/,
  /^SELECT (next_message|directory_version)/,
  /FROM upload/,
  // As many as run.
  /FROM erasure e/,
  /FROM account ORDER BY id/,
  // As many as there are accounts, in a round of retention.
  /FROM account\s+WHERE \(retain_content/,
  // Of the rows of one step.
  /FROM \(SELECT id, account_id, size, content_gone/,
  // Of an account that is removed: counts of the hours before, of all accounts.
  /^DELETE FROM report_count WHERE account_id/,
  /FROM statistic_delta/,
  /json_each/,
  /FROM account ORDER BY name/,
  /FROM health_state/,
  /FROM webhook w JOIN account a ON a.id = w.account_id ORDER BY w.id/,
  /SELECT 1 FROM soft_bounce/,
  /UPDATE health_state/,
  /UPDATE (counter|upload)/,
  /UPDATE destination SET blocked_until = NULL/,
  // There are none: its events have their numbers.
  /WHERE 0\) none/,
  // Of the rows that the statement inside has chosen.
  /FROM \(SELECT account_id, signing_domain FROM message/,
  /FROM \(SELECT number FROM statistic WHERE/,
  /FROM \(\s+SELECT public_id, sum\(recipients\) OVER/,
  /FROM \(SELECT at FROM event ORDER BY sequence DESC LIMIT/,
  // A summary: as many rows as there are destinations.
  /FROM destination counted(\s+WHERE scheduled|\s*$)/,
];
/** These run on a connection that does not look for references (directory/account-remover.ts). */
const UNCHECKED = /^DELETE FROM (credential|account) WHERE/;
const MAY_SORT = [
  /FROM data_key ORDER BY/,
  /^SELECT substr\(s\.address/,
  // Runs of a day, or of a merge: a few dozen.
  /FROM search_run WHERE (account_id = \+\? AND day|merged_into)/,
  // Of two hundred expired ones of a destination.
  /LIMIT 200\)\s+WHERE waits_for IS NULL/,
  /FROM login_throttle/,
  /FROM dkim_(key|selector)/,
  /FROM credential/,
  /FROM stream/,
  /FROM domain/,
  /FROM health_(hour|state)/,
  /FROM statistic/,
  /FROM account ORDER BY id/,
  // Of a bounded stretch.
  /FROM event WHERE sequence > \+\? AND sequence <=/,
  /FROM destination counted/,
  /FROM destination d\s+JOIN destination_try/,
  // Selections, as above.
  /CROSS JOIN delivery d/,
  // Of what is in a worker's hands: some thousands at most.
  /INDEXED BY delivery_claimed/,
  /LIMIT 5000\) looked/,
  // Lists for people, by filters that the caller combines: known here only where another test of the process asked for them.
  /ORDER BY m\.\w+ DESC LIMIT/,
];

test('no statement scans, sorts or builds an index', () => {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'postern-plans-'));
  const db = openWriter(dataDir, 100);
  const statements = recordStatements(db, (recorder) => {
    const context = createContext(recorder, systemClock, 1);
    const commits = {} as unknown as GroupCommit;
    new BulkChanges(context);
    new SqliteRetentionCleaner(context, commits, new Sweeper(context, commits));
    createContentReader(recorder);
    new SqliteQueueWriter(context, commits);
    new SqliteReportWriter(context, commits);
    for (const shared of STATEMENTS)
      prepare(
        recorder,
        withMarks(shared.textFor(SQLITE), () => '?'),
      );
  });
  expect(statements.length).toBeGreaterThan(60);
  for (const sql of statements) {
    const named = [...sql.matchAll(/@(\w+)/g)].map(([, name]) => [name, 1] as const);
    const values: unknown[] =
      named.length > 0 ? [Object.fromEntries(named)] : [...sql.matchAll(/\?/g)].map(() => 1);
    db.pragma(`foreign_keys = ${UNCHECKED.test(sql) ? 'OFF' : 'ON'}`);
    const plan = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...values) as { readonly detail: string }[];
    const details = plan.map(({ detail }) => detail).join('; ');
    const said = `${sql}\n${details}`;
    expect(details, said).not.toContain('AUTOMATIC');
    if (!MAY_SCAN.some((pattern) => pattern.test(sql)))
      expect(details, said).not.toMatch(/SCAN (?!\w+ USING|\d+-ROW VALUES|CONSTANT ROW)/);
    if (!MAY_SORT.some((pattern) => pattern.test(sql))) expect(details, said).not.toContain('TEMP B-TREE');
  }
  db.close();
  rmSync(dataDir, { recursive: true });
});

/** The SQL that `use` prepares. */
function recordStatements(db: Database, use: (recorder: Database) => void): string[] {
  const statements: string[] = [];
  const recorder = new Proxy(db, {
    get(target, name) {
      if (name !== 'prepare') return Reflect.get(target, name, target) as unknown;
      return (sql: string) => {
        if (/^\s*(SELECT|INSERT|UPDATE|DELETE)/.test(sql)) statements.push(sql);
        return target.prepare(sql);
      };
    },
  });
  use(recorder);
  return statements;
}
