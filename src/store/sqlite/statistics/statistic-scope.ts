/** What a query of statistics is about: accounts, and numbers of hours or days. */

/** Which rows of an account. */
export type Range = [span: number, account: number, kind: number, from: number, to: number];

/** As a condition. */
export const IN_RANGE = 'span = ? AND account_id = ? AND kind = ? AND number >= ? AND number < ?';

/** From `from` up to but not including `to`. */
export interface Scope {
  readonly accounts: readonly number[];
  readonly span: number;
  readonly from: number;
  readonly to: number;
  readonly hoursANumber: number;
}
