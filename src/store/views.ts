/**
 * What the store shows of messages, deliveries, destinations and events to whoever asks: put together when it is read, and kept
 * nowhere so. Plain readonly data as in records.ts.
 */
import type { AnyEventType, DeliveryState } from '../policy/delivery-state.ts';
import type { AttemptRecord } from './delivery-records.ts';
import type { EventData, MessageFacts } from './message-records.ts';

export interface StoredEvent {
  /** The cursor: assigned in the commit, gapless enough to read by, never reused. */
  readonly sequence: number;
  readonly type: AnyEventType;
  readonly atMs: number;
  readonly accountName: string;
  /** `undefined`, as the two below: the event is about the account itself. `refused` names the message alone. */
  readonly messageId: string | undefined;
  readonly deliveryId: string | undefined;
  readonly recipient: string | undefined;
  /** `undefined`: the event is about the account as a whole. */
  readonly stream: string | undefined;
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly data: EventData;
}

export interface DeliveryView {
  readonly id: string;
  readonly recipient: string;
  readonly destination: string;
  readonly state: DeliveryState;
  /** Its own, and those of its destination that failed as a whole while it waited. */
  readonly attempts: number;
  readonly nextAttemptAtMs: number | undefined;
  /** In a worker's hands at this moment. */
  readonly claimed: boolean;
  readonly lastReply: string | undefined;
  readonly settledAtMs: number | undefined;
  /** Oldest first, of the tries of its destination only the last ones; `undefined` where a list leaves it out. */
  readonly history: readonly AttemptRecord[] | undefined;
  /** Tries of its destination that `history` leaves out; `undefined`: none. */
  readonly triesLeftOut?: number | undefined;
}

export interface MessageView {
  readonly facts: MessageFacts;
  readonly accountName: string;
  /** False once `retention.content` removed it. */
  readonly hasContent: boolean;
  readonly deliveries: readonly DeliveryView[];
}

export interface DestinationView {
  readonly name: string;
  readonly counts: Readonly<Record<DeliveryState, number>>;
  readonly nextDueAtMs: number | undefined;
  readonly blockedUntilMs: number | undefined;
  readonly suspended: boolean;
  readonly failures: number;
  readonly lastError: string | undefined;
  /** Until then unknown addresses there bounce without being suppressed: suddenly it knew nobody. */
  readonly withholdsUntilMs?: number | undefined;
}

/** What a destination that fails as a whole said last, and since when it does. */
export interface DestinationTrouble {
  readonly last: AttemptRecord;
  /** The oldest failure in a row that is kept. */
  readonly sinceMs: number;
}

export interface QueueSummary {
  readonly scheduled: number;
  readonly queued: number;
  readonly deferred: number;
  readonly held: number;
  /** Acceptance time of the oldest message with an unsettled delivery. */
  readonly oldestAtMs: number | undefined;
  readonly destinations: readonly DestinationView[];
}
