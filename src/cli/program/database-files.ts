/** What the commands of `db` work with: the database as a whole, and what has to be kept beside it. */
import type { Config } from '../../config/config.ts';
import type { CopyOptions, OpenDatabase } from '../../store/copies.ts';
import type { CopyStoreOptions } from '../../store/copy/copy-store.ts';
import type { SealedReader } from '../../store/sealed-secrets.ts';

export interface BackupOptions extends CopyOptions {
  /** Puts the master key and the certificates beside the copy. */
  readonly withKey: boolean;
}

export interface BackupPlace {
  /** The copy is lost with the disk of the original. */
  readonly onSameDisk: boolean;
  /** Written beside the copy, 0600. */
  readonly secretFiles: readonly string[];
  /** What a restore needs besides, and where it is now. */
  readonly alsoNeeded: readonly { readonly what: string; readonly where: string }[];
}

/** `from`: the file of the key, or `data_key`. */
export interface KeyFinding {
  readonly state: 'opens' | 'wrong' | 'missing';
  readonly from: string;
}

export interface MigratedStore {
  /** For people, without a password. */
  readonly store: string;
  /** The schema from before; 0: there was none. */
  readonly from: number;
  readonly to: number;
}

export interface CopiedStore {
  /** For people, without passwords. */
  readonly from: string;
  readonly to: string;
  /** By table. */
  readonly rows: ReadonlyMap<string, number>;
}

/** The address was found. */
export interface AddressTrace {
  /** A file of the data folder, or the server. */
  readonly file: string;
  /** In octets; `undefined`: in rows of a server. */
  readonly offset: number | undefined;
  /** The table, or what the part of the file is. */
  readonly where: string;
  /** Somebody configured it: an erasure leaves it. */
  readonly isConfiguration: boolean;
}

export interface SoughtAddress {
  /** A `suppressionKey`. */
  readonly key: string;
  /** As it was typed. */
  readonly typed: string;
}

export interface CompactedDatabase {
  readonly file: string;
  readonly beforeBytes: number;
  readonly afterBytes: number;
}

export interface DatabaseFiles {
  /** Every place that has the address, as it is now: in every file of the data folder, and on a server in every table. Bounded. */
  readonly traces: (config: Config, address: SoughtAddress) => Promise<readonly AddressTrace[]>;
  /** Writes the file of the database anew, without what its unused parts have. StoreError `locked`: relayd runs; `disk-full`, `failed`. */
  readonly compact: (config: Config) => Promise<CompactedDatabase>;
  /** StoreError `conflict` where a file exists; `closed` when interrupted; `disk-full`, `not-found`, `failed`, `unsafe`. */
  readonly backup: (config: Config, options: BackupOptions) => Promise<BackupPlace>;
  /** `file`: a copy; `undefined`: the live one. StoreError. */
  readonly open: (config: Config, file: string | undefined) => Promise<OpenDatabase>;
  /** Whether the key that belongs to the file opens it. SecretBoxError where the key cannot be read. */
  readonly findKey: (
    config: Config,
    sealed: SealedReader,
    named: { readonly file: string | undefined; readonly keyFile: string | undefined },
  ) => Promise<KeyFinding>;
  /** Brings the schema up to date; `url`: of the same database, by another user. StoreError `locked`, `busy`, `incompatible`, `failed`. */
  readonly migrate: (config: Config, url: string | undefined) => Promise<MigratedStore>;
  /**
   * The whole store to an empty one on another engine: `postgres://…`, `sqlite:` (data_dir) or `sqlite:/folder`. StoreError
   * `locked` (a relayd runs on either), `conflict` (the target is in use), `closed` when interrupted, and as the engines say.
   */
  readonly copy: (config: Config, to: string, options: CopyStoreOptions) => Promise<CopiedStore>;
}
