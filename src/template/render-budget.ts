/**
 * Budget of one rendering of one part: steps, processor time, characters made by filters, and output. liquidjs checks
 * it at every node; filters and written values check it too, because one output can contain a whole chain of filters.
 * What cannot be counted (one filter over one huge value) is bounded by the isolated process.
 */
import { toValue } from 'liquidjs';

/** Tags, outputs and pieces of text. */
const MAX_STEPS = 100_000;
/** Processor time, so that other load on the machine does not count. */
const RENDER_LIMIT_MS = 100;
/** Characters and elements made by filters, captures and loops. */
const MAX_MADE = 4 * 1024 * 1024;
export const MAX_RENDERED_CHARACTERS = 2 * 1024 * 1024;
/** Nesting of lists when one is written. */
const MAX_LIST_DEPTH = 20;

/** The message is for the template's author. */
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

  /** `count` from liquidjs; may not be a number. */
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

/** Output of a part or of a capture in it. */
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

  /** Writes values as liquidjs does. A list can contain another many times, so its elements count. */
  #textOf(given: unknown, depth: number): string {
    // Or an object, converted as by JavaScript.
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
