/** One step of PostgreSQL's schema: numbered from 1, run in a transaction of its own, never changed once released. */

export interface PostgresMigration {
  readonly version: number;
  readonly name: string;
  readonly up: string;
}
