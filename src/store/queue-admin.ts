/** Messages, deliveries, destinations and events, as an operator reads and changes them. Reads are paged by key. */
import type { DeliveryState } from '../policy/delivery-state.ts';
import type { AttemptRecord } from './delivery-records.ts';
import type { Domain } from './directory-records.ts';
import type { Suspension } from './shaping.ts';
import type { DestinationTrouble, DestinationView, MessageView, QueueSummary, StoredEvent } from './views.ts';

export interface MessageFilter {
  readonly accountId: string | undefined;
  readonly state: DeliveryState | undefined;
  readonly destination: string | undefined;
  readonly recipient: string | undefined;
  readonly stream: string | undefined;
  readonly tag: string | undefined;
  /** The id of the credential that sent it. */
  readonly credential?: string | undefined;
  /** Newest first; message ids older than this one. */
  readonly before: string | undefined;
  readonly limit: number;
}

/** A page of an account's messages. A read examines a bounded number of them: it may find none and still have more to examine. */
export interface MessagePage {
  readonly messages: readonly MessageView[];
  /** Pass it as `before` to continue; `undefined`: there is nothing older. */
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
 * A page of events after a cursor. A read examines a bounded number of rows, however few match the filter: it may find none
 * and still have more to examine.
 */
export interface EventPage {
  readonly events: readonly StoredEvent[];
  /** Where to continue: everything up to it was examined. Never below the `after` of the filter. */
  readonly next: number;
  /** There were more rows after `next` when this was read. */
  readonly more: boolean;
}

/** Messages of a domain that are not settled. */
export interface DomainMail {
  readonly messages: number;
  /** False: only the newest open messages were examined, and there may be more. */
  readonly lookedAtAll: boolean;
}

export interface DomainMailReader {
  /** Examines at most `limit` open messages, the newest. */
  mailOfDomain(domain: Pick<Domain, 'name' | 'accountId'>, limit: number): Promise<DomainMail>;
}

/** States of a delivery that is not settled. */
export type OpenState = 'scheduled' | 'queued' | 'deferred' | 'held';

/** Selects deliveries that are not settled; all given parts must match. Addresses are an address, or `*@` and a domain. */
export interface DeliverySelection {
  readonly accountId: string | undefined;
  /** Public `msg_` or `dlv_` id. */
  readonly id: string | undefined;
  readonly destination: string | undefined;
  /** Messages of this stream. */
  readonly stream?: string | undefined;
  /** The reverse-path or the From field. */
  readonly sender?: string | undefined;
  readonly recipient?: string | undefined;
  /** The subject contains it, ignoring case. */
  readonly subject?: string | undefined;
  readonly acceptedBeforeMs?: number | undefined;
  readonly acceptedAfterMs?: number | undefined;
  /** `waiting`: any but held. */
  readonly state?: OpenState | 'waiting' | undefined;
}

/** Part of the open messages, in the order of their acceptance: after this id. */
export interface OpenStretch {
  readonly after: string;
}

/** What of a stretch a selection means. */
export interface SelectedTally {
  readonly deliveries: number;
  readonly messages: number;
  /** Of the deliveries: a worker has them in hand. */
  readonly claimed: number;
  readonly oldestAtMs: number | undefined;
  /** Deliveries by destination, and by the account's name. */
  readonly destinations: ReadonlyMap<string, number>;
  readonly accounts: ReadonlyMap<string, number>;
  /** Where to continue; `undefined`: this was the last part. */
  readonly next: OpenStretch | undefined;
}

export interface AttemptReader {
  /** The last attempt of a delivery by its engine's id, or of its destination as a whole while it waited; `undefined`: none. */
  lastAttempt(deliveryId: number): Promise<AttemptRecord | undefined>;
}

export interface QueueReader extends DomainMailReader, AttemptReader {
  /** Without attempt history. */
  listMessages(filter: MessageFilter): Promise<readonly MessageView[]>;
  /** The same for one account, with reads of bounded cost. */
  pageOfMessages(filter: MessageFilter & { readonly accountId: string }): Promise<MessagePage>;
  /**
   * The newest of the deliveries that a selection means, at most `limit`, in their messages, the newest message first. A message
   * has these deliveries alone.
   */
  listQueue(selection: DeliverySelection, limit: number): Promise<readonly MessageView[]>;
  /** Counts what a selection means in a part of bounded size. `from` `undefined`: the first. */
  tallySelected(selection: DeliverySelection, from: OpenStretch | undefined): Promise<SelectedTally>;
  /** With attempt history; `undefined` when there is no such message. */
  messageById(id: string): Promise<MessageView | undefined>;
  /** The engine's content id of a message, for ContentReader; `undefined`: no such message. */
  contentIdOf(id: string): Promise<number | undefined>;
  /** Destinations where something waits or that are not in their normal state, the fullest first. */
  summary(destinationLimit: number): Promise<QueueSummary>;
  /** One destination, whether or not the summary lists it. */
  destination(name: string): Promise<DestinationView | undefined>;
  /** Every limit, in words, that some destination or delivery waits for until a time. */
  limitsWaitedFor(): Promise<readonly string[]>;
  /** The last failed try of the destination as a whole, and the first of the current run of failures. */
  destinationTrouble(name: string): Promise<DestinationTrouble | undefined>;
}

/** The event log. */
export interface EventReader {
  /** A page of the event log, in order of commits. */
  readEvents(filter: EventFilter): Promise<EventPage>;
  /** Events of all accounts after `after`, from a bounded range. */
  countEvents(after: number): Promise<EventCounts>;
  /** Bounced deliveries by class, after `after` and up to `upTo`, from a bounded range. */
  countBounces(after: number, upTo: number): Promise<BounceCounts>;
  /** The newest event's sequence, 0 when there is none. */
  lastEventSequence(): Promise<number>;
  /** The latest time among the last thousand events; `undefined`: there are no events. */
  newestEventMs(): Promise<number | undefined>;
}

export interface BounceCounts {
  readonly classes: Readonly<Record<string, number>>;
  /** Where to continue; `upTo`: all were counted. */
  readonly next: number;
}

export interface EventCounts {
  /** By type. */
  readonly counts: Readonly<Record<string, number>>;
  /** Deferred, bounced and expired ones, by the class of the failure. */
  readonly failures: Readonly<Record<string, number>>;
  /** Where to continue. */
  readonly next: number;
}

/**
 * Bulk changes run in chunks of a few milliseconds with pauses, so that they do not stall a running relay. Each resolves to
 * the number of deliveries changed.
 *
 * Deliveries that a worker has in hand are changed when they return unfinished, which those that wait for their attempt do
 * at once; an attempt under way goes on, and its outcome stands. They are counted when that is durably asked for.
 */
export interface QueueWriter {
  /** Makes waiting deliveries due at `nowMs` and lifts blocks of their destinations. */
  retry(selection: DeliverySelection, nowMs: number, actor: string): Promise<number>;
  hold(selection: DeliverySelection, nowMs: number, actor: string): Promise<number>;
  release(selection: DeliverySelection, nowMs: number, actor: string): Promise<number>;
  /** Appends `cancelled` events. `leavesClaimed`: those that a worker has in hand are left alone. */
  cancel(
    selection: DeliverySelection,
    nowMs: number,
    actor: string,
    leavesClaimed?: boolean,
  ): Promise<number>;
  /** Makes them take this route, due at once, whether they wait or are held; what is scheduled keeps its time. */
  reroute(selection: DeliverySelection, route: string, nowMs: number, actor: string): Promise<number>;
  /** `details`: of a suspension, until when and why; default: until it is resumed. */
  suspendDestination(
    name: string,
    suspended: boolean,
    nowMs: number,
    actor: string,
    details?: Pick<Suspension, 'untilMs' | 'reason'>,
  ): Promise<void>;
  /** Resumes it where the end of its suspension has come by `nowMs`. False: somebody has ended it, or another has taken its place. */
  endDestinationSuspension(name: string, nowMs: number, actor: string): Promise<boolean>;
  /** Holds what waits of an account that is suspended; what is in hand is held when it returns. */
  holdSuspended(accountId: string, nowMs: number, actor: string): Promise<number>;
  /** Releases what was held since the account was suspended, and for that (ShapingWriter.resume). */
  releaseSuspended(accountId: string, nowMs: number, actor: string): Promise<number>;
  /**
   * What waits for one of these limits, in words, is due now, and its destinations are not blocked for them any more: it is looked at
   * again. Resolves to the number of destinations and deliveries.
   */
  endWaits(words: readonly string[], nowMs: number): Promise<number>;
  /**
   * Changes the time of a message that has not started; a time in the past means now. 0 when the account has no such message,
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
