/** The requests in progress; every few seconds those that hold memory without moving are ended. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock, Timer } from '../platform/clock.ts';
import { Slots } from '../platform/slots.ts';
import type { BodyMemory } from './body-memory.ts';
import { Exchange } from './exchange.ts';

const LOOK_EVERY_MS = 5_000;

export class Exchanges {
  readonly #memory: BodyMemory;
  readonly #clock: Clock;
  readonly #underWay = new Slots<Exchange>();
  #timer: Timer | undefined;
  #stopped = false;

  constructor(memory: BodyMemory, clock: Clock) {
    this.#memory = memory;
    this.#clock = clock;
  }

  /** Bodies being read. */
  get arriving(): number {
    let count = 0;
    for (const exchange of this.#underWay) if (exchange.arriving) count++;
    return count;
  }

  begin(request: IncomingMessage, response: ServerResponse): Exchange {
    const memory = this.#memory;
    const nowMs = this.#clock.monotonic();
    const exchange = this.#underWay.add((slot) => new Exchange({ slot, request, response, memory, nowMs }));
    this.#arm();
    return exchange;
  }

  end(exchange: Exchange): void {
    this.#underWay.delete(exchange);
    exchange.ends();
  }

  /** Stops the timer. */
  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  #arm(): void {
    if (this.#stopped) return;
    this.#timer ??= this.#clock.after(LOOK_EVERY_MS, () => {
      this.#timer = undefined;
      const nowMs = this.#clock.monotonic();
      for (const exchange of this.#underWay) {
        if (exchange.gone) this.end(exchange);
        else exchange.endIfSlow(nowMs);
      }
      if (this.#underWay.size > 0) this.#arm();
    });
  }
}
