/** What the events of a message say in common, and what the message counts for. */
import type { MessageFacts } from '../message-records.ts';

/** What every event of a message says. */
export interface EventSubject {
  readonly accountKey: number;
  /** Public id. */
  readonly messageId: string;
  readonly stream: string;
  /** As stored, see sql/json-columns.ts. */
  readonly tags: string | null;
  readonly metadata: string | null;
}

/** What a message counts for in health and statistics; there is none for what the relay writes itself (DSNs). */
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
