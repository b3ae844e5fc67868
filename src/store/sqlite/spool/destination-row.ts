/** A destination's row, and its state in memory. */

export interface Destination {
  readonly id: number;
  readonly name: string;
  /** A lower bound of the next due time in this destination; `undefined`: nothing waits. */
  nextDueAtMs: number | undefined;
  blockedUntilMs: number | undefined;
  suspended: boolean;
  /** How often it failed as a whole: the number of the last such try. */
  tries: number;
  /** Claimed deliveries of this process. Not in the database. */
  inFlight: number;
  /** Of those, by account key; no entry: none. */
  readonly inFlightOf: Map<number, number>;
  /** Unwritten changes, by the position of the state in DELIVERY_STATES. */
  changes: number[] | undefined;
  /** The generation in which it was read. */
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
