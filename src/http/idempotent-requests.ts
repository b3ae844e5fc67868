/**
 * The header Idempotency-Key: a request repeated with the same key within 24 hours gets the first response and sends
 * nothing. The key is stored in the transaction that accepts the messages (store/idempotency.ts); this file handles
 * concurrent repeats and reuse for another request.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { IDEMPOTENCY_KEY } from '../message/control-headers.ts';
import type { Clock } from '../platform/clock.ts';
import type { FirstResult, IdempotencyMark, IdempotencyReader } from '../store/idempotency.ts';
import { ApiError, invalidField } from './api-error.ts';

/** The result of a first request: accepted with the mark (a function of the response), or a repeat after all. */
export type MarkOf = (answer: object) => IdempotencyMark;

const RETRY_AFTER_SECONDS = 1;
const REPLAYED = 'idempotent-replayed';

export class IdempotentRequests {
  readonly #reader: IdempotencyReader;
  readonly #clock: Clock;
  /** Credential and key to the hash of the body. */
  readonly #inProgress = new Map<string, Uint8Array | undefined>();

  constructor(reader: IdempotencyReader, clock: Clock) {
    this.#reader = reader;
    this.#clock = clock;
  }

  /**
   * Runs `make`, unless the key was used before. `make` returns its result, or the first result that the spool found
   * when another request was faster. Throws ApiError 400 for a malformed key, 409.
   */
  async run<T extends object>(
    request: FastifyRequest,
    reply: FastifyReply,
    make: (markOf: MarkOf | undefined) => Promise<T | { readonly first: FirstResult }>,
  ): Promise<T> {
    const key = keyOf(request);
    if (key === undefined) return (await make(undefined)) as T;
    const { bodyHash, credential } = request;
    const name = `${credential.id} ${key}`;
    if (this.#inProgress.has(name)) {
      if (!equal(this.#inProgress.get(name), bodyHash)) throw keyReused();
      throw new ApiError(
        409,
        'idempotency-in-progress',
        'a request with this Idempotency-Key is in progress',
        {
          retryAfterSeconds: RETRY_AFTER_SECONDS,
        },
      );
    }
    // Before anything is waited for: of requests that arrive together one runs.
    this.#inProgress.set(name, bodyHash);
    try {
      const first = await this.#reader.firstResult(credential.id, key, this.#clock.now());
      if (first !== undefined) return replay(first, bodyHash, reply) as T;
      const made = await make((answer) => ({ key, bodyHash, result: JSON.stringify(answer) }));
      return 'first' in made ? (replay(made.first, bodyHash, reply) as T) : made;
    } finally {
      this.#inProgress.delete(name);
    }
  }
}

function replay(first: FirstResult, bodyHash: Uint8Array | undefined, reply: FastifyReply): unknown {
  if (!equal(first.bodyHash, bodyHash)) throw keyReused();
  void reply.header(REPLAYED, 'true');
  return JSON.parse(first.result);
}

function keyOf({ headers }: FastifyRequest): string | undefined {
  const key = headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key === 'string' && IDEMPOTENCY_KEY.test(key)) return key;
  throw invalidField('header.idempotency-key', 'accepted: 1 to 255 printable ASCII characters, once');
}

function keyReused(): ApiError {
  return new ApiError(
    409,
    'idempotency-key-reused',
    'this Idempotency-Key was used within 24 hours for another request; take a new key for a new message',
  );
}

function equal(one: Uint8Array | undefined, other: Uint8Array | undefined): boolean {
  return one !== undefined && other !== undefined && Buffer.compare(one, other) === 0;
}
