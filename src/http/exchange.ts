/**
 * One request from its head to the end of its response: the memory of its body or response, and its minimum rate
 * (policy/least-rate.ts). While a handler runs only the received body is held.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Slotted } from '../platform/slots.ts';
import { leastBytes, longestArrivalMs, RATE_WINDOW_MS } from '../policy/least-rate.ts';
import { NOBODY, type BodyMemory, type Holder } from './body-memory.ts';

export interface ExchangeOptions {
  /** Its number among those in progress. */
  readonly slot: number;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly memory: BodyMemory;
  readonly nowMs: number;
}

/** The direction of transfer: none before a body is read, while a handler runs, and at the end. */
type Phase = 'still' | 'arriving' | 'answering' | 'over';

export class Exchange implements Slotted {
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

  get slot(): number {
    return this.#options.slot;
  }

  get arriving(): boolean {
    return this.#phase === 'arriving';
  }

  /** The holder, known once the key was checked, before anything is held. */
  belongsTo(holder: Holder): void {
    this.#holder = holder;
  }

  /** Starts reading a body of up to `limitBytes`. `onSlow`: it arrives too slowly. */
  bodyBegins(limitBytes: number, onSlow: () => void): void {
    // The client went while its key was looked up.
    if (this.#phase === 'over') return;
    this.#phase = 'arriving';
    this.#limitBytes = limitBytes;
    this.#onSlow = onSlow;
  }

  /** Throws ApiError 503 when memory is short. */
  bodyArrived(bytes: number): void {
    if (this.#phase === 'over') return;
    this.#options.memory.take(this.#holder, bytes, this.#heldBytes);
    this.#heldBytes += bytes;
    this.#arrivedBytes += bytes;
  }

  bodyEnds(): void {
    if (this.#phase === 'arriving') this.#phase = 'still';
    this.#onSlow = undefined;
  }

  /** The response replaces the body until it has been sent. Throws ApiError 503 when memory is short. */
  answerBegins(bytes: number, nowMs: number): void {
    // The client did not wait for the response.
    if (this.#phase === 'over') return;
    this.#release();
    this.#options.memory.take(this.#holder, bytes, 0);
    this.#heldBytes = bytes;
    this.#phase = 'answering';
    this.#windowStartMs = nowMs;
    this.#windowStartBytes = this.#movedBytes();
  }

  /** The response was sent, or the client is gone. */
  ends(): void {
    this.#phase = 'over';
    this.#release();
  }

  /** The connection is closed. Node.js does not report responses queued behind another on it. */
  get gone(): boolean {
    return this.#options.request.socket.destroyed;
  }

  /** Checks the rate; a slow body is refused, a response that is not read is cut. */
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
    // A response that is fully written is the operating system's to deliver.
    if (!arriving && heldBytes === 0) return false;
    return inWindowBytes < leastBytes(heldBytes, windowMs);
  }

  /** Incoming: octets received. Outgoing: octets taken by the operating system. */
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
