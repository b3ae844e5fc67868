/** The SQL of the audit log: who changed what. Written in the transaction of the change. */
import type { Database, Statement } from 'better-sqlite3';
import { prepare } from '../engine/prepare.ts';

export class Audit {
  readonly #insert: Statement<[number, string, string, string]>;

  constructor(db: Database) {
    this.#insert = prepare(db, 'INSERT INTO audit (at, actor, action, subject) VALUES (?, ?, ?, ?)');
  }

  /** `action` is a command's name such as `domain add`, `subject` what it was done to. */
  record(atMs: number, actor: string, action: string, subject: string): void {
    this.#insert.run(Math.round(atMs), actor, action, subject);
  }
}
