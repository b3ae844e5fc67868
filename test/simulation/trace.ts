/**
 * What happened in a world, line by line: a hash of all of it, by which two runs of a seed are compared, and the last
 * lines, by which a failure is understood.
 */
import type { SimulatedTime } from './simulated-time.ts';

const KEPT_LINES = 4_000;

export class Trace {
  readonly #time: SimulatedTime;
  readonly #onLine: ((line: string) => void) | undefined;
  #lines: string[] = [];
  #count = 0;
  #low = 0xdeadbeef;
  #high = 0x41c6ce57;

  constructor(time: SimulatedTime, onLine?: (line: string) => void) {
    this.#time = time;
    this.#onLine = onLine;
  }

  /** Lines so far. */
  get count(): number {
    return this.#count;
  }

  /** Of everything added; not cryptographic. */
  get hash(): string {
    const hex = (word: number) => (word >>> 0).toString(16).padStart(8, '0');
    return hex(this.#high) + hex(this.#low);
  }

  add(text: string): void {
    const line = `${stamp(this.#time.elapsedMs)} ${text}`;
    for (let i = 0; i < line.length; i++) {
      const code = line.charCodeAt(i);
      this.#low = Math.imul(this.#low ^ code, 0x9e3779b1);
      this.#high = Math.imul(this.#high ^ code, 0x5f356495) ^ (this.#low >>> 15);
    }
    this.#count++;
    this.#lines.push(line);
    if (this.#lines.length >= 2 * KEPT_LINES) this.#lines = this.#lines.slice(-KEPT_LINES);
    this.#onLine?.(line);
  }

  /** The last lines that `about` says something of (all without it). */
  last(count: number, about?: string): readonly string[] {
    const lines = about === undefined ? this.#lines : this.#lines.filter((line) => line.includes(about));
    return lines.slice(-count);
  }
}

function stamp(elapsedMs: number): string {
  const hours = Math.floor(elapsedMs / 3_600_000);
  const minutes = Math.floor(elapsedMs / 60_000) % 60;
  const seconds = (elapsedMs / 1_000) % 60;
  return `${hours}:${String(minutes).padStart(2, '0')}:${seconds.toFixed(3).padStart(6, '0')}`;
}
