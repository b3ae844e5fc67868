/**
 * Addresses that an account no longer mails, of the account or of one of its streams: looked up at RCPT and at acceptance,
 * changed by operators and tenants. What deliveries and reports add is written with their outcome.
 */
import type { NewSuppression, Suppression } from './suppression-records.ts';

export interface SuppressionReader {
  /** The suppression that applies to `address` (a `suppressionKey`) for `stream` at `nowMs`: of the account or of the stream. */
  suppressionFor(
    accountId: string,
    stream: string,
    address: string,
    nowMs: number,
  ): Promise<Suppression | undefined>;
  /** In order of address; `after` is the last address of the page before. */
  listSuppressions(
    accountId: string,
    after: string | undefined,
    limit: number,
  ): Promise<readonly Suppression[]>;
  /** Made from `fromMs` on and before `toMs`; each call looks at a bounded number of rows. `place`: from the call before. */
  countSuppressions(fromMs: number, toMs: number, place: string | undefined): Promise<SuppressionCounts>;
}

/** Some suppressions of all accounts, counted. */
export interface SuppressionCounts {
  /** Those made within the time asked for, by reason. */
  readonly reasons: Readonly<Record<string, number>>;
  /** Give it to go on; `undefined`: all were looked at. */
  readonly next: string | undefined;
}

export interface SuppressionWriter {
  /** Replaces a suppression of the same account, scope and address. */
  addSuppression(suppression: NewSuppression, actor: string): Promise<void>;
  /** Resolves to the number removed (0 or 1). */
  removeSuppression(
    accountId: string,
    scope: string,
    address: string,
    atMs: number,
    actor: string,
  ): Promise<number>;
  /**
   * Some of many, in one short transaction: a caller with more pauses between two calls, so that a running relay is not
   * held up. One that is there already stays when it lasts as long. Resolves to the number written.
   */
  importSuppressions(suppressions: readonly NewSuppression[], atMs: number, actor: string): Promise<number>;
}
