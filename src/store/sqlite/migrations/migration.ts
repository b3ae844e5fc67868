/** A migration: numbered SQL that runs once, in one transaction with the change of the schema's version. */
import type { Database } from 'better-sqlite3';

export interface Migration {
  /** 1, 2, 3 ... without gaps. */
  readonly version: number;
  readonly name: string;
  /** True: a program that does not know it must not open the database afterwards. */
  readonly breaking: boolean;
  readonly up: string;
  /** Changes that SQL alone cannot express, after `up` in the same transaction. Reads rows in pages, whatever their number. */
  readonly rewrite?: (db: Database) => void;
}
