/** What login throttling has to know after a restart: blocks, and who logged in from where. Keys are hashes. */
import type { ThrottleRecord } from '../policy/login-throttle.ts';

export interface LoginReader {
  /** What was recorded since `sinceMs`, oldest first. */
  loginRecords(sinceMs: number): readonly ThrottleRecord[];
}

export interface LoginWriter {
  /** Replaces earlier records of the same kind and key; drops those that were last recorded before `keepSinceMs`. */
  recordLogins(records: readonly ThrottleRecord[], keepSinceMs: number): Promise<void>;
}
