/**
 * A node's standing in memory that its threads share: the store's thread writes it at each renewal of the lease, and when
 * outcomes begin or cease to wait; the others read it directly. Times are in process time, which is the same for all threads.
 */
import { processTimeMs, type Clock } from '../platform/clock.ts';
import { DUTIES, type Duty, type NodeStanding } from './node-standing.ts';

const UNTIL = 0;
const LIFE = 1;
const DRAINING = 2;
const NODES = 3;
const WAITS = 4;
const FIRST_DUTY = 5;
const SLOTS = FIRST_DUTY + DUTIES.length;

/** A lease that is over from the start, no duty. */
export function createStandingBoard(): SharedArrayBuffer {
  const board = new SharedArrayBuffer(SLOTS * BigInt64Array.BYTES_PER_ELEMENT);
  new BoardWriter(board).nodes(1);
  return board;
}

export class BoardWriter {
  readonly #slots: BigInt64Array;

  constructor(board: SharedArrayBuffer) {
    this.#slots = new BigInt64Array(board);
  }

  /** A new life: nothing of the previous one is valid any more. Its lease begins with {@link renewed}. */
  begins(life: number): void {
    this.#set(UNTIL, 0);
    this.duties(new Map());
    this.#set(LIFE, life);
  }

  /** Valid until then, in process time (`processTimeMs`). */
  renewed(untilMs: number): void {
    this.#set(UNTIL, Math.floor(untilMs));
  }

  draining(draining: boolean): void {
    this.#set(DRAINING, draining ? 1 : 0);
  }

  nodes(count: number): void {
    this.#set(NODES, count);
  }

  /** Outcomes wait for a store that accepts none. */
  waits(waits: boolean): void {
    this.#set(WAITS, waits ? 1 : 0);
  }

  /** The fences of what it has; the others it has not. */
  duties(fences: ReadonlyMap<string, number>): void {
    for (const [index, duty] of DUTIES.entries()) this.#set(FIRST_DUTY + index, fences.get(duty) ?? 0);
  }

  #set(slot: number, value: number): void {
    Atomics.store(this.#slots, slot, BigInt(value));
  }
}

/** The current standing at each call; times are those of `clock`. `processTime`: the clock of the board's times. */
export function readStanding(
  board: SharedArrayBuffer,
  clock: Pick<Clock, 'monotonic'>,
  processTime: () => number = processTimeMs,
): NodeStanding {
  const slots = new BigInt64Array(board);
  const slot = (at: number) => Number(Atomics.load(slots, at));
  const startMs = clock.monotonic() - processTime();
  const holdsUntilMs = () => slot(UNTIL) + startMs;
  return {
    holdsUntilMs,
    get life() {
      return slot(LIFE);
    },
    get takesOutcomes() {
      return slot(WAITS) === 0;
    },
    holds(duty: Duty) {
      const fence = slot(FIRST_DUTY + DUTIES.indexOf(duty));
      return fence > 0 && holdsUntilMs() > clock.monotonic() ? fence : undefined;
    },
    get draining() {
      return slot(DRAINING) === 1;
    },
    get nodes() {
      return slot(NODES);
    },
  };
}
