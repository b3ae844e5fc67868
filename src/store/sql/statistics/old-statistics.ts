/** Removes expired statistics, some rows at a time. Each account is examined once a day. */
import { statement } from '../statement.ts';
import { all, one, run, type Steps } from '../steps.ts';
import { HOUR_MS } from './hours.ts';
import { monthOf } from './statistic-months.ts';
import { ACCOUNT_KIND, DAY_SPAN, GROUP_KINDS, HOURS_A_DAY, HOUR_SPAN, MONTH_SPAN } from './statistic-rows.ts';

const DAYS_KEPT_OF_HOURS = 90;
const ROWS_A_STEP = 500;
const ACCOUNTS_A_STEP = 50;

const ACCOUNTS = statement<{ after: number; limit: number }, { id: number }>(
  'SELECT id FROM account WHERE id > :after ORDER BY id LIMIT :limit',
);
type Kind = { readonly span: number; readonly account: number; readonly kind: number };

const OF_KIND = 'span = :span AND account_id = :account AND kind = :kind';
/** Separate from the deletion, so that the engine's planner sees how few rows are affected. */
const LAST_OLD = statement<Kind & { first: number; limit: number }, { last: number | null }>(
  `SELECT max(number) AS last FROM (SELECT number FROM statistic WHERE ${OF_KIND} AND number < :first
   ORDER BY number LIMIT :limit) old`,
);
const REMOVE = statement<Kind & { last: number }>(
  `DELETE FROM statistic WHERE ${OF_KIND} AND number <= :last`,
);

/** Progress of the examination: accounts up to this key, on that day. */
export class StatisticsSweep {
  #account = 0;
  #day = -1;

  /**
   * Removes rows older than `dayAgeMs`, hours earlier; resolves to the number of rows. After a restart the examination begins
   * again.
   */
  *step(nowMs: number, dayAgeMs: number): Steps<number> {
    const hour = Math.floor(nowMs / HOUR_MS);
    const today = Math.floor(hour / HOURS_A_DAY);
    if (today === this.#day && this.#account === Infinity) return 0;
    if (today !== this.#day) this.#account = 0;
    this.#day = today;
    const accounts = yield* all(ACCOUNTS, { after: this.#account, limit: ACCOUNTS_A_STEP });
    const firstDay = Math.floor((nowMs - dayAgeMs) / (HOUR_MS * HOURS_A_DAY));
    let removed = 0;
    for (const { id: account } of accounts) {
      for (const kind of [ACCOUNT_KIND, ...Object.values(GROUP_KINDS)]) {
        for (const [span, first] of [
          [HOUR_SPAN, hour - DAYS_KEPT_OF_HOURS * HOURS_A_DAY],
          [DAY_SPAN, firstDay],
          [MONTH_SPAN, monthOf(firstDay)],
        ] as const)
          removed += yield* removeBefore({ span, account, kind }, first);
        if (removed >= ROWS_A_STEP) return removed;
      }
      this.#account = account;
    }
    if (accounts.length < ACCOUNTS_A_STEP) this.#account = Infinity;
    return removed;
  }
}

/** Removes some whole rows of hours or days before `first`; resolves to their number. */
function* removeBefore(of: Kind, first: number): Steps<number> {
  const last = (yield* one(LAST_OLD, { ...of, first, limit: ROWS_A_STEP }))?.last ?? undefined;
  return last === undefined ? 0 : yield* run(REMOVE, { ...of, last });
}
