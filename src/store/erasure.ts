/**
 * The erasing of one person: what an account has of one address. It begins in one transaction, which also turns the address's
 * suppressions into hashes (hashed-addresses.ts), so that there is no moment in which it is mailed. The rest goes in small steps, by
 * whoever takes them: each is a short transaction that notes how far it came, so any process goes on where another ended.
 *
 * Addresses become a pseudonym that one erasure uses for all of them, so that counts and traces still make sense. Content and
 * subject of mail to or from the address go. Erased is what the account had when the step came by; mail that is under way is waited
 * for, and what is accepted behind the step is new.
 */

/** What is counted, each in rows. */
export const ERASED_KINDS = [
  /** Deliveries to it. */
  'deliveries',
  /** Mail to or from it, and reports of the relay about such mail. */
  'messages',
  /** Of these and of others that mention it. */
  'contents',
  'attempts',
  'events',
  /** Attempts at receivers, whose answers mention it. */
  'webhook_deliveries',
  'reports',
  'refused',
  /** Of its own, hashed; and the evidence of others. */
  'suppressions',
  /** Clear texts beside the audit log. */
  'audit_texts',
  /** Everything else that mentions it. */
  'others',
] as const;

export type ErasedKind = (typeof ERASED_KINDS)[number];
export type ErasedCounts = Readonly<Record<ErasedKind, number>>;

export interface NewErasure {
  /** `era_` id. */
  readonly id: string;
  readonly accountId: string;
  /** A `suppressionKey`. */
  readonly address: string;
  /** An address at `erased.invalid` (RFC 2606), which nobody else has. */
  readonly pseudonym: string;
  /** The AddressHash of the address. */
  readonly hash: string;
  /** As a known recipient (usage.ts). */
  readonly knownAs: string;
}

export interface Erasure extends NewErasure {
  readonly sinceMs: number;
  /** So far. */
  readonly counts: ErasedCounts;
}

export interface ErasureReader {
  /** Those that have not ended, the oldest first. */
  erasures(): Promise<readonly Erasure[]>;
}

/**
 * `waits`: this many messages are under way, and their outcomes have to be settled first. `leavesRests`: somebody read all the time, and
 * the database's log may still have what its rows have lost; the same call again tries again.
 */
export type ErasureStep =
  | { readonly kind: 'more'; readonly counts: ErasedCounts }
  | { readonly kind: 'waits'; readonly counts: ErasedCounts; readonly messages: number }
  | { readonly kind: 'done'; readonly counts: ErasedCounts; readonly leavesRests: boolean };

export interface ErasureWriter {
  /**
   * Hashes the suppressions, and notes that the rest is to go. Resolves to the erasure that runs: an earlier one of the same account
   * and address goes on. StoreError `conflict`: there is no such account.
   */
  beginErasure(erasure: NewErasure, atMs: number, actor: string): Promise<Erasure>;
  /** Erases some more. `done` also for one that has ended, then without counts. */
  eraseSome(id: string, nowMs: number, actor: string): Promise<ErasureStep>;
}
