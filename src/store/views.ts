/**
 * Messages, deliveries, destinations and events as shown to readers: assembled when they are read, and not stored in this
 * form. Plain readonly data as in the records.
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
  /** `undefined`, like the two below: the event is about the account itself. `refused` names the message only. */
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
  /** It is claimed at this moment. */
  readonly claimed: boolean;
  readonly lastReply: string | undefined;
  readonly settledAtMs: number | undefined;
  /** Name of the route that holds it, or held it before an operator released it. */
  readonly heldBy?: string | undefined;
  /** What an operator wants of it while it is claimed: it is done as soon as it returns unfinished. */
  readonly wish?: 'hold' | 'cancel' | 'retry' | undefined;
  /** Name of the route that an operator chose. */
  readonly reroute?: string | undefined;
  /** The limit that it waits for, in words. */
  readonly waitsFor?: string | undefined;
  /** It is held for nothing but a suspension of its account. */
  readonly heldForAccount?: boolean | undefined;
  /** Of its destination, in lists of the queue. */
  readonly obstacle?: Obstacle | undefined;
  /** Oldest first, with only the last tries of its destination; `undefined` in lists that leave it out. */
  readonly history: readonly AttemptRecord[] | undefined;
  /** Tries of its destination that `history` leaves out; `undefined`: none. */
  readonly triesLeftOut?: number | undefined;
}

/** What of a destination stands in the way of all its deliveries. */
export interface Obstacle {
  readonly suspended: boolean;
  readonly blockedUntilMs: number | undefined;
  /** The limit that it is blocked for, in words; `undefined`: it failed. */
  readonly waitsFor: string | undefined;
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
  /** Until then unknown addresses there bounce without being suppressed, because the destination suddenly rejected many. */
  readonly withholdsUntilMs?: number | undefined;
  /** The limit that it is blocked for, in words; `undefined`: it is not blocked, or failed. */
  readonly waitsFor?: string | undefined;
}

/** The last reply of a destination that fails as a whole, and since when it does. */
export interface DestinationTrouble {
  readonly last: AttemptRecord;
  /** The oldest failure of the current run that is kept. */
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
