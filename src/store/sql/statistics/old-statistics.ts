/** Removing statistics that are past their age, some rows at a time. Each account is looked through once a day. */
import { statement } from '../statement.ts';
import { all, run, type Steps } from '../steps.ts';
import { HOUR_MS } from './hours.ts';
import { monthOf } from './statistic-months.ts';
import { ACCOUNT_KIND, DAY_SPAN, GROUP_KINDS, HOURS_A_DAY, HOUR_SPAN, MONTH_SPAN } from './statistic-rows.ts';

const DAYS_KEPT_OF_HOURS = 90;
const ROWS_A_STEP = 500;
const ACCOUNTS_A_STEP = 50;

const ACCOUNTS = statement<{ after: number; limit: number }, { id: number }>(
  'SELECT id FROM account WHERE id > :after ORDER BY id LIMIT :limit',
);
const REMOVE = statement<{ span: number; account: number; kind: number; first: number; limit: number }>(
  `DELETE FROM statistic WHERE (span, account_id, kind, number, name) IN
   (SELECT span, account_id, kind, number, name FROM statistic
    WHERE span = :span AND account_id = :account AND kind = :kind AND number < :first LIMIT :limit)`,
);

/** How far the looking through has come: accounts up to this key, on that day. */
export class StatisticsSweep {
  #account = 0;
  #day = -1;

  /** Removes what is older than `dayAgeMs`, hours earlier; the result counts rows. Begun anew, it looks again. */
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
          removed += yield* run(REMOVE, {
            span,
            account,
            kind,
            first,
            limit: Math.max(0, ROWS_A_STEP - removed),
          });
        if (removed >= ROWS_A_STEP) return removed;
      }
      this.#account = account;
    }
    if (accounts.length < ACCOUNTS_A_STEP) this.#account = Infinity;
    return removed;
  }
}
