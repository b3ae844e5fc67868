/** The fields that the events of a message have in common, those of each event, and what the message counts for. */
import type { EventType } from '../../policy/delivery-state.ts';
import type { EventData, MessageFacts } from '../message-records.ts';

/** The common fields of a message's events. */
export interface EventSubject {
  readonly accountKey: number;
  /** Public id. */
  readonly messageId: string;
  readonly stream: string;
  /** As stored, see sql/json-columns.ts. */
  readonly tags: string | null;
  readonly metadata: string | null;
}

/** What a message counts for in health and statistics; `undefined` for messages of the relay itself (DSNs). */
export interface CountedMessage {
  /** The sending domain. */
  readonly domain: string;
  /** Public id. */
  readonly credential: string | undefined;
  /** When it was accepted or, if later, when it was to be sent. */
  readonly startedAtMs: number;
}

export function countedMessage(facts: MessageFacts): CountedMessage | undefined {
  const { via, signingDomain, credentialId, acceptedAtMs, sendAtMs } = facts;
  if (via === 'dsn') return undefined;
  const startedAtMs = Math.max(acceptedAtMs, sendAtMs ?? 0);
  return { domain: signingDomain, credential: credentialId, startedAtMs };
}

/** An event of a delivery, for the log and the statistics. */
export interface DeliveryEvent {
  readonly type: EventType;
  readonly atMs: number;
  readonly subject: EventSubject;
  readonly counted: CountedMessage | undefined;
  /** Counts a message's recipients from 1. */
  readonly number: number;
  readonly recipient: string;
  readonly destination: string;
  readonly data: EventData | undefined;
  /** The delivery had been deferred before. Relevant for `delivered`. */
  readonly deferred?: boolean;
}
