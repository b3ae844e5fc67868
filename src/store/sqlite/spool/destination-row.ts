/** A destination as its row says, and what is kept of it in memory beside. */

export interface Destination {
  readonly id: number;
  readonly name: string;
  /** A lower bound of what is due beneath it; `undefined`: nothing waits. */
  nextDueAtMs: number | undefined;
  blockedUntilMs: number | undefined;
  suspended: boolean;
  /** How often it failed as a whole: the number of the last such try. */
  tries: number;
  /** Claimed deliveries of this process. Not in the database. */
  inFlight: number;
  /** Of those, by account key; no entry: none. */
  readonly inFlightOf: Map<number, number>;
  /** Changes not written yet, by the position of the state in DELIVERY_STATES. */
  changes: number[] | undefined;
  /** Read since another process last changed the database. */
  generation: number;
}

export interface DestinationRow {
  readonly id: number;
  readonly name: string;
  readonly next_due_at: number | null;
  readonly blocked_until: number | null;
  readonly suspended: number;
  readonly tries: number;
}

export const DESTINATION_COLUMNS = 'id, name, next_due_at, blocked_until, suspended, tries';

export function readDestination(row: DestinationRow, generation: number) {
  return {
    nextDueAtMs: row.next_due_at ?? undefined,
    blockedUntilMs: row.blocked_until ?? undefined,
    suspended: row.suspended === 1,
    tries: row.tries,
    generation,
  };
}
