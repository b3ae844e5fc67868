/** The records of login throttling (store/logins.ts). */
import { copiedTable, type CopiedTable } from '../../copy/copied-table.ts';
import type { ThrottleRecord } from '../../../policy/login-throttle.ts';
import { MAX_RECORDS_OF_A_KIND, type LoginReader, type LoginWriter } from '../../logins.ts';
import { audit } from './audit.ts';
import { statement } from '../statement.ts';
import { all, run, type StepsOf } from '../steps.ts';

interface Row {
  readonly kind: ThrottleRecord['kind'];
  readonly key: string;
  readonly failures: number;
  readonly at_ms: number;
  readonly blocked_until_ms: number;
  readonly succeeded_at_ms: number | null;
}

const KINDS = ['address', 'user', 'pair'] as const satisfies readonly ThrottleRecord['kind'][];
/** Records beyond the maximum are removed after this many writes, because finding them walks the index. */
const TRIM_EVERY = 5_000;

const SINCE = statement<{ kind: string; since: number; limit: number }, Row>(
  `SELECT kind, key, failures, at_ms, blocked_until_ms, succeeded_at_ms FROM login_throttle
   WHERE kind = :kind AND at_ms >= :since ORDER BY at_ms DESC LIMIT :limit`,
);
const PUT = statement<{
  kind: string;
  key: string;
  failures: number;
  at: number;
  blocked: number;
  succeeded: number | undefined;
}>(
  `INSERT INTO login_throttle (kind, key, failures, at_ms, blocked_until_ms, succeeded_at_ms)
   VALUES (:kind, :key, :failures, :at, :blocked, :succeeded)
   ON CONFLICT (kind, key) DO UPDATE SET failures = excluded.failures, at_ms = excluded.at_ms,
     blocked_until_ms = excluded.blocked_until_ms, succeeded_at_ms = excluded.succeeded_at_ms`,
);
const CLEAR = statement<{ at: number }>(
  'UPDATE login_throttle SET failures = 0, blocked_until_ms = 0, at_ms = :at WHERE failures > 0',
);
const REMOVE_BEFORE = statement<{ since: number }>('DELETE FROM login_throttle WHERE at_ms < :since');
const TRIM = statement<{ kind: string; kept: number }>(
  `DELETE FROM login_throttle WHERE kind = :kind AND at_ms <=
   (SELECT at_ms FROM login_throttle WHERE kind = :kind ORDER BY at_ms DESC LIMIT 1 OFFSET :kept)`,
);

export const loginReads: StepsOf<LoginReader> = {
  *loginRecords(sinceMs) {
    const records: ThrottleRecord[] = [];
    for (const kind of KINDS) {
      const rows = yield* all(SINCE, { kind, since: Math.round(sinceMs), limit: MAX_RECORDS_OF_A_KIND });
      records.push(...rows.toReversed().map(recordOf));
    }
    return records;
  },
};

/** One for each open store: it counts writes since the last removal. */
export function createLoginWrites(): StepsOf<LoginWriter> {
  let written = TRIM_EVERY;
  return {
    *clearLogins(cleared, what, atMs, actor) {
      const at = Math.round(atMs);
      if (cleared === undefined) yield* run(CLEAR, { at });
      else yield* run(PUT, { ...cleared, failures: 0, at, blocked: 0, succeeded: undefined });
      yield* audit(atMs, actor, 'login clear', [what]);
    },
    *recordLogins(records, keepSinceMs) {
      for (const { kind, key, failures, atMs, blockedUntilMs, succeededAtMs } of records)
        yield* run(PUT, {
          kind,
          key,
          failures,
          at: Math.round(atMs),
          blocked: Math.round(blockedUntilMs),
          succeeded: succeededAtMs === undefined ? undefined : Math.round(succeededAtMs),
        });
      yield* run(REMOVE_BEFORE, { since: Math.round(keepSinceMs) });
      written += records.length;
      if (written < TRIM_EVERY) return;
      written = 0;
      for (const kind of KINDS) yield* run(TRIM, { kind, kept: MAX_RECORDS_OF_A_KIND });
    },
  };
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

export const loginTables: readonly CopiedTable[] = [
  copiedTable('login_throttle', 'kind key', 'failures at_ms blocked_until_ms succeeded_at_ms'),
];
