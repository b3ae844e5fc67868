/**
 * Records of deliveries: claimed, attempted and settled. Plain readonly data that survives a structured clone, so that a
 * record can cross a thread. Times are milliseconds since the epoch. Ids named `...Id` of type number belong to the engine
 * and mean nothing outside it; text ids are the public ones.
 */
import type { DsnNotify } from '../smtp/envelope.ts';
import type { AttemptStage } from '../policy/attempt-stage.ts';
import type { DeliveryState, EventType } from '../policy/delivery-state.ts';
import type { LocalClass } from '../policy/local-failures.ts';
import type { EventData, MessageFacts, NewMessage } from './message-records.ts';
import type { NewSuppression, SoftBounce, Withholding } from './suppression-records.ts';

/** A delivery that a delivery worker has claimed. Only a settlement with the same `fence` changes it. */
export interface ClaimedDelivery {
  readonly deliveryId: number;
  /** Public `dlv_` id. */
  readonly id: string;
  readonly fence: number;
  readonly recipient: string;
  readonly notify: readonly DsnNotify[] | undefined;
  readonly originalRecipient: string | undefined;
  /** Attempts of its own before this one; they advance the retry schedule. */
  readonly attempts: number;
  /** In addition: tries of its destination that failed as a whole while the delivery waited; `undefined`: none. */
  readonly destinationTries?: number | undefined;
  readonly state: DeliveryState;
  /** Set when a suppression was found at claim time: settle it as `suppressed`, do not mail it. */
  readonly suppressedBy: string | undefined;
  /** A DSN has reported the delay to the sender. */
  readonly delayTold?: boolean | undefined;
  /** It was claimed since its time is over, whether it is due or not; there may be more such. */
  readonly ended?: boolean | undefined;
  /** Mail of its account that is not bulk goes first. */
  readonly bulk?: boolean | undefined;
  /** Name of the route that held it, before an operator released it. */
  readonly heldBy?: string | undefined;
  /** Name of the route that an operator chose for it. */
  readonly reroute?: string | undefined;
}

/** Deliveries of one message to one destination, claimed together. */
export interface Claim {
  readonly messageId: number;
  readonly contentId: number;
  readonly facts: MessageFacts;
  readonly destination: string;
  readonly deliveries: readonly ClaimedDelivery[];
  /** The life of this node (`Lease.life`) in which it was claimed; absent: the store belongs to one process. */
  readonly life?: number | undefined;
  /** The whole content when it came from memory with the accept; else it is read from the store. */
  readonly content: Uint8Array<ArrayBuffer> | undefined;
}

/** One try at one MX host or smart host, or one failure before a host was known. RFC 5321 §3.6. */
export interface AttemptRecord {
  readonly atMs: number;
  /** MX host name; `undefined` when it failed before one was known. */
  readonly host: string | undefined;
  readonly address: string | undefined;
  /** Such as `TLSv1.3 TLS_AES_256_GCM_SHA384`; `undefined`: in clear. */
  readonly tls: string | undefined;
  /** Why it went in clear although the host offers TLS, in words: the handshake failed, or STARTTLS was refused. */
  readonly tlsFailure?: string | undefined;
  readonly replyCode: number | undefined;
  readonly status: string | undefined;
  /** The reply's text, or a description when there was no reply. At most 1,000 characters. */
  readonly text: string;
  /** The stage of the dialogue: `dns`, `connect`, `greeting`, `ehlo`, `starttls`, `auth`, `mail`, `rcpt`, `data`, `final`, `policy`. */
  readonly stage: AttemptStage;
  readonly durationMs: number;
  /** Set for a failure of this relay itself: no host of the recipient was involved. */
  readonly localClass?: LocalClass | undefined;
  /** Name of the `[[route]]` that it took; `undefined`: direct, by no table. */
  readonly route?: string | undefined;
  /** Name of the `[[source]]` that it left from; `undefined`: the address that the system chose. */
  readonly source?: string | undefined;
}

/** The outcome of one claimed delivery. */
export interface Settlement {
  readonly deliveryId: number;
  readonly fence: number;
  readonly state: Exclude<DeliveryState, 'scheduled'>;
  /** For `deferred`, and for `queued` when the delivery is released untried (no attempts, no event). */
  readonly nextAttemptAtMs: number | undefined;
  /** In order of time; empty when nothing was tried. */
  readonly attempts: readonly AttemptRecord[];
  /** The event to append; `undefined` when the delivery is only released. */
  readonly event: { readonly type: EventType; readonly atMs: number; readonly data: EventData } | undefined;
  readonly suppression: NewSuppression | undefined;
  readonly softBounce?: SoftBounce | undefined;
  readonly withholding?: Withholding | undefined;
  /** False: this try does not advance the retry schedule (the destination failed, not the message). */
  readonly countsAsAttempt: boolean;
  /** A DSN of this settlement reports the delay to the sender; there is only one such DSN. */
  readonly tellsDelay?: boolean | undefined;
  /** Of `queued` and `deferred`: the limit that it waits for until it is due, in words. */
  readonly waitsFor?: string | undefined;
  /** Of `held`: the route that did it. It stays with the delivery when it is released. */
  readonly heldBy?: string | undefined;
}

/** Settlements of one claim, written in one transaction with the DSNs that they cause. */
export interface SettlementBatch {
  /** The time of the settlement; never before its attempts began. */
  readonly nowMs: number;
  readonly settlements: readonly Settlement[];
  readonly dsns: readonly NewMessage[];
}

/** A destination that failed as a whole: nothing of it is claimed before `untilMs`. */
export interface DestinationBlock {
  readonly destination: string;
  readonly untilMs: number;
  /** Consecutive failures, kept so that the back-off continues after a restart. 0 clears the block. */
  readonly failures: number;
  readonly lastError: string;
  /**
   * Failed tries of the destination as a whole, oldest first, each with an attempt for each address. Kept with the
   * destination.
   */
  readonly tries?: readonly (readonly AttemptRecord[])[] | undefined;
  /**
   * Without failures: it did not fail but waits for this limit, in words, and failures and last error stay as they are. Empty: it does
   * no longer. With failures: its failure is that limit, and whoever lifts that lifts the block.
   */
  readonly waitsFor?: string | undefined;
}

/** It did not fail. */
export function isWait({ failures, waitsFor }: DestinationBlock): boolean {
  return failures === 0 && waitsFor !== undefined;
}
