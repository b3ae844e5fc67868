/**
 * Copies of a whole store, and checks of a store or a copy. A copy shows one moment: it contains everything that was durable
 * when it began, and nothing later. It is made while relayd runs and writes.
 */
import type { SealedReader } from './sealed-secrets.ts';

export interface CopyOptions {
  /** Must not exist. Appears complete and synced to disk, or not at all; 0600. */
  readonly file: string;
  /** Called now and then, with octets of the copy. */
  readonly onProgress: (doneBytes: number, totalBytes: number) => void;
  /** When aborted, the incomplete copy is removed. */
  readonly interrupted: AbortSignal;
}

/** Row counts of a database. Tables that its schema does not have count 0. */
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
  /** For a server: its address, without a password. */
  readonly file: string;
  readonly sizeBytes: number;
  readonly schema: number;
  /** The schema that this program writes. */
  readonly knownSchema: number;
  readonly counts: StoreCounts;
  /** The time of its newest event; `undefined`: there is none. */
  readonly newestEventMs: number | undefined;
}

/**
 * A database that is open for reading only: the live one, on either engine, or a copy. Calls may take long; they never block
 * a writer.
 */
export interface OpenDatabase {
  /**
   * Its faults in sentences, about 100 at most; empty: none. `full` adds the slow checks: whether every index agrees with its
   * table, and whether every row refers to an existing one.
   */
  faults(full: boolean): Promise<readonly string[]>;
  view(): Promise<DatabaseView>;
  /** `undefined` when the schema is too old. */
  readonly sealed: SealedReader | undefined;
  close(): Promise<void>;
}
