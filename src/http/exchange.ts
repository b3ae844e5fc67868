/**
 * One request from its head to the end of its answer: the memory that its body or its answer holds, and whether that moves
 * as fast as it has to (policy/least-rate.ts). Nothing is held while a handler works but what has arrived. Knows no
 * sockets' limits and no routes.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { leastBytes, longestArrivalMs, RATE_WINDOW_MS } from '../policy/least-rate.ts';
import { NOBODY, type BodyMemory, type Holder } from './body-memory.ts';

export interface ExchangeOptions {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly memory: BodyMemory;
  readonly nowMs: number;
}

/** What moves: nothing before a body is read, while a handler works, and when all is over. */
type Phase = 'still' | 'arriving' | 'answering' | 'over';

export class Exchange {
  readonly #options: ExchangeOptions;
  #holder = NOBODY;
  #phase: Phase = 'still';
  #heldBytes = 0;
  #limitBytes = 0;
  #windowStartMs: number;
  #windowStartBytes = 0;
  #arrivedBytes = 0;
  #onSlow: (() => void) | undefined;

  constructor(options: ExchangeOptions) {
    this.#options = options;
    this.#windowStartMs = options.nowMs;
  }

  get arriving(): boolean {
    return this.#phase === 'arriving';
  }

  /** Whose it is, known once the key was looked at, before anything is held. */
  belongsTo(holder: Holder): void {
    this.#holder = holder;
  }

  /** A body of up to `limitBytes` is read from now on. `onSlow`: it does not come fast enough. */
  bodyBegins(limitBytes: number, onSlow: () => void): void {
    this.#phase = 'arriving';
    this.#limitBytes = limitBytes;
    this.#onSlow = onSlow;
  }

  /** Throws ApiError 503 where there is no room for it. */
  bodyArrived(bytes: number): void {
    this.#options.memory.take(this.#holder, bytes, this.#heldBytes);
    this.#heldBytes += bytes;
    this.#arrivedBytes += bytes;
  }

  bodyEnds(): void {
    if (this.#phase === 'arriving') this.#phase = 'still';
    this.#onSlow = undefined;
  }

  /** The answer takes the body's place, until it has been read. Throws ApiError 503 where there is no room for it. */
  answerBegins(bytes: number, nowMs: number): void {
    // Its client did not wait for the answer.
    if (this.#phase === 'over') return;
    this.#release();
    this.#options.memory.take(this.#holder, bytes, 0);
    this.#heldBytes = bytes;
    this.#phase = 'answering';
    this.#windowStartMs = nowMs;
    this.#windowStartBytes = this.#movedBytes();
  }

  /** The answer has been read, or its client has gone. */
  ends(): void {
    this.#phase = 'over';
    this.#release();
  }

  /** Its connection is closed. Of answers that wait behind another on it, Node.js does not tell. */
  get gone(): boolean {
    return this.#options.request.socket.destroyed;
  }

  /** Looks whether it moves; a body that does not is refused, an answer that nobody reads is cut. */
  endIfSlow(nowMs: number): void {
    const phase = this.#phase;
    if (phase === 'still' || phase === 'over' || !this.#isSlow(nowMs)) return;
    if (phase === 'arriving') this.#onSlow?.();
    else this.#options.request.socket.destroy();
  }

  #isSlow(nowMs: number): boolean {
    const { nowMs: startMs, response } = this.#options;
    const arriving = this.#phase === 'arriving';
    if (arriving && nowMs - startMs > longestArrivalMs(this.#limitBytes)) return true;
    const windowMs = nowMs - this.#windowStartMs;
    if (windowMs < RATE_WINDOW_MS) return false;
    const movedBytes = this.#movedBytes();
    const inWindowBytes = movedBytes - this.#windowStartBytes;
    this.#windowStartMs = nowMs;
    this.#windowStartBytes = movedBytes;
    const heldBytes = arriving ? this.#heldBytes : response.writableLength;
    // An answer of which nothing is left here is the operating system's to deliver.
    if (!arriving && heldBytes === 0) return false;
    return inWindowBytes < leastBytes(heldBytes, windowMs);
  }

  /** In: what has arrived. Out: what the operating system has taken of what was written. */
  #movedBytes(): number {
    if (this.#phase === 'arriving') return this.#arrivedBytes;
    const { socket } = this.#options.request;
    return socket.bytesWritten - socket.writableLength;
  }

  #release(): void {
    this.#options.memory.give(this.#holder, this.#heldBytes);
    this.#heldBytes = 0;
  }
}
