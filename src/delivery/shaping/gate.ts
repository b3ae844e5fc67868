/** Whether entries of one site may begin now, by its limits. One look at a time: `look` begins it, `passes` is of its moment. */
import type { QueueEntry } from '../destination/queue-entry.ts';
import type { SiteShaping } from './site-shaping.ts';

export class Gate {
  readonly #shape: SiteShaping;
  #nowMs = -Infinity;
  #waiting = 0;
  /** Neighbours in a queue are mostly of one sender and domain. */
  #last: QueueEntry | undefined;
  #lastPasses = true;
  #refused = false;

  constructor(shape: SiteShaping) {
    this.#shape = shape;
  }

  /** False: nothing may begin. `nowMs` is monotonic. */
  look(nowMs: number, waiting: number): boolean {
    this.#nowMs = nowMs;
    this.#waiting = waiting;
    this.#last = undefined;
    return this.#shape.roomInMs(nowMs, waiting) === 0;
  }

  /** `undefined`: when the look says yes all may. */
  get passes(): ((entry: QueueEntry) => boolean) | undefined {
    return this.#shape.isLimited ? this.#passes : undefined;
  }

  /** Some had to wait that others need not, since this was asked last. */
  takeRefused(): boolean {
    const refused = this.#refused;
    this.#refused = false;
    return refused;
  }

  /** It may, and does. */
  began(entry: QueueEntry): void {
    this.#last = undefined;
    this.#shape.began(entry, this.#nowMs);
  }

  readonly #passes = (entry: QueueEntry): boolean => {
    const last = this.#last;
    const isAlike =
      last?.destination === entry.destination &&
      last.bulk === entry.bulk &&
      last.facts.accountId === entry.facts.accountId &&
      last.facts.stream === entry.facts.stream;
    if (!isAlike) {
      this.#last = entry;
      this.#lastPasses = this.#shape.turnOf(entry, this.#nowMs, this.#waiting).ms === 0;
      this.#refused ||= !this.#lastPasses;
    }
    return this.#lastPasses;
  };
}
