/**
 * A limit of a minute, an hour or a day, as this node has it: tokens that are leased from the store in blocks, so that no
 * node, crash or restart exceeds it. What is leased is of a slot of the window, and void when that ends; what was not used
 * goes back. Without the store there are no tokens, and mail waits. Nobody awaits here: who finds no token is called when
 * there are some.
 */
import type { Clock } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import type { OwnedPromises } from '../../platform/lifecycle.ts';
import { WINDOW_SLOTS, type WindowWriter, type UnusedTokens } from '../../store/shaping.ts';
import { Line } from './line.ts';
import { PartOfWindow } from './part-of-window.ts';
import { ASKING, type RateLimit } from './rate-limit.ts';

export interface LeasedWindowOptions {
  readonly writer: WindowWriter;
  readonly clock: Clock;
  readonly background: OwnedPromises;
  readonly log: Log;
  /**
   * How many may want some. A node that is alone keeps what it has until it is void; of several each has its part first. Default:
   * nobody knows, it gives back and asks for what it wants.
   */
  readonly nodes?: () => number;
  /** Tokens have come, or the store has said when there are some. */
  readonly onAnswer: () => void;
}

export interface LeasedLimit extends Pick<RateLimit, 'words' | 'ofSender'> {
  /** Unique: the limit, and what it counts. */
  readonly bucket: string;
  readonly windowMs: number;
  readonly limit: number;
}

/** Unused for so long, they go back, for other nodes. */
const IDLE_MS = 2_000;
const STORE_FAILED_MS = 10_000;
/** One node does not take more than this share of a window at once, unless so much waits. */
const LARGEST_SHARE = 1 / 20;
const MOST_AT_ONCE = 1_000;

export class LeasedWindow implements RateLimit {
  readonly words: string;
  readonly ofSender: boolean;
  readonly isOff = false;
  readonly line = new Line();
  readonly #limit: LeasedLimit;
  readonly #options: LeasedWindowOptions;
  readonly #part: PartOfWindow;
  #free = 0;
  /** As the store has it: names the slot that the free ones are of. */
  #slotEndsAtMs = 0;
  /** Monotonic, like all below: the free ones are void from then on. */
  #voidAtMs = -Infinity;
  /** The store had no more. */
  #emptyUntilMs = -Infinity;
  #usedAtMs = -Infinity;
  #block = 1;
  #asking = false;

  constructor(limit: LeasedLimit, options: LeasedWindowOptions) {
    this.words = limit.words;
    this.ofSender = limit.ofSender;
    this.#limit = limit;
    this.#options = options;
    this.#part = new PartOfWindow(limit.limit, limit.windowMs / WINDOW_SLOTS, options.nodes ?? (() => 1));
  }

  waitMs(nowMs: number, wanted: number): number {
    if (this.#free > 0 && nowMs < this.#voidAtMs) return 0;
    if (!this.#asking) {
      const emptyMs = this.#emptyForMs(nowMs);
      if (emptyMs > 0) return emptyMs;
      this.#asking = true;
      this.#options.background.run(this.#lease(wanted));
    }
    return ASKING;
  }

  take(nowMs: number): void {
    this.#free--;
    this.#usedAtMs = nowMs;
  }

  roomForMs(nowMs: number, count: number): number {
    return count <= this.#free ? 0 : this.#emptyForMs(nowMs);
  }

  turnMs(nowMs: number, before: number): number {
    const { windowMs, limit } = this.#limit;
    const waiting = before - this.#free;
    if (waiting < 0) return this.waitMs(nowMs, 1);
    // Tokens are free again when their slot is a whole window ago.
    const afterMs = Math.floor(waiting / limit) * (windowMs + windowMs / WINDOW_SLOTS);
    return this.#emptyForMs(nowMs) + afterMs;
  }

  /** Before that the store has none, or others have theirs. */
  #emptyForMs(nowMs: number): number {
    return this.#part.askAtMs(nowMs, this.#emptyUntilMs) - nowMs;
  }

  get hasTokens(): boolean {
    return this.#free > 0;
  }

  /** Nothing is lost when it is forgotten. */
  get isIdle(): boolean {
    const nowMs = this.#options.clock.monotonic();
    return this.#free === 0 && !this.#asking && nowMs >= this.#emptyUntilMs && this.line.isIdle(nowMs);
  }

  /** What lies idle or is void, for the store; `all`: at the end. */
  takeUnused(all: boolean): UnusedTokens | undefined {
    const nowMs = this.#options.clock.monotonic();
    const isIdle = nowMs - this.#usedAtMs >= IDLE_MS && this.#options.nodes?.() !== 1;
    const isOver = all || nowMs >= this.#voidAtMs || isIdle;
    if (this.#free === 0 || this.#asking || !isOver) return undefined;
    this.#block = 1;
    return this.#takeFree();
  }

  #takeFree(): UnusedTokens {
    const { bucket, windowMs } = this.#limit;
    const unused = { bucket, windowMs, endsAtMs: this.#slotEndsAtMs, count: this.#free };
    this.#part.wentBack(this.#slotEndsAtMs, this.#free);
    this.#free = 0;
    // There are some again: what the store said before is over.
    this.#emptyUntilMs = -Infinity;
    return unused;
  }

  /** Never rejects. */
  async #lease(waiting: number): Promise<void> {
    const { writer, clock, log, onAnswer } = this.#options;
    const { bucket, windowMs, limit } = this.#limit;
    const most = Math.max(1, Math.floor(limit * LARGEST_SHARE));
    const [atMs, nowMs] = [clock.monotonic(), clock.now()];
    const room = this.#part.roomAt(atMs);
    const useful = Math.min(Math.max(waiting, Math.min(this.#block, most)), limit, MOST_AT_ONCE);
    const wanted = room > 0 ? Math.min(useful, room) : useful;
    try {
      // Those of a slot that has ended would count for a whole window.
      if (this.#free > 0) await writer.returnTokens([this.#takeFree()]);
      const { granted, endsAtMs, moreAtMs } = await writer.leaseWindow({
        ...{ bucket, windowMs, limit, wanted, nowMs },
      });
      this.#block = Math.min(this.#block * 2, MOST_AT_ONCE);
      this.#free = granted;
      this.#slotEndsAtMs = endsAtMs;
      this.#voidAtMs = atMs + Math.min(endsAtMs - nowMs, windowMs / WINDOW_SLOTS);
      this.#usedAtMs = clock.monotonic();
      this.#part.gave(endsAtMs, granted, { nowMs: this.#usedAtMs, untilMs: this.#voidAtMs + windowMs });
      if (moreAtMs !== undefined) this.#emptyUntilMs = atMs + waitOf(moreAtMs, nowMs, windowMs);
    } catch (error) {
      this.#emptyUntilMs = clock.monotonic() + STORE_FAILED_MS;
      log.debug('no tokens of a limit', { limit: this.words, reason: String(error) });
    }
    this.#asking = false;
    onAnswer();
  }
}

/** However the clocks of nodes differ. */
function waitOf(moreAtMs: number, nowMs: number, windowMs: number): number {
  const longestMs = windowMs + (2 * windowMs) / WINDOW_SLOTS;
  return Math.min(Math.max(1, moreAtMs - nowMs), longestMs);
}

/** Without a store nothing may go that it would have to count. */
export const NO_WINDOWS: WindowWriter = {
  leaseWindow: () => Promise.reject(new Error('no store counts windows')),
  returnTokens: () => Promise.resolve(),
};
