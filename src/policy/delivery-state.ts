/**
 * The states of a delivery and which may follow which: the only state machine. Engines write what it allows, the
 * services ask it. No I/O, no clock.
 */

export const DELIVERY_STATES = [
  'scheduled',
  'queued',
  'deferred',
  'held',
  'delivered',
  'bounced',
  'expired',
  'suppressed',
  'cancelled',
] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** States in which a delivery still waits for an attempt. */
export const WAITING_STATES = ['scheduled', 'queued', 'deferred'] as const satisfies readonly DeliveryState[];
/** States that end a delivery. A later report may still turn `delivered` into `bounced`. */
export const FINAL_STATES = [
  'delivered',
  'bounced',
  'expired',
  'suppressed',
  'cancelled',
] as const satisfies readonly DeliveryState[];

export const EVENT_TYPES = [
  'accepted',
  'delivered',
  'deferred',
  'bounced',
  'expired',
  'suppressed',
  'complained',
  'opened',
  'clicked',
  'unsubscribed',
  'cancelled',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** Events about an account (or a stream, domain or webhook of it, or a message that was turned away) and not about a delivery. */
export const ACCOUNT_EVENT_TYPES = [
  'refused',
  'health_changed',
  'domain_changed',
  'report_unverified',
  'webhook_paused',
  'webhook_disabled',
] as const;
export type AccountEventType = (typeof ACCOUNT_EVENT_TYPES)[number];

/** Events of the server. They are kept apart, and go to nobody's webhook. */
export const SERVER_EVENT_TYPES = [
  'check_failed',
  'check_recovered',
  'destination_limited',
  'source_limited',
] as const;
export type ServerEventType = (typeof SERVER_EVENT_TYPES)[number];

export type AnyEventType = EventType | AccountEventType;
export const ALL_EVENT_TYPES: readonly AnyEventType[] = [...EVENT_TYPES, ...ACCOUNT_EVENT_TYPES];

const AFTER: Readonly<Record<DeliveryState, readonly DeliveryState[]>> = {
  scheduled: ['queued', 'held', 'suppressed', 'cancelled', 'expired', 'delivered', 'bounced', 'deferred'],
  queued: ['delivered', 'deferred', 'bounced', 'expired', 'suppressed', 'cancelled', 'held', 'queued'],
  deferred: ['delivered', 'deferred', 'bounced', 'expired', 'suppressed', 'cancelled', 'held', 'queued'],
  held: ['queued', 'scheduled', 'deferred', 'cancelled', 'expired'],
  delivered: ['bounced'],
  bounced: [],
  expired: [],
  suppressed: [],
  cancelled: [],
};

export function mayFollow(from: DeliveryState, to: DeliveryState): boolean {
  return AFTER[from].includes(to);
}

export function isFinal(state: DeliveryState): boolean {
  return (FINAL_STATES as readonly DeliveryState[]).includes(state);
}
