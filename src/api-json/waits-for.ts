/** Why a delivery that is not settled waits, in a few words; the nearest obstacle first. */
import type { DeliveryView } from '../store/views.ts';
import { timestamp } from './timestamp.ts';

export function waitsFor(delivery: DeliveryView, nowMs: number): string {
  const {
    state,
    claimed,
    wish,
    heldBy,
    heldForAccount,
    obstacle,
    destination,
    lastReply,
    nextAttemptAtMs = 0,
  } = delivery;
  if (claimed) return `its attempt, in progress${wish === undefined ? '' : AFTERWARDS[wish]}`;
  if (state === 'held' && heldForAccount === true) return 'its account is suspended by an operator';
  if (state === 'held')
    return heldBy === undefined
      ? 'somebody to release it'
      : `somebody to release it: held by route ${heldBy}`;
  if (obstacle?.suspended === true) return `${destination} is suspended by an operator`;
  if (delivery.waitsFor !== undefined) return delivery.waitsFor;
  const { blockedUntilMs = 0, waitsFor: limit } = obstacle ?? {};
  if (blockedUntilMs > nowMs && limit !== undefined) return limit;
  if (state === 'scheduled') return 'the time that was set';
  const because = lastReply === undefined ? '' : `: ${lastReply}`;
  if (blockedUntilMs > Math.max(nowMs, nextAttemptAtMs))
    return `${destination} is left alone until ${timestamp(blockedUntilMs)}${because}`;
  if (nextAttemptAtMs > nowMs) return `its next attempt${because}`;
  return `its turn${because}`;
}

/** When it is tried at the earliest: its own time, or that of its destination. `undefined`: somebody has to act first. */
export function earliestAtMs({ nextAttemptAtMs, obstacle }: DeliveryView): number | undefined {
  if (nextAttemptAtMs === undefined || obstacle?.suspended === true) return undefined;
  return Math.max(nextAttemptAtMs, obstacle?.blockedUntilMs ?? 0);
}

const AFTERWARDS = {
  hold: '; held if that does not end it',
  cancel: '; cancelled if that does not end it',
  retry: '; due again at once if that does not end it',
} as const;
