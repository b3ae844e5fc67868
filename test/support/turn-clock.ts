/**
 * A clock whose millisecond is a turn of the event loop: it goes on by itself, and a machine that is slow, or stops for a while,
 * does not make it faster. For tests of time limits with real sockets in one process.
 */
import type { Clock, Timer } from '../../src/platform/clock.ts';
import { VIRTUAL_START_MS } from './virtual-clock.ts';

export class TurnClock implements Clock, Disposable {
  readonly #timers = new Map<symbol, { readonly atTurn: number; readonly callback: () => void }>();
  #turn = 0;
  #next: NodeJS.Immediate;

  constructor() {
    this.#next = setImmediate(() => this.#goOn());
  }

  now(): number {
    return VIRTUAL_START_MS + this.#turn;
  }

  monotonic(): number {
    return this.#turn;
  }

  after(delayMs: number, callback: () => void): Timer {
    const timer = Symbol();
    this.#timers.set(timer, { atTurn: this.#turn + Math.max(1, Math.ceil(delayMs)), callback });
    return { cancel: () => this.#timers.delete(timer) };
  }

  [Symbol.dispose](): void {
    clearImmediate(this.#next);
  }

  #goOn(): void {
    this.#turn++;
    for (const [timer, { atTurn, callback }] of [...this.#timers]) {
      if (atTurn > this.#turn || !this.#timers.delete(timer)) continue;
      callback();
    }
    this.#next = setImmediate(() => this.#goOn());
  }
}
