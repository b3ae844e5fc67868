/**
 * What travels in one SMTP transaction: some recipients of one message at one destination. Usually a whole claim;
 * a claim with more recipients than a transaction takes is split. A parcel is in exactly one place at a time: a
 * look-up, a queue, a connection, or the outbox.
 */
import type { AttemptRecord, ClaimedDelivery, MessageFacts } from '../store/records.ts';
import type { Destination } from './destination-state.ts';
import type { MessageSource } from './message-source.ts';

export interface Parcel {
  /** The engine's id of the message. */
  readonly messageId: number;
  readonly facts: MessageFacts;
  readonly source: MessageSource;
  readonly destination: Destination;
  /** At least one. */
  readonly deliveries: readonly ClaimedDelivery[];
  /** Tries that are to be recorded with the next outcome: hosts that could not be reached before one could. */
  history: readonly AttemptRecord[];
  /** It was put back once because a reused connection had gone bad; the next loss counts. */
  retried: boolean;
  /** Counted as unsettled by its destination: on a connection, or with an outcome in the outbox. */
  underWay: boolean;
}
