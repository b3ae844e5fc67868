/**
 * The end of an account. It begins in one transaction, from which nothing of the account is valid any more; what it has then goes
 * in small steps, by whoever takes them: each is a short transaction, all of them may be repeated, and any process goes on where
 * another ended. The account itself goes last, so until then it can be seen that there is something left.
 *
 * Not removed: lines of the audit log; selectors of DKIM keys, which are never made twice; what is counted by the account's name
 * for a rule of shaping, and login failures by hash, which end by themselves.
 */
import type { Account } from './directory-records.ts';

/** What an account has, in numbers. Its events are counted apart: {@link RemovalReader.countEventsOf}. */
export interface AccountContents {
  readonly domains: number;
  /** Revoked ones too. */
  readonly credentials: number;
  readonly messages: number;
  readonly suppressions: number;
  readonly webhooks: number;
  readonly templates: number;
  readonly streams: number;
  readonly refused: number;
  readonly reports: number;
  /** Rows by hour, day and month. */
  readonly statistics: number;
}

/** An account that is being removed; it has lost its name. */
export interface RemovingAccount extends Pick<Account, 'id'> {
  readonly sinceMs: number;
}

export interface RemovalReader {
  accountContents(accountId: string): Promise<AccountContents>;
  /** Events of the account after the sequence `after`, as far as one read goes; `next`: where the next begins, until it is the last. */
  countEventsOf(
    accountId: string,
    after: number,
  ): Promise<{ readonly count: number; readonly next: number; readonly more: boolean }>;
  accountsRemoving(): Promise<readonly RemovingAccount[]>;
}

/** `waits`: attempts are under way, and their outcomes have to be settled first. */
export type RemovalStep =
  | { readonly kind: 'more'; readonly eventsBehind: number }
  | { readonly kind: 'waits' }
  | { readonly kind: 'done' };

export interface RemovalWriter {
  /**
   * From its commit on no login and no key of the account is valid, its webhooks are told nothing, and its name is free. `was`:
   * what it had, in words, for the audit log. Once begun it is not begun again. StoreError `not-found`.
   */
  beginRemoval(accountId: string, was: string, atMs: number, actor: string): Promise<void>;
  /**
   * Removes some of what an account that is being removed has. `eventsBehind`: of the step before, 0 at the beginning. `done` for
   * one that is not being removed.
   */
  removeSomeOf(accountId: string, eventsBehind: number, nowMs: number, actor: string): Promise<RemovalStep>;
}
