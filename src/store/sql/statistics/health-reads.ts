/** Reads sending health: rates of a window by subject, and the restrictions of accounts and streams. */
import type { HealthTerms } from '../../../policy/health-terms.ts';
import type { HealthCounts, HealthLevel } from '../../../policy/health.ts';
import type { HealthKind, HealthReader, HealthState, HealthTotal } from '../../health.ts';
import type { Dialect } from '../dialect.ts';
import { statement, type NoValues } from '../statement.ts';
import { all, type StepsOf } from '../steps.ts';
import { KIND_NUMBERS } from './health-kinds.ts';
import { hourOf } from './hours.ts';

interface CountRow {
  readonly delivered: number;
  readonly hard_bounced: number;
  readonly failed: number;
  readonly complained: number;
}

interface TotalRow extends CountRow {
  readonly public_id: string | null;
  readonly account_name: string | null;
  readonly name: string;
}

interface StreamRow extends CountRow {
  readonly public_id: string;
  readonly account_name: string;
  readonly health: string;
  readonly name: string;
  readonly account_delivered: number;
  readonly account_hard_bounced: number;
  readonly account_failed: number;
  readonly account_complained: number;
}

interface StateRow {
  readonly public_id: string;
  readonly account_name: string;
  readonly stream: string;
  readonly level: HealthLevel;
  readonly reason: string;
  readonly per_minute: number | null;
  readonly since: number;
}

const COLUMNS = ['delivered', 'hard_bounced', 'failed', 'complained'] as const;

const SUMS = COLUMNS.map((column) => `sum(h.${column}) AS ${column}`).join(', ');
const TOTALS = statement<{ kind: number; since: number; limit: number }, TotalRow>(
  `SELECT a.public_id, a.name AS account_name, h.name, ${SUMS}
   FROM health_hour h LEFT JOIN account a ON a.id = h.account_id
   WHERE h.kind = :kind AND h.hour >= :since GROUP BY h.account_id, a.public_id, a.name, h.name
   ORDER BY sum(h.delivered + h.hard_bounced + h.failed) DESC, h.name LIMIT :limit`,
);

const OWN = 'coalesce(s.counts_from, 0)';
const STREAMS = statement<{ kind: number; since: number }, StreamRow>(
  (dialect) => `SELECT a.public_id, a.name AS account_name, a.health, h.name, ${sumsFrom(OWN, '')},
     ${sumsFrom(ofAccount(dialect), 'account_')}
   FROM health_hour h JOIN account a ON a.id = h.account_id
   LEFT JOIN health_state s ON s.account_id = h.account_id AND s.stream = h.name
   LEFT JOIN health_state t ON t.account_id = h.account_id AND t.stream = ''
   WHERE h.kind = :kind AND h.hour >= :since GROUP BY h.account_id, a.public_id, a.name, a.health, h.name`,
);
const STATES = statement<NoValues, StateRow>(
  `SELECT a.public_id, a.name AS account_name, s.stream, s.level, s.reason, s.per_minute, s.since
   FROM health_state s JOIN account a ON a.id = s.account_id
   WHERE s.level != 'good' ORDER BY a.name, s.stream`,
);

function ofAccount({ greater }: Dialect): string {
  return greater(OWN, 'coalesce(t.counts_from, 0)');
}

/** Sums of the hours from `first` on. */
function sumsFrom(first: string, prefix: string): string {
  return COLUMNS.map(
    (column) => `sum(CASE WHEN h.hour >= ${first} THEN h.${column} ELSE 0 END) AS ${prefix}${column}`,
  ).join(', ');
}

export const healthReads: StepsOf<HealthReader> = {
  *healthTotals(kind, sinceMs, limit) {
    const rows = yield* all(TOTALS, { kind: KIND_NUMBERS[kind], since: hourOf(sinceMs), limit });
    return rows.map((row) => totalOf(kind, row));
  },
  *streamTotals(sinceMs) {
    const rows = yield* all(STREAMS, { kind: KIND_NUMBERS.stream, since: hourOf(sinceMs) });
    return rows.map((row) => ({
      accountId: row.public_id,
      accountName: row.account_name,
      ...(row.health !== '{}' && { healthTerms: JSON.parse(row.health) as HealthTerms }),
      stream: row.name,
      counts: countsOf(row),
      countsForAccount: {
        delivered: row.account_delivered,
        hardBounced: row.account_hard_bounced,
        failed: row.account_failed,
        complained: row.account_complained,
      },
    }));
  },
  *healthStates() {
    return (yield* all(STATES, {})).map(stateOf);
  },
};

function totalOf(kind: HealthKind, row: TotalRow): HealthTotal {
  return {
    kind,
    accountId: row.public_id ?? undefined,
    accountName: row.account_name ?? undefined,
    name: kind === 'account' ? (row.account_name ?? '') : row.name,
    counts: countsOf(row),
  };
}

function countsOf(row: CountRow): HealthCounts {
  return {
    delivered: row.delivered,
    hardBounced: row.hard_bounced,
    failed: row.failed,
    complained: row.complained,
  };
}

function stateOf(row: StateRow): HealthState {
  return {
    accountId: row.public_id,
    accountName: row.account_name,
    stream: row.stream,
    level: row.level,
    reason: row.reason,
    perMinute: row.per_minute ?? undefined,
    sinceMs: row.since,
  };
}
