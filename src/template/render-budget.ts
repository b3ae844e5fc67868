/**
 * What one rendering of one part may use: steps, processor time, what filters make, and what is written. liquidjs asks
 * it at every node; filters and written values ask too, because one output can hold a whole chain of them. It bounds what
 * can be counted; what cannot (one filter over one huge value) is bounded by the process that renders.
 */
import { toValue } from 'liquidjs';

/** Tags, outputs and pieces of text gone through. */
const MAX_STEPS = 100_000;
/** Of processor time: a machine that is busy with other things changes nothing. */
const RENDER_LIMIT_MS = 100;
/** Characters and elements that filters, captures and loops make. */
const MAX_MADE = 4 * 1024 * 1024;
export const MAX_RENDERED_CHARACTERS = 2 * 1024 * 1024;
/** Lists within lists, when one is written out. */
const MAX_LIST_DEPTH = 20;

/** The message is for whoever wrote the template. */
export class BudgetError extends Error {}

export class RenderBudget {
  readonly #startedUs: number;
  #lookAgainMs: number;
  #steps = 0;
  #made = 0;

  constructor() {
    this.#startedUs = usedUs();
    this.#lookAgainMs = performance.now() + RENDER_LIMIT_MS;
  }

  /** One step. */
  check(): void {
    if (++this.#steps > MAX_STEPS)
      throw new BudgetError(`takes more than ${MAX_STEPS} steps to fill: use fewer or shorter loops`);
    this.checkTime();
  }

  checkTime(): void {
    const nowMs = performance.now();
    if (nowMs < this.#lookAgainMs) return;
    const leftMs = RENDER_LIMIT_MS - (usedUs() - this.#startedUs) / 1000;
    if (leftMs <= 0)
      throw new BudgetError(`takes longer than ${RENDER_LIMIT_MS} ms to fill: use fewer loops and filters`);
    this.#lookAgainMs = nowMs + leftMs;
  }

  /** `count` as liquidjs says it, which may be no number. */
  use(count: unknown): void {
    const more = Number(count);
    if (!(more > 0)) return;
    this.#made += more;
    if (this.#made > MAX_MADE)
      throw new BudgetError(
        `makes more than ${MAX_MADE} characters and elements in filters and loops: use fewer of them`,
      );
  }
}

/** Where a part, or a capture within it, is written. */
export class BoundedEmitter {
  buffer = '';
  readonly #budget: RenderBudget;

  constructor(budget: RenderBudget) {
    this.#budget = budget;
  }

  write(value: unknown): void {
    this.buffer += this.#textOf(value, 0);
    if (this.buffer.length > MAX_RENDERED_CHARACTERS)
      throw new BudgetError(`is longer than ${MAX_RENDERED_CHARACTERS} characters once it is filled`);
  }

  /** As liquidjs writes values; a list can hold another many times over, so its elements count. */
  #textOf(given: unknown, depth: number): string {
    // Or an object, which is written as JavaScript does.
    const value = toValue(given) as string | number | boolean | null | undefined | readonly unknown[];
    if (typeof value === 'string') return value;
    if (value === null || value === undefined) return '';
    if (!Array.isArray(value)) return String(value);
    if (depth > MAX_LIST_DEPTH) throw new BudgetError(`puts out lists nested deeper than ${MAX_LIST_DEPTH}`);
    this.#budget.use(value.length);
    return value.map((each) => this.#textOf(each, depth + 1)).join('');
  }
}

/** Microseconds of processor time of this thread. */
function usedUs(): number {
  const { user, system } = process.threadCpuUsage();
  return user + system;
}
