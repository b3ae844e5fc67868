/**
 * The spool: messages, their deliveries, and who works on them. Every method is one atomic unit of work, durable
 * when its promise resolves, and safe to call from several workers. Rejections are StoreError.
 *
 * Claims. A claimed delivery is in the hands of one worker until it is settled, or until the claim ends with the worker:
 * an engine may end it with the epoch of the process that claimed it (one relayd holds the store), or with a lease that is
 * not renewed in time (several share it). Either way `fence` grows with each claim of a delivery, and a settlement with an
 * older one changes nothing: a worker that has lost its claim may have repeated an attempt, never an outcome.
 *
 * Time is an argument: of an acceptance `acceptedAtMs` of its message, of the others `nowMs`.
 */
import type { FirstResult, IdempotencyMark } from './idempotency.ts';
import type { Claim, DestinationBlock, SettlementBatch } from './delivery-records.ts';
import type { NewContent, NewMessage } from './message-records.ts';

/**
 * Bounds what the store hands to one delivery worker without being asked. So that slow destinations cannot take all
 * of it, a destination with fewer than four deliveries in flight gets more even then, up to twice `maxDeliveries`.
 */
export interface FeedLimits {
  /** Claimed deliveries that are not settled yet. */
  readonly maxDeliveries: number;
  /** Of those, to one destination. */
  readonly maxDeliveriesPerDestination: number;
  /** Octets of content in memory of claims handed over and not settled; beyond it claims come without content. */
  readonly maxContentBytes: number;
}

export interface FeedListener {
  /** Claims of messages accepted a moment ago, in the commit that accepted them, content in memory. */
  onClaims(claims: readonly Claim[]): void;
  /**
   * Deliveries became due, or will at `dueAtMs`, that were not handed over: call `claim`. Not repeated for a time that
   * the last call, or the last claim's `nextDueAtMs`, said already. Also called when another process changed the queue.
   */
  onBacklog(dueAtMs: number): void;
}

export interface ClaimRequest {
  readonly nowMs: number;
  /** Deliveries to claim at the most. */
  readonly limit: number;
  /** Of those, to one destination. */
  readonly limitPerDestination: number;
  /** Destinations that can take no more for the moment. Nothing is handed over for them either, until the next claim. */
  readonly excludedDestinations: readonly string[];
}

export interface ClaimResult {
  readonly claims: readonly Claim[];
  /**
   * The earliest time at which something unclaimed is due outside the excluded destinations (it may lie in the past
   * when a limit was hit); `undefined`: nothing waits there.
   */
  readonly nextDueAtMs: number | undefined;
}

export type AcceptResult =
  | {
      readonly kind: 'accepted';
      /** Recipients that are not mailed, message by message in their order; `undefined`: none is suppressed. */
      readonly suppressed?: readonly (readonly string[])[];
    }
  /** The credential used the mark's key before. */
  | { readonly kind: 'repeated'; readonly first: FirstResult }
  /**
   * The credential is not what the message was authorized with: changed, revoked, or expired. `contents` are those
   * of the messages, in their order, given back for another try.
   */
  | { readonly kind: 'credential-changed'; readonly contents: readonly NewContent[] };

export interface Spool {
  /**
   * Stores a part of a message that is being received, at most MAX_CHUNK_BYTES. `upload` is an id of the caller's
   * choice, unique in this process's life; chunks are numbered from 0. Parts of an upload that no `accept` names are
   * removed by `abandonUpload` or at the next start. `bytes` is given away.
   */
  putChunk(upload: string, index: number, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  abandonUpload(upload: string): Promise<void>;

  /**
   * Message, content, deliveries and `accepted` events, in one commit. Only after it resolves to `accepted` may 250 be
   * said; with any other result nothing was changed, and an upload stays the caller's to abandon. Whether the credential
   * still stands is asked in the same transaction.
   */
  accept(message: NewMessage, mark?: IdempotencyMark): Promise<AcceptResult>;

  /** The same for several messages of one credential, authorized together: all or none. */
  acceptAll(messages: readonly NewMessage[], mark?: IdempotencyMark): Promise<AcceptResult>;

  /** Starts handing accepted messages to this worker. One feed a process. */
  openFeed(limits: FeedLimits, listener: FeedListener): void;

  /** Claims due deliveries, fair between accounts, oldest due first, content not loaded. */
  claim(request: ClaimRequest): Promise<ClaimResult>;

  /** Writes outcomes. Settlements with a stale fence are left out silently; the result counts those written. */
  settle(batch: SettlementBatch): Promise<{ readonly written: number }>;

  /** Blocks or unblocks destinations for everybody. */
  blockDestinations(blocks: readonly DestinationBlock[]): Promise<void>;
}
