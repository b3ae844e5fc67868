/**
 * Use of what credentials and accounts may hand in, by hour and day (UTC). Counted by `spool.accept`, in its commit: what was
 * accepted counts, exactly once.
 */

/** What a message counts towards, besides its credential's recipients of the day; a holder with limits of an hour or a day. */
export interface CountedUse {
  /** Public id of a credential or account. */
  readonly holder: string;
  /** Keyed hashes of its recipients, each once; those that the holder has not mailed before are counted. `undefined`: not counted. */
  readonly recipientHashes?: readonly string[] | undefined;
}

/** What was accepted in one period. */
export interface UsageOfPeriod {
  readonly messages: number;
  readonly recipients: number;
  readonly newRecipients: number;
}

/** What an account with a limit of storage keeps. */
export interface StoredOctets {
  /** Of the content of its credentials' messages. */
  readonly octets: number;
  /** False: messages from before the limit was set are still being counted. */
  readonly isComplete: boolean;
}

export interface UsageReader {
  /** Recipients accepted from the credential on a UTC day (days since the epoch), including suppressed ones. */
  recipientsOfDay(credentialId: string, day: number): Promise<number>;
  /** Of a holder in the period of `seconds` with this number since the epoch. Counted while it has a limit of an hour or a day. */
  usageOf(holder: string, seconds: number, number: number): Promise<UsageOfPeriod>;
  /** `undefined`: the account has no limit of storage. */
  storageOf(accountId: string): Promise<StoredOctets | undefined>;
  /** Those of `hashes` that the holder has mailed, as far as it was counted. */
  knownRecipients(holder: string, hashes: readonly string[]): Promise<readonly string[]>;
}

/** A recipient that was not mailed for so long is new again. */
export const KNOWN_FOR_DAYS = 365;
/** The day of a recipient that is mailed again is written at most once in so many days. */
export const KNOWN_AGAIN_DAYS = 30;
/** Counted periods that are over are kept for people. */
export const USAGE_KEPT_DAYS = 7;

/** Of a store in which nothing is counted. */
export const NOTHING_COUNTED: UsageReader = {
  recipientsOfDay: () => Promise.resolve(0),
  usageOf: () => Promise.resolve({ messages: 0, recipients: 0, newRecipients: 0 }),
  storageOf: () => Promise.resolve(undefined),
  knownRecipients: () => Promise.resolve([]),
};
