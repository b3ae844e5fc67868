/** What login throttling has to know after a restart: blocks, and who logged in from where. Keys are hashes. */
import type { ThrottleRecord } from '../policy/login-throttle.ts';

/** Of each kind, so that strangers, who make as many addresses and users as they like, push out no pair that is good. */
export const MAX_RECORDS_OF_A_KIND = 50_000;

export interface LoginReader {
  /** What was recorded since `sinceMs`, kind by kind, oldest first; the last {@link MAX_RECORDS_OF_A_KIND} of each. */
  loginRecords(sinceMs: number): Promise<readonly ThrottleRecord[]>;
}

export interface LoginWriter {
  /**
   * Replaces earlier records of the same kind and key; drops those that were last recorded before `keepSinceMs`, and sooner
   * or later those that are too many.
   */
  recordLogins(records: readonly ThrottleRecord[], keepSinceMs: number): Promise<void>;
}
