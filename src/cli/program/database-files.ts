/** What `db backup` and `db check` work with: the database as a file, and what has to be kept beside it. */
import type { Config } from '../../config/config.ts';
import type { CopyOptions, OpenDatabase } from '../../store/copies.ts';
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

export interface DatabaseFiles {
  /** StoreError `conflict` where a file exists; `closed` when interrupted; `disk-full`, `not-found`, `failed`, `unsafe`. */
  readonly backup: (config: Config, options: BackupOptions) => Promise<BackupPlace>;
  /** `file`: a copy; `undefined`: the live one. StoreError. */
  readonly open: (config: Config, file: string | undefined) => OpenDatabase;
  /** Whether the key that belongs to the file opens it. SecretBoxError where the key cannot be read. */
  readonly findKey: (
    config: Config,
    sealed: SealedReader,
    named: { readonly file: string | undefined; readonly keyFile: string | undefined },
  ) => Promise<KeyFinding>;
}
