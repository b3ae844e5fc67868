/**
 * Copies of a whole store, and whether a store or a copy is sound. A copy shows one moment: everything that was durable
 * when it began is in it, nothing of later. It is made beside a running relayd, which goes on writing meanwhile.
 */
import type { SealedReader } from './sealed-secrets.ts';

export interface CopyOptions {
  /** Must not exist. Appears whole and synced to disk, or not at all; 0600. */
  readonly file: string;
  /** Called now and then. Octets of the copy. */
  readonly onProgress: (doneBytes: number, totalBytes: number) => void;
  /** When aborted, nothing of the copy is left. */
  readonly interrupted: AbortSignal;
}

/** What a database holds. Rows of a table that its schema does not have are 0. */
export interface StoreCounts {
  readonly accounts: number;
  readonly domains: number;
  readonly credentials: number;
  readonly messages: number;
  /** Deliveries that are not settled. */
  readonly waiting: number;
  readonly suppressions: number;
  readonly webhooks: number;
  readonly events: number;
}

export interface DatabaseView {
  /** Of a server's: its address, without a password. */
  readonly file: string;
  readonly sizeBytes: number;
  readonly schema: number;
  /** The schema that this program writes. */
  readonly knownSchema: number;
  readonly counts: StoreCounts;
  /** When its newest event was written; `undefined`: it has none. */
  readonly newestEventMs: number | undefined;
}

/** A database open for reading only: the live one, on either engine, or a copy. Every call may be long; a writer never waits for it. */
export interface OpenDatabase {
  /**
   * What is wrong with it, in sentences, at most some 100; empty: nothing. `full`: also what takes long, whether every index says
   * the same as its table, or every row refers to one that is there.
   */
  faults(full: boolean): Promise<readonly string[]>;
  view(): Promise<DatabaseView>;
  /** `undefined` where the schema is too old to be asked. */
  readonly sealed: SealedReader | undefined;
  close(): Promise<void>;
}
