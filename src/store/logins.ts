/** The state of login throttling that survives a restart: blocks, and addresses with a successful login. Keys are hashes. */
import type { SubjectPart } from './audit.ts';
import type { ThrottleRecord } from '../policy/login-throttle.ts';

/** Per kind, so that strangers, who can invent any number of addresses and users, do not displace a good pair. */
export const MAX_RECORDS_OF_A_KIND = 50_000;

export interface LoginReader {
  /** Records since `sinceMs`, by kind, oldest first; the last {@link MAX_RECORDS_OF_A_KIND} of each. */
  loginRecords(sinceMs: number): Promise<readonly ThrottleRecord[]>;
}

export interface LoginWriter {
  /**
   * Replaces earlier records of the same kind and key; deletes those last recorded before `keepSinceMs`, and eventually those
   * beyond the maximum.
   */
  recordLogins(records: readonly ThrottleRecord[], keepSinceMs: number): Promise<void>;
  /**
   * An operator clears the failures of one address or user, by its hashed key, or all (`undefined`). The record stays, without
   * failures, so that other nodes learn of it. `what`: in words, for the audit log.
   */
  clearLogins(
    one: Pick<ThrottleRecord, 'kind' | 'key'> | undefined,
    what: SubjectPart,
    atMs: number,
    actor: string,
  ): Promise<void>;
}
