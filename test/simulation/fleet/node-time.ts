/**
 * The time of one machine of a simulated fleet: its wall clock is wrong and jumps, its steady clock runs a little fast or slow,
 * and all of it can be stopped for a while, as a machine under SIGSTOP or out of memory is. The steady clock counts that
 * while. What would have happened meanwhile happens when it wakes up: timers first, then what came over the network.
 */
import { AsyncResource } from 'node:async_hooks';
import type { Timer } from '../../../src/platform/clock.ts';
import { VIRTUAL_START_MS } from '../../support/virtual-clock.ts';
import type { LifeTime } from '../life.ts';
import type { SimulatedTime } from '../simulated-time.ts';

export class NodeTime implements LifeTime {
  readonly #time: SimulatedTime;
  /** Milliseconds of this machine for one of the world. */
  readonly #rate: number;
  /** The wall clock, less the right one. */
  #skewMs: number;
  /** While it is stopped. */
  #missed: { readonly timers: (() => void)[]; readonly network: (() => void)[] } | undefined;

  constructor(time: SimulatedTime, { rate, skewMs }: { readonly rate: number; readonly skewMs: number }) {
    this.#time = time;
    this.#rate = rate;
    this.#skewMs = skewMs;
  }

  get elapsedMs(): number {
    return this.#time.elapsedMs * this.#rate;
  }

  get standsStill(): boolean {
    return this.#missed !== undefined;
  }

  nowMs(): number {
    return Math.floor(VIRTUAL_START_MS + this.elapsedMs + this.#skewMs);
  }

  jump(byMs: number): void {
    this.#skewMs += byMs;
  }

  after(delayMs: number, run: () => void): Timer {
    let cancelled = false;
    // Whose timer it is (library-timers.ts) is so when it fires.
    const fire = AsyncResource.bind(() => {
      if (!cancelled) run();
    });
    const timer = this.#time.after(delayMs / this.#rate, () => {
      if (this.#missed === undefined) fire();
      else this.#missed.timers.push(fire);
    });
    return {
      cancel: () => {
        cancelled = true;
        timer.cancel();
      },
    };
  }

  whenAwake(run: () => void): void {
    if (this.#missed === undefined) run();
    else this.#missed.network.push(run);
  }

  standStill(): void {
    this.#missed ??= { timers: [], network: [] };
  }

  goOn(): void {
    const missed = this.#missed;
    this.#missed = undefined;
    for (const run of [...(missed?.timers ?? []), ...(missed?.network ?? [])]) this.#time.after(0, run);
  }
}
