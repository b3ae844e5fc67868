/** The records of login throttling (store/logins.ts). */
import type { Database, Statement } from 'better-sqlite3';
import type { ThrottleRecord } from '../../policy/login-throttle.ts';
import type { LoginReader, LoginWriter } from '../logins.ts';
import type { Context } from './context.ts';
import type { GroupCommit } from './group-commit.ts';
import { prepare } from './prepare.ts';

interface Row {
  readonly kind: ThrottleRecord['kind'];
  readonly key: string;
  readonly failures: number;
  readonly at_ms: number;
  readonly blocked_until_ms: number;
  readonly succeeded_at_ms: number | null;
}

/** Rows that are read at a start: as many as the throttle has room for. */
const MAX_RECORDS = 150_000;

/** On `db`, which may be read-only. */
export function createLoginReader(db: Database): LoginReader {
  const rows = prepare<[number, number], Row>(
    db,
    `SELECT kind, key, failures, at_ms, blocked_until_ms, succeeded_at_ms FROM login_throttle
    WHERE at_ms >= ? ORDER BY at_ms DESC LIMIT ?`,
  );
  return {
    loginRecords: (sinceMs) => rows.all(sinceMs, MAX_RECORDS).reverse().map(recordOf),
  };
}

export class SqliteLoginWriter implements LoginWriter {
  readonly #commits: GroupCommit;
  readonly #put: Statement<[string, string, number, number, number, number | null]>;
  readonly #removeBefore: Statement<[number]>;

  constructor({ db }: Pick<Context, 'db'>, commits: GroupCommit) {
    this.#commits = commits;
    this.#put = prepare(
      db,
      `INSERT OR REPLACE INTO login_throttle (kind, key, failures, at_ms, blocked_until_ms, succeeded_at_ms)
      VALUES (?, ?, ?, ?, ?, ?)`,
    );
    this.#removeBefore = prepare(db, 'DELETE FROM login_throttle WHERE at_ms < ?');
  }

  recordLogins(records: readonly ThrottleRecord[], keepSinceMs: number): Promise<void> {
    const run = () => {
      for (const { kind, key, failures, atMs, blockedUntilMs, succeededAtMs } of records)
        this.#put.run(
          kind,
          key,
          failures,
          Math.round(atMs),
          Math.round(blockedUntilMs),
          succeededAtMs ?? null,
        );
      this.#removeBefore.run(keepSinceMs);
    };
    return this.#commits.submit({ grows: false, sizeBytes: 0, run });
  }
}

function recordOf(row: Row): ThrottleRecord {
  return {
    kind: row.kind,
    key: row.key,
    failures: row.failures,
    atMs: row.at_ms,
    blockedUntilMs: row.blocked_until_ms,
    succeededAtMs: row.succeeded_at_ms ?? undefined,
  };
}
