/** Reading health on a read-only connection: rates of a window by subject, and what accounts and streams are under. */
import type { Database } from 'better-sqlite3';
import type { HealthCounts, HealthLevel } from '../../../policy/health.ts';
import type { HealthKind, HealthReader, HealthState, HealthTotal } from '../../health.ts';
import { KIND_NUMBERS } from './health-counter.ts';
import { hourOf } from './hours.ts';
import { prepare } from '../engine/prepare.ts';
import type { Direct } from '../engine/reads.ts';

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

/** On `db`, which may be read-only. */
export function createHealthReader(db: Database): Direct<HealthReader> {
  const sums = COLUMNS.map((column) => `sum(h.${column}) AS ${column}`).join(', ');
  const totals = prepare<[number, number, number], TotalRow>(
    db,
    `SELECT a.public_id, a.name AS account_name, h.name, ${sums}
    FROM health_hour h LEFT JOIN account a ON a.id = h.account_id
    WHERE h.kind = ? AND h.hour >= ? GROUP BY h.account_id, h.name
    ORDER BY sum(h.delivered + h.hard_bounced + h.failed) DESC, h.name LIMIT ?`,
  );
  const since = (own: string, prefix: string) =>
    COLUMNS.map(
      (column) => `sum(CASE WHEN h.hour >= ${own} THEN h.${column} ELSE 0 END) AS ${prefix}${column}`,
    ).join(', ');
  const own = 'coalesce(s.counts_from, 0)';
  const streams = prepare<[number, number], StreamRow>(
    db,
    `SELECT a.public_id, a.name AS account_name, h.name, ${since(own, '')},
      ${since(`max(${own}, coalesce(t.counts_from, 0))`, 'account_')}
    FROM health_hour h JOIN account a ON a.id = h.account_id
    LEFT JOIN health_state s ON s.account_id = h.account_id AND s.stream = h.name
    LEFT JOIN health_state t ON t.account_id = h.account_id AND t.stream = ''
    WHERE h.kind = ? AND h.hour >= ? GROUP BY h.account_id, h.name`,
  );
  const states = prepare<[], StateRow>(
    db,
    `SELECT a.public_id, a.name AS account_name, s.stream, s.level, s.reason, s.per_minute, s.since
    FROM health_state s JOIN account a ON a.id = s.account_id
    WHERE s.level != 'good' ORDER BY a.name, s.stream`,
  );
  return {
    healthTotals: (kind, sinceMs, limit) =>
      totals.all(KIND_NUMBERS[kind], hourOf(sinceMs), limit).map((row) => totalOf(kind, row)),
    streamTotals: (sinceMs) =>
      streams.all(KIND_NUMBERS.stream, hourOf(sinceMs)).map((row) => ({
        accountId: row.public_id,
        accountName: row.account_name,
        stream: row.name,
        counts: countsOf(row),
        countsForAccount: {
          delivered: row.account_delivered,
          hardBounced: row.account_hard_bounced,
          failed: row.account_failed,
          complained: row.account_complained,
        },
      })),
    healthStates: () => states.all().map(stateOf),
  };
}

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
