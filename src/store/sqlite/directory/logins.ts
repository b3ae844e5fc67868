/** The records of login throttling (store/logins.ts). */
import type { Database, Statement } from 'better-sqlite3';
import type { ThrottleRecord } from '../../../policy/login-throttle.ts';
import { MAX_RECORDS_OF_A_KIND, type LoginReader, type LoginWriter } from '../../logins.ts';
import type { Context } from '../engine/context.ts';
import type { GroupCommit } from '../engine/group-commit.ts';
import { prepare } from '../engine/prepare.ts';
import type { Direct } from '../engine/reads.ts';

interface Row {
  readonly kind: ThrottleRecord['kind'];
  readonly key: string;
  readonly failures: number;
  readonly at_ms: number;
  readonly blocked_until_ms: number;
  readonly succeeded_at_ms: number | null;
}

const KINDS = ['address', 'user', 'pair'] as const satisfies readonly ThrottleRecord['kind'][];
/** What is too many is looked for once so many were written: it takes a walk along the index. */
const TRIM_EVERY = 5_000;

/** On `db`, which may be read-only. */
export function createLoginReader(db: Database): Direct<LoginReader> {
  const rows = prepare<[string, number, number], Row>(
    db,
    `SELECT kind, key, failures, at_ms, blocked_until_ms, succeeded_at_ms FROM login_throttle
    WHERE kind = ? AND at_ms >= ? ORDER BY at_ms DESC LIMIT ?`,
  );
  return {
    loginRecords: (sinceMs) =>
      KINDS.flatMap((kind) => rows.all(kind, sinceMs, MAX_RECORDS_OF_A_KIND).reverse().map(recordOf)),
  };
}

export class SqliteLoginWriter implements LoginWriter {
  readonly #commits: GroupCommit;
  readonly #put: Statement<[string, string, number, number, number, number | null]>;
  readonly #removeBefore: Statement<[number]>;
  readonly #trim: Statement<[string, string, number]>;
  #written = TRIM_EVERY;

  constructor({ db }: Pick<Context, 'db'>, commits: GroupCommit) {
    this.#commits = commits;
    this.#put = prepare(
      db,
      `INSERT OR REPLACE INTO login_throttle (kind, key, failures, at_ms, blocked_until_ms, succeeded_at_ms)
      VALUES (?, ?, ?, ?, ?, ?)`,
    );
    this.#removeBefore = prepare(db, 'DELETE FROM login_throttle WHERE at_ms < ?');
    this.#trim = prepare(
      db,
      `DELETE FROM login_throttle WHERE kind = ? AND at_ms <=
      (SELECT at_ms FROM login_throttle WHERE kind = ? ORDER BY at_ms DESC LIMIT 1 OFFSET ?)`,
    );
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
      this.#written += records.length;
      if (this.#written < TRIM_EVERY) return;
      this.#written = 0;
      for (const kind of KINDS) this.#trim.run(kind, kind, MAX_RECORDS_OF_A_KIND);
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
