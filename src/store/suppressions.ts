/**
 * Suppressed addresses of an account or of one of its streams: looked up at RCPT and at acceptance, changed by operators and
 * tenants. Those from deliveries and reports are written with the outcome.
 */
import type { NewSuppression, Suppression } from './suppression-records.ts';

export interface SuppressionReader {
  /** The suppression of `address` (a `suppressionKey`) for `stream` at `nowMs`: the account's or the stream's. */
  suppressionFor(
    accountId: string,
    stream: string,
    address: string,
    nowMs: number,
  ): Promise<Suppression | undefined>;
  /** In order of address; `after` is the last address of the previous page. */
  listSuppressions(
    accountId: string,
    after: string | undefined,
    limit: number,
  ): Promise<readonly Suppression[]>;
  /** All of an address, in every scope, expired ones too: the account's first. */
  suppressionsOf(accountId: string, address: string): Promise<readonly Suppression[]>;
  /** Made from `fromMs` on and before `toMs`; each call examines a bounded number of rows. `place`: from the previous call. */
  countSuppressions(fromMs: number, toMs: number, place: string | undefined): Promise<SuppressionCounts>;
}

export interface SuppressionKey extends Pick<NewSuppression, 'accountId' | 'scope' | 'address'> {
  /** `undefined`: any. */
  readonly reason: NewSuppression['reason'] | undefined;
}

/** A partial count over all accounts. */
export interface SuppressionCounts {
  /** Those made within the period, by reason. */
  readonly reasons: Readonly<Record<string, number>>;
  /** Pass it to continue; `undefined`: all were examined. */
  readonly next: string | undefined;
}

export interface SuppressionWriter {
  /** Replaces a suppression of the same account, scope, address and reason. */
  addSuppression(suppression: NewSuppression, actor: string): Promise<void>;
  /** Resolves to the number removed. */
  removeSuppression(target: SuppressionKey, atMs: number, actor: string): Promise<number>;
  /**
   * A part of many, in one short transaction: a caller with more pauses between two calls, so that a running relay is not
   * held up. An existing suppression that lasts as long is kept. `announced`: how many the line in the audit log says, by
   * default these; 0: none is written, the first part has announced all. Resolves to the number written.
   */
  importSuppressions(
    suppressions: readonly NewSuppression[],
    atMs: number,
    actor: string,
    announced?: number,
  ): Promise<number>;
}
