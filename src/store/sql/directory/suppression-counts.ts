/**
 * Counts the suppressions made in a period, in steps of a bounded number of rows. There is no index by time: every
 * suppression would pay for it, and the summary asks once a day.
 */
import type { SuppressionCounts } from '../../suppressions.ts';
import { statement } from '../statement.ts';
import { all, type Steps } from '../steps.ts';

/** About 5 ms. */
const ROWS_A_STEP = 10_000;

type Key = {
  readonly account: number;
  readonly address: string;
  readonly scope: string;
  readonly reason: string;
};

interface Row {
  readonly account_id: number;
  readonly address: string;
  readonly scope: string;
  readonly reason: string;
  readonly created_at: number;
}

/** Before every key. */
const START: Key = { account: 0, address: '', scope: '', reason: '' };

const PAGE = statement<Key & { limit: number }, Row>(
  `SELECT account_id, address, scope, reason, created_at FROM suppression
   WHERE (account_id, address, scope, reason) > (:account, :address, :scope, :reason)
   ORDER BY account_id, address, scope, reason LIMIT :limit`,
);

export function* countSuppressions(
  fromMs: number,
  toMs: number,
  place: string | undefined,
): Steps<SuppressionCounts> {
  const key = place === undefined ? START : (JSON.parse(place) as Key);
  const rows = yield* all(PAGE, { ...key, limit: ROWS_A_STEP });
  const reasons: Record<string, number> = {};
  for (const { reason, created_at: atMs } of rows)
    if (atMs >= fromMs && atMs < toMs) reasons[reason] = (reasons[reason] ?? 0) + 1;
  const last = rows.length < ROWS_A_STEP ? undefined : rows.at(-1);
  if (last === undefined) return { reasons, next: undefined };
  const { account_id: account, address, scope, reason } = last;
  return { reasons, next: JSON.stringify({ account, address, scope, reason } satisfies Key) };
}
