/**
 * Whether a DSN of a recipient's failure, delay or success is due: by NOTIFY, the credential and the reverse-path.
 * RFC 3461 §4.1, §5.2, RFC 2852 §4.1.
 */
import type { ByMode, DsnNotify } from '../smtp/envelope.ts';
import type { Lifetime } from './retry.ts';

export interface DsnDueFacts {
  readonly nowMs: number;
  readonly lifetime: Lifetime;
  readonly reversePath: string;
  readonly notify: readonly DsnNotify[] | undefined;
  readonly sendDsn: boolean;
  readonly via: 'smtp' | 'http' | 'dsn';
  /** The host takes over the duty to send DSNs of success (it offers DSN). */
  readonly hopSendsDsns?: boolean | undefined;
  /** The sender was told of the delay before. */
  readonly delayTold?: boolean | undefined;
  /** `delivery.delay_dsn`: after that time also without NOTIFY; `undefined`: not. */
  readonly delayDsnMs?: number | undefined;
  /** BY of the message. RFC 2852. */
  readonly deliverBy?: DeliverByFacts | undefined;
}

export interface DeliverByFacts {
  /** Epoch milliseconds. */
  readonly atMs: number;
  readonly mode: ByMode;
  /** A relay tells the sender that it has handed the message on. */
  readonly trace: boolean;
}

/** In the queue for that long, a message is late: as other systems have it (RFC 5321 §4.5.4.1 names no time). */
export const DELAY_DSN_MS = 4 * 3_600_000;

/** RFC 3461 §4.1: failures are reported unless NOTIFY says otherwise. */
export function failureDsn(facts: DsnDueFacts): 'failed' | undefined {
  const wanted = facts.notify === undefined || facts.notify.includes('failure');
  return wanted && mayBeTold(facts) ? 'failed' : undefined;
}

/**
 * Where NOTIFY says nothing, RFC 3461 §4.1 leaves it to the relay, and this one to its operator: software that submits mail
 * does not read such DSNs. BY with N asks for one by itself, unless NOTIFY is NEVER (RFC 2852 §4.1).
 */
export function delayDsn(facts: DsnDueFacts): 'delayed' | undefined {
  if (facts.delayTold === true) return undefined;
  const isLate = facts.nowMs >= Math.min(lateAtMs(facts), tellsAtMs(facts) ?? Infinity);
  return isLate && mayBeTold(facts) ? 'delayed' : undefined;
}

function lateAtMs({ notify, delayDsnMs = Infinity, lifetime: { acceptedAtMs } }: DsnDueFacts): number {
  if (notify === undefined) return acceptedAtMs + delayDsnMs;
  return notify.includes('delay') ? acceptedAtMs + DELAY_DSN_MS : Infinity;
}

/** By when the sender wants to be told that it has not arrived; `undefined`: never, or it was too late when it came here. */
export function tellsAtMs({ deliverBy, notify, lifetime, delayTold }: DsnDueFacts): number | undefined {
  if (deliverBy?.mode !== 'notify' || delayTold === true || notify?.includes('never') === true)
    return undefined;
  return deliverBy.atMs > lifetime.acceptedAtMs ? deliverBy.atMs : undefined;
}

export function successDsn(facts: DsnDueFacts): 'relayed' | undefined {
  const { notify, hopSendsDsns, deliverBy } = facts;
  const traced = deliverBy?.trace === true && notify?.includes('never') !== true;
  const wanted = traced || (notify?.includes('success') === true && hopSendsDsns !== true);
  return wanted && mayBeTold(facts) ? 'relayed' : undefined;
}

/** RFC 5321 §6.1: never the null reverse-path; and a DSN is never about a DSN. */
function mayBeTold({ via, reversePath, sendDsn }: DsnDueFacts): boolean {
  return via !== 'dsn' && reversePath !== '' && sendDsn;
}
