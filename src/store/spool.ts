/**
 * The spool: messages, their deliveries, and their claims. Every method is one atomic unit of work, durable when its promise
 * resolves, and safe to call from several workers. Rejections are StoreError.
 *
 * Claims. A claimed delivery belongs to one worker until it is settled or the claim ends. A claim ends with the epoch of the
 * process that made it (one relayd holds the store), or with a lease that is not renewed in time (several share it). In both
 * cases `fence` grows with each claim of a delivery, and a settlement with an older fence changes nothing: a worker that lost
 * its claim may have repeated an attempt, but not an outcome.
 *
 * Time is an argument: `acceptedAtMs` of the message for an acceptance, `nowMs` for the others.
 */
import type { FirstResult, IdempotencyMark } from './idempotency.ts';
import type { Claim, DestinationBlock, SettlementBatch } from './delivery-records.ts';
import type { NewContent, NewMessage } from './message-records.ts';

/**
 * Limits on what the store hands to one delivery worker without being asked. So that slow destinations cannot use all of it,
 * a destination with fewer than four claimed deliveries gets more even then, up to twice `maxDeliveries`.
 */
export interface FeedLimits {
  /** Claimed deliveries that are not settled yet. */
  readonly maxDeliveries: number;
  /** Of those, to one destination. */
  readonly maxDeliveriesPerDestination: number;
  /** Octets of content in memory for claims that were handed over and not settled; beyond it claims come without content. */
  readonly maxContentBytes: number;
}

export interface FeedListener {
  /** Claims of newly accepted messages, made by the commit that accepted them, with content in memory. */
  onClaims(claims: readonly Claim[]): void;
  /**
   * Deliveries that were not handed over are due, or will be at `dueAtMs`: call `claim`. Not repeated for a time that the
   * last call, or the last claim's `nextDueAtMs`, included. Also called when another process changed the queue.
   */
  onBacklog(dueAtMs: number): void;
  /** Something is wished of these claimed deliveries: release those that still wait for their attempt. */
  onRecall(deliveryIds: readonly number[]): void;
}

export interface ClaimRequest {
  readonly nowMs: number;
  /** Maximum number of deliveries to claim. */
  readonly limit: number;
  /** Maximum for one destination. */
  readonly limitPerDestination: number;
  /** Destinations for which the worker has no room. Nothing is handed over for them until the next claim. */
  readonly excludedDestinations: readonly string[];
  /** Destinations for which the worker has room for what is not bulk alone, not many; default: none. */
  readonly withoutBulk?: readonly string[] | undefined;
  /** Destinations of which so many are enough, whatever is due; what has ended does not count. Default: none. */
  readonly few?: FewOf | undefined;
}

export interface FewOf {
  readonly destinations: readonly string[];
  readonly limit: number;
}

export interface ClaimResult {
  readonly claims: readonly Claim[];
  /**
   * The earliest due time of unclaimed deliveries outside the excluded destinations and those without bulk (in the past when
   * a limit was reached);
   * `undefined`: nothing waits there.
   */
  readonly nextDueAtMs: number | undefined;
}

export interface OverdueClaims {
  readonly claims: readonly Claim[];
  /** When the next one is to be returned, if it has not arrived by then; `undefined`: none that is known. */
  readonly nextAtMs: number | undefined;
}

export type AcceptResult =
  | {
      readonly kind: 'accepted';
      /** Suppressed recipients, by message in order; `undefined`: none. */
      readonly suppressed?: readonly (readonly string[])[];
    }
  /** The credential has used the mark's key before. */
  | { readonly kind: 'repeated'; readonly first: FirstResult }
  /**
   * The credential differs from the one that was authorized: changed, revoked, or expired. `contents` are those of the
   * messages, in order, returned for another try.
   */
  | { readonly kind: 'credential-changed'; readonly contents: readonly NewContent[] };

export interface Spool {
  /**
   * Stores a part of a message that is being received, at most MAX_CHUNK_BYTES. `upload` is an id chosen by the caller,
   * unique in the life of this process; chunks are numbered from 0. Parts of an upload that no `accept` names are removed by
   * `abandonUpload` or at the next start. The caller must not use `bytes` afterwards.
   */
  putChunk(upload: string, index: number, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  abandonUpload(upload: string): Promise<void>;

  /**
   * Message, content, deliveries and `accepted` events, in one commit. Only after it resolves to `accepted` may 250 be sent;
   * with any other result nothing was changed, and the caller has to abandon an upload. The credential is checked in the same
   * transaction.
   */
  accept(message: NewMessage, mark?: IdempotencyMark): Promise<AcceptResult>;

  /** The same for several messages of one credential, authorized together: all or none. */
  acceptAll(messages: readonly NewMessage[], mark?: IdempotencyMark): Promise<AcceptResult>;

  /** Starts handing accepted messages to this worker. One feed a process. */
  openFeed(limits: FeedLimits, listener: FeedListener): void;

  /**
   * Claims due deliveries, fair between accounts, content not loaded; of an account oldest due first, but bulk gets a quarter of
   * the room while others wait with it.
   */
  claim(request: ClaimRequest): Promise<ClaimResult>;

  /**
   * Claims at most `limit` deliveries that had to arrive by a time that is over, and are to be returned (RFC 2852): also those that are
   * held, and those of a destination that is suspended or blocked.
   */
  claimOverdue(nowMs: number, limit: number): Promise<OverdueClaims>;

  /** Writes outcomes. Settlements with a stale fence are ignored; resolves to the number written. */
  settle(batch: SettlementBatch): Promise<{ readonly written: number }>;

  /** Blocks or unblocks destinations for all workers. */
  blockDestinations(blocks: readonly DestinationBlock[]): Promise<void>;
}
