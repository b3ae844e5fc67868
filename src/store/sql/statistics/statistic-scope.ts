/** The scope of a statistics query: accounts, and numbers of hours or days. */

/** The rows of an account. */
export type Range = {
  readonly span: number;
  readonly account: number;
  readonly kind: number;
  readonly from: number;
  readonly to: number;
};

/** As a condition. */
export const IN_RANGE =
  'span = :span AND account_id = :account AND kind = :kind AND number >= :from AND number < :to';

/** From `from` up to but not including `to`. */
export interface Scope {
  readonly accounts: readonly number[];
  readonly span: number;
  readonly from: number;
  readonly to: number;
  readonly hoursANumber: number;
}
