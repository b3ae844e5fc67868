/** What an operator sees and does with messages, deliveries, destinations and events. Reads page by key. */
import type { DeliveryState } from '../policy/delivery-state.ts';
import type { AttemptRecord } from './delivery-records.ts';
import type { Domain } from './directory-records.ts';
import type { DestinationTrouble, DestinationView, MessageView, QueueSummary, StoredEvent } from './views.ts';

export interface MessageFilter {
  readonly accountId: string | undefined;
  readonly state: DeliveryState | undefined;
  readonly destination: string | undefined;
  readonly recipient: string | undefined;
  readonly stream: string | undefined;
  readonly tag: string | undefined;
  /** Newest first; message ids older than this one. */
  readonly before: string | undefined;
  readonly limit: number;
}

/** Some of an account's messages. A read looks at a bounded number of them: it may find none and not be through. */
export interface MessagePage {
  readonly messages: readonly MessageView[];
  /** Give it as `before` to go on; `undefined`: there is nothing older. */
  readonly next: string | undefined;
}

export interface EventFilter {
  readonly accountId: string | undefined;
  readonly messageId: string | undefined;
  readonly recipient: string | undefined;
  /** Empty: all. */
  readonly types: readonly string[];
  readonly stream?: string | undefined;
  readonly tag?: string | undefined;
  /** Oldest first, sequence greater than this one. */
  readonly after: number;
  readonly limit: number;
}

/**
 * Some of the events behind a cursor. A read looks at a bounded number of rows, however rare what the filter wants: it
 * may find nothing and still not be through.
 */
export interface EventPage {
  readonly events: readonly StoredEvent[];
  /** Where to go on: everything up to it was looked at. Never below the `after` of the filter. */
  readonly next: number;
  /** There were more rows behind `next` when this was read. */
  readonly more: boolean;
}

/** Messages of a domain that are not settled. */
export interface DomainMail {
  readonly messages: number;
  /** False: only the newest open messages were looked at, and there may be more. */
  readonly lookedAtAll: boolean;
}

export interface DomainMailReader {
  /** Looks at no more than `limit` open messages, the newest. */
  mailOfDomain(domain: Pick<Domain, 'name' | 'accountId'>, limit: number): Promise<DomainMail>;
}

/** Which deliveries a bulk change means; all given parts must hold. */
export interface DeliverySelection {
  readonly accountId: string | undefined;
  /** Public `msg_` or `dlv_` id. */
  readonly id: string | undefined;
  readonly destination: string | undefined;
  /** Messages of this stream. */
  readonly stream?: string | undefined;
}

export interface AttemptReader {
  /** The last attempt of a delivery by its engine's id, or of its destination as a whole while it waited; `undefined`: none. */
  lastAttempt(deliveryId: number): Promise<AttemptRecord | undefined>;
}

export interface QueueReader extends DomainMailReader, AttemptReader {
  /** Without attempt history. */
  listMessages(filter: MessageFilter): Promise<readonly MessageView[]>;
  /** The same for one account, in reads of bounded cost. */
  pageOfMessages(filter: MessageFilter & { readonly accountId: string }): Promise<MessagePage>;
  /** With attempt history; `undefined` when there is no such message. */
  messageById(id: string): Promise<MessageView | undefined>;
  /** The engine's content id of a message, for ContentReader; `undefined` when unknown. */
  contentIdOf(id: string): Promise<number | undefined>;
  /** Destinations where something waits or that are not as usual, the fullest first. */
  summary(destinationLimit: number): Promise<QueueSummary>;
  /** One destination, listed in a summary or not. */
  destination(name: string): Promise<DestinationView | undefined>;
  /** The last try that failed for the destination as a whole, and the first of those in a row. */
  destinationTrouble(name: string): Promise<DestinationTrouble | undefined>;
}

/** The event log. */
export interface EventReader {
  /** A page of the event log, in order of commits. */
  readEvents(filter: EventFilter): Promise<EventPage>;
  /** Events of all accounts behind `after`, of a bounded stretch. */
  countEvents(after: number): Promise<EventCounts>;
  /** Bounced deliveries by class, behind `after` and up to `upTo`, of a bounded stretch. */
  countBounces(after: number, upTo: number): Promise<BounceCounts>;
  /** The newest event's sequence, 0 when there is none. */
  lastEventSequence(): Promise<number>;
  /** The latest time among the last thousand events; `undefined` when there is none. */
  newestEventMs(): Promise<number | undefined>;
}

export interface BounceCounts {
  readonly classes: Readonly<Record<string, number>>;
  /** Where to go on; `upTo`: all were counted. */
  readonly next: number;
}

export interface EventCounts {
  /** By type. */
  readonly counts: Readonly<Record<string, number>>;
  /** Deferred, bounced and expired ones, by the class of the failure. */
  readonly failures: Readonly<Record<string, number>>;
  /** Where to go on. */
  readonly next: number;
}

/** Bulk changes run in chunks of a few milliseconds with pauses, so that a running relay is not held up. Each resolves to the number of deliveries changed. */
export interface QueueWriter {
  /** Makes waiting deliveries due at `nowMs` and lifts blocks of their destinations. */
  retry(selection: DeliverySelection, nowMs: number, actor: string): Promise<number>;
  hold(selection: DeliverySelection, nowMs: number, actor: string): Promise<number>;
  release(selection: DeliverySelection, nowMs: number, actor: string): Promise<number>;
  /** Deliveries in a worker's hands at this moment are left alone. Appends `cancelled` events. */
  cancel(selection: DeliverySelection, nowMs: number, actor: string): Promise<number>;
  suspendDestination(name: string, suspended: boolean, nowMs: number, actor: string): Promise<void>;
  /**
   * Another time for a message that waits for its own; what is past is now. 0 when there is no such message in the account,
   * or it has started.
   */
  reschedule(
    accountId: string,
    messageId: string,
    sendAtMs: number,
    nowMs: number,
    actor: string,
  ): Promise<number>;
}
