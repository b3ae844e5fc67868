/** A limit of messages in a window, or of new connections: what sites ask before something begins. Times are monotonic. */
import type { Line } from './line.ts';

export interface RateLimit {
  /** Of what it is, in words: `rule google: 20 messages a minute`. */
  readonly words: string;
  /** It is of an account or stream: other mail to the same destination may go. */
  readonly ofSender: boolean;
  /** It limits nothing now. */
  readonly isOff: boolean;
  /** Those that wait for it. */
  readonly line: Line;
  /**
   * How long until the next one may begin, whoever it is; 0: now. `wanted`: how many wait. `ASKING`: the store is being asked,
   * and whoever waits is called.
   */
  waitMs(nowMs: number, wanted: number): number;
  /** How long until so many may begin at once, if none begins before; `Infinity`: never. To be asked where {@link waitMs} is 0. */
  roomForMs(nowMs: number, count: number): number;
  /** How long until one may begin that has so many before it, as far as is known. */
  turnMs(nowMs: number, before: number): number;
  /** One begins. To be called only where {@link waitMs} is 0. */
  take(nowMs: number): void;
}

/** Longer than any answer of the store takes that works. */
export const ASKING = 1_000;
