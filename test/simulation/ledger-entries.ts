/** What the ledger knows of messages and deliveries: the facts of one world, as an observer of everything sees them. */
import type { DeliveryState } from '../../src/policy/delivery-state.ts';
import type { DsnNotify } from '../../src/smtp/envelope.ts';
import { deliveryIdOf } from '../../src/store/public-ids.ts';
import type { MessageFacts, NewDelivery, NewMessage } from '../../src/store/message-records.ts';
import type { Action } from './dsn-reading.ts';
import type { Life } from './life.ts';

export interface LedgerMessage {
  readonly facts: MessageFacts;
  /** What was accepted, octet for octet. */
  readonly content: Buffer;
  readonly deliveries: readonly LedgerDelivery[];
  /** `sent`: to the store, nothing is known yet. `stored`: durable. `promised`: and the client heard 250. */
  standing: 'sent' | 'stored' | 'promised';
  /** World time. */
  storedAtMs: number;
  /** The store handed its content over with a claim. */
  inMemory: boolean;
}

export interface Claimed {
  readonly life: Life;
  readonly fence: number;
  readonly key: number;
  readonly byFeed: boolean;
  /** World time. */
  readonly atMs: number;
}

export interface LedgerDelivery {
  /** `dlv_` id. */
  readonly id: string;
  readonly message: LedgerMessage;
  readonly recipient: string;
  readonly destination: string;
  readonly notify: readonly DsnNotify[] | undefined;
  /** Once a final state is durable. */
  final: DeliveryState | undefined;
  /** In a worker's hands, by what is durable. */
  claim: Claimed | undefined;
  /** How often it was claimed within a minute (hands.ts). */
  claims: { readonly sinceMs: number; readonly count: number };
  /** Whose transaction at a host it is in at this moment. */
  underWay: Life | undefined;
  /** An attempt of it was counted: a host that had enough for now did not hear of it. */
  tried: boolean;
  /** How often a host took it for good. */
  taken: number;
  /** How often the relay heard so. */
  heard: number;
  /** It was heard, and is not durable yet. */
  unsettled: boolean;
  /** A sudden end kept it from becoming durable: it may be sent again, until it is heard again. */
  mayRepeat: boolean;
  /** Why it may bounce: a host or DNS said so. */
  refusedForGood: boolean;
  /** World time of the last temporary refusal of this recipient that the relay heard. */
  refusedAtMs: number | undefined;
  /** The host that refused it then; set where that spoke of itself, so that another may be asked at once. */
  refusedBy: string | undefined;
  /** What DSNs said of it. */
  readonly dsns: Action[];
  events: string[];
}

/** `message` on its way to a store, of which nothing is known yet. */
export function ledgerMessage({ facts, deliveries: sent }: NewMessage, content: Buffer): LedgerMessage {
  const deliveries: LedgerDelivery[] = [];
  const message: LedgerMessage = {
    ...{ facts, content, deliveries },
    ...{ standing: 'sent', storedAtMs: Infinity, inMemory: false },
  };
  deliveries.push(...ledgerDeliveries(message, sent));
  return message;
}

function ledgerDeliveries(
  message: LedgerMessage,
  deliveries: readonly NewDelivery[],
): readonly LedgerDelivery[] {
  return deliveries.map(({ recipient, destination, notify, suppressedBy }, index) => ({
    id: deliveryIdOf(message.facts.id, index + 1),
    ...{ message, recipient, destination, notify },
    final: suppressedBy === undefined ? undefined : 'suppressed',
    claim: undefined,
    claims: { sinceMs: -Infinity, count: 0 },
    underWay: undefined,
    tried: false,
    taken: 0,
    heard: 0,
    unsettled: false,
    mayRepeat: false,
    refusedForGood: false,
    refusedAtMs: undefined,
    refusedBy: undefined,
    dsns: [],
    events: [],
  }));
}

/** May the sender be told that it failed, was delayed, was relayed? RFC 3461 §4.1. */
export function mayBeTold({ message: { facts }, notify }: LedgerDelivery, action: Action): boolean {
  if (facts.via === 'dsn' || facts.reversePath === '' || !facts.sendDsn) return false;
  if (action === 'failed') return notify === undefined || notify.includes('failure');
  return notify?.includes(action === 'delayed' ? 'delay' : 'success') === true;
}

/** Wall clock; when it is to be given up. */
export function endOf({ facts }: LedgerMessage, maxAgeMs: number): number {
  return Math.min(facts.expiresAtMs, Math.max(facts.acceptedAtMs, facts.sendAtMs ?? 0) + maxAgeMs);
}
