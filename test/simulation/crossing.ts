/** One direction between two threads: what is sent arrives in order, later; what is sent together crosses together. */
import type { SimulatedTime } from './simulated-time.ts';

type CrossingTime = Pick<SimulatedTime, 'after'>;

export class Crossing {
  readonly #time: CrossingTime;
  readonly #crossingMs: () => number;
  #sent: (() => void)[] = [];
  #underWay = 0;

  constructor(time: CrossingTime, crossingMs: () => number) {
    this.#time = time;
    this.#crossingMs = crossingMs;
  }

  get empty(): boolean {
    return this.#underWay === 0;
  }

  send(arrive: () => void): void {
    this.#underWay++;
    this.#sent.push(arrive);
    if (this.#sent.length > 1) return;
    this.#time.after(this.#crossingMs(), () => {
      const arriving = this.#sent;
      this.#sent = [];
      this.#underWay -= arriving.length;
      for (const one of arriving) one();
    });
  }
}
