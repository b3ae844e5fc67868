/**
 * One step of PostgreSQL's schema: numbered from 1, run in a transaction of its own, never changed once released. Nodes of the
 * release before run beside it: it adds (expand); what nobody reads any more goes one release later (contract), and that is
 * `breaking`.
 */

export interface PostgresMigration {
  readonly version: number;
  readonly name: string;
  /** A program that does not know it must not open the database afterwards. */
  readonly breaking?: true;
  readonly up: string;
}
