/**
 * The time of a simulated world: one queue of what is to happen, in order of its time. Time moves only from one
 * happening to the next, and only when nothing else can run (event-loop.ts). Every clock in the world reads it.
 */
import type { Clock, Timer } from '../../src/platform/clock.ts';
import { VIRTUAL_START_MS } from '../support/virtual-clock.ts';

interface Happening {
  readonly atMs: number;
  readonly order: number;
  /** `undefined` once it ran or was cancelled. */
  run: (() => void) | undefined;
}

export class SimulatedTime {
  #elapsedMs = 0;
  #skewMs = 0;
  #order = 0;
  #heap: Happening[] = [];
  #cancelled = 0;
  /** Happenings at the present instant; many of them mean that something turns in circles. */
  #atThisInstant = 0;

  /** Milliseconds since the world began. */
  get elapsedMs(): number {
    return this.#elapsedMs;
  }

  get atThisInstant(): number {
    return this.#atThisInstant;
  }

  /** What the wall clock shows: whole milliseconds since the Unix epoch. */
  nowMs(): number {
    return Math.floor(VIRTUAL_START_MS + this.#elapsedMs + this.#skewMs);
  }

  /** Sets the wall clock forward, or back; timers do not notice. */
  jump(byMs: number): void {
    this.#skewMs += byMs;
  }

  after(delayMs: number, run: () => void): Timer {
    const happening: Happening = {
      atMs: this.#elapsedMs + Math.max(delayMs, 0),
      order: this.#order++,
      run,
    };
    push(this.#heap, happening);
    return {
      cancel: () => {
        if (happening.run === undefined) return;
        happening.run = undefined;
        this.#cancelled++;
        this.#sweep();
      },
    };
  }

  /** This machine never stands still. */
  whenAwake(run: () => void): void {
    run();
  }

  /** Resolves after `delayMs`. */
  wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.after(delayMs, resolve));
  }

  /** Moves on to the next happening and lets it happen; false when there is none. */
  happen(): boolean {
    for (let next = pop(this.#heap); next !== undefined; next = pop(this.#heap)) {
      const { run } = next;
      if (run === undefined) {
        this.#cancelled--;
        continue;
      }
      next.run = undefined;
      if (next.atMs > this.#elapsedMs) this.#atThisInstant = 0;
      this.#atThisInstant++;
      this.#elapsedMs = Math.max(this.#elapsedMs, next.atMs);
      run();
      return true;
    }
    return false;
  }

  /** The world's own clock. */
  readonly clock: Clock = {
    now: () => this.nowMs(),
    monotonic: () => this.#elapsedMs,
    after: (delayMs, callback) => this.after(delayMs, callback),
  };

  #sweep(): void {
    if (this.#cancelled < 64 || this.#cancelled * 2 < this.#heap.length) return;
    const kept = this.#heap.filter(({ run }) => run !== undefined).sort((a, b) => (isBefore(a, b) ? -1 : 1));
    this.#heap = kept;
    this.#cancelled = 0;
  }
}

function isBefore(a: Happening, b: Happening): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

/** A binary heap; a sorted array is one too. */
function push(heap: Happening[], item: Happening): void {
  let at = heap.length;
  heap.push(item);
  while (at > 0) {
    const parentAt = (at - 1) >> 1;
    const parent = heap[parentAt] as Happening;
    if (!isBefore(item, parent)) break;
    heap[at] = parent;
    at = parentAt;
  }
  heap[at] = item;
}

function pop(heap: Happening[]): Happening | undefined {
  const top = heap[0];
  const last = heap.pop();
  if (top === undefined || last === undefined || heap.length === 0) return top;
  let at = 0;
  for (;;) {
    let childAt = 2 * at + 1;
    if (childAt >= heap.length) break;
    if (childAt + 1 < heap.length && isBefore(heap[childAt + 1] as Happening, heap[childAt] as Happening))
      childAt++;
    const child = heap[childAt] as Happening;
    if (!isBefore(child, last)) break;
    heap[at] = child;
    at = childAt;
  }
  heap[at] = last;
  return top;
}
