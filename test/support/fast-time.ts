/**
 * Time that runs many times as fast, for real programs that take minutes to show something: relayd, its threads and relayctl
 * read their clocks in one file (platform/clock.ts), from globals that a preloaded module replaces (fast-time-preload.ts).
 * All of them, and the test's own {@link FastTime.clock}, tell the same time. What lies outside, such as loopback and a disk,
 * seems slower by that factor, and a second is too short to be exact. Wall clocks begin two days ago unless it is said, so that nothing is dated in the future.
 */
import type { Clock } from '../../src/platform/clock.ts';

const VARIABLE = 'POSTERN_TEST_FAST_TIME';
const BACK_MS = 2 * 86_400_000;

export class FastTime {
  readonly factor: number;
  readonly #startedAtMs: number;
  readonly #beginsAtMs: number;

  /** `beginsAtMs`: what the clocks say at `startedAtMs`, now on the machine's clock. */
  constructor(factor: number, beginsAtMs = Date.now() - BACK_MS, startedAtMs: number = Date.now()) {
    this.factor = factor;
    this.#beginsAtMs = beginsAtMs;
    this.#startedAtMs = startedAtMs;
  }

  /** That of the process's environment; `undefined`: its time is as it is. */
  static ofEnvironment(env: Readonly<Record<string, string | undefined>>): FastTime | undefined {
    const [factor, beginsAtMs, startedAtMs] = (env[VARIABLE] ?? '').split(' ').map(Number);
    if (factor === undefined || beginsAtMs === undefined || startedAtMs === undefined) return undefined;
    return new FastTime(factor, beginsAtMs, startedAtMs);
  }

  /** For programs that are to have it. */
  get env(): Readonly<Record<string, string>> {
    const preload = new URL('./fast-time-preload.ts', import.meta.url).href;
    return {
      [VARIABLE]: [this.factor, this.#beginsAtMs, this.#startedAtMs].join(' '),
      NODE_OPTIONS: `--no-warnings --import ${preload}`,
    };
  }

  /** `realMs`: epoch milliseconds of the machine. */
  at(realMs: number): number {
    return this.#beginsAtMs + (realMs - this.#startedAtMs) * this.factor;
  }

  readonly clock: Clock = {
    now: () => this.at(performance.timeOrigin + performance.now()),
    monotonic: () => performance.now() * this.factor,
    after: (delayMs, callback) => {
      const timer = setTimeout(callback, delayMs / this.factor);
      return { cancel: () => clearTimeout(timer) };
    },
  };
}
