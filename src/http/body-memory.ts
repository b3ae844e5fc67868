/**
 * Bodies of requests in memory, all together: large ones are refused while there is no room (503), so that no number of
 * clients with attachments makes the process run out of memory. Small ones are not counted.
 */
import type { FastifyRequest } from 'fastify';
import { unavailable } from './api-error.ts';

/** Up to this a body is not counted: connections are bounded, and so are these. */
const UNCOUNTED_BYTES = 64 * 1024;
const RETRY_AFTER_SECONDS = 2;

export class BodyMemory {
  readonly #maxBytes: number;
  readonly #held = new WeakMap<FastifyRequest, number>();
  #usedBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Makes room for the body of `request`, which may have up to `limitBytes`. Throws ApiError 503. */
  take(request: FastifyRequest, limitBytes: number): void {
    const { headers } = request;
    const hasBody = headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
    if (!hasBody) return;
    const declared = Number(headers['content-length'] ?? limitBytes);
    // One that is too long is refused before it is read.
    const bytes = Math.min(Number.isFinite(declared) ? declared : limitBytes, limitBytes);
    if (bytes <= UNCOUNTED_BYTES) return;
    if (this.#usedBytes + bytes > this.#maxBytes)
      throw unavailable('too many large requests at once', RETRY_AFTER_SECONDS);
    this.#usedBytes += bytes;
    this.#held.set(request, bytes);
  }

  /** When the answer has gone out, or the client has gone. */
  release(request: FastifyRequest): void {
    this.#usedBytes -= this.#held.get(request) ?? 0;
    this.#held.delete(request);
  }
}
