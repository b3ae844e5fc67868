/** What the states of a message's deliveries say together. */
import type { DeliveryState } from '../api/answers.ts';

/** What somebody should see first comes first. */
const BY_URGENCY: readonly DeliveryState[] = [
  'bounced',
  'expired',
  'held',
  'deferred',
  'suppressed',
  'cancelled',
  'queued',
  'scheduled',
  'delivered',
];

/** The state that stands for a message with several recipients; `undefined` without one. */
export function worstState(states: readonly DeliveryState[]): DeliveryState | undefined {
  return BY_URGENCY.find((state) => states.includes(state));
}

export function isWaiting(state: DeliveryState): boolean {
  return state === 'scheduled' || state === 'queued' || state === 'deferred';
}

/** As the API does: what waits or is held can be cancelled, unless it is being tried at this moment. */
export function mayCancel(delivery: {
  readonly state: DeliveryState;
  readonly in_progress: boolean;
}): boolean {
  return !delivery.in_progress && (isWaiting(delivery.state) || delivery.state === 'held');
}
