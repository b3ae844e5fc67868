/**
 * What travels in one SMTP transaction: some recipients of one message at one destination. Usually a whole claim;
 * a claim with more recipients than a transaction takes is split. A parcel is in exactly one place at a time: a
 * look-up, a queue, a connection, or the outbox.
 */
import type { AttemptRecord, ClaimedDelivery, MessageFacts } from '../../store/records.ts';
import type { Destination } from '../destination-state.ts';
import type { MessageSource } from './message-source.ts';
import type { Told } from '../outcome/told.ts';

/** Hosts of a site that were asked in turn and did not take it, for a reason of their own. RFC 5321 §5.1. */
export interface Round {
  /** Their names: each is asked once. */
  readonly hosts: ReadonlySet<string>;
  /** By delivery: the answer that stands if no other host gives a better one, with all tries so far. */
  readonly told: ReadonlyMap<number, Told>;
}

export interface Parcel {
  /** The engine's id of the message. */
  readonly messageId: number;
  readonly facts: MessageFacts;
  readonly source: MessageSource;
  readonly destination: Destination;
  /** At least one. */
  readonly deliveries: readonly ClaimedDelivery[];
  /** `destination.tries` when it was claimed: those since then are not in what the claim counts. */
  readonly triesBefore: number;
  /** Tries that are to be recorded with the next outcome: hosts that could not be reached before one could. */
  history: readonly AttemptRecord[];
  /** It was put back once because a reused session had gone bad: it goes out on a new one, and what is said there counts. */
  retried: boolean;
  /** Set while one host after the other is asked. */
  readonly round?: Round | undefined;
  /** Counted as unsettled by its destination: on a connection, or with an outcome in the outbox. */
  underWay: boolean;
}
