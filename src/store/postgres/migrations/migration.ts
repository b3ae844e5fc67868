/**
 * One step of PostgreSQL's schema: numbered from 1, run in a transaction of its own, never changed once released. Nodes of
 * the previous release may run beside it, so a step only adds (expand); columns that are no longer read are removed one
 * release later (contract), and such a step is `breaking`.
 */

export interface PostgresMigration {
  readonly version: number;
  readonly name: string;
  /** A program that does not know it must not open the database afterwards. */
  readonly breaking?: true;
  readonly up: string;
}
