/**
 * Whether a DSN of a recipient's failure, delay or success is due: by NOTIFY, the credential and the reverse-path.
 * RFC 3461 §4.1, §5.2.
 */
import type { DsnNotify } from '../smtp/envelope.ts';
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
}

/** In the queue for that long, a message is late: as other systems have it (RFC 5321 §4.5.4.1 names no time). */
export const DELAY_DSN_MS = 4 * 3_600_000;

/** RFC 3461 §4.1: failures are reported unless NOTIFY says otherwise. */
export function failureDsn(facts: DsnDueFacts): 'failed' | undefined {
  const wanted = facts.notify === undefined || facts.notify.includes('failure');
  return wanted && mayBeTold(facts) ? 'failed' : undefined;
}

/** Where NOTIFY says nothing, RFC 3461 §4.1 leaves it to the relay: software that submits mail does not read such DSNs. */
export function delayDsn(facts: DsnDueFacts): 'delayed' | undefined {
  if (facts.notify?.includes('delay') !== true || facts.delayTold === true) return undefined;
  const isLate = facts.nowMs - facts.lifetime.acceptedAtMs >= DELAY_DSN_MS;
  return isLate && mayBeTold(facts) ? 'delayed' : undefined;
}

export function successDsn(facts: DsnDueFacts): 'relayed' | undefined {
  const wanted = facts.notify?.includes('success') === true && facts.hopSendsDsns !== true;
  return wanted && mayBeTold(facts) ? 'relayed' : undefined;
}

/** RFC 5321 §6.1: never the null reverse-path; and a DSN is never about a DSN. */
function mayBeTold({ via, reversePath, sendDsn }: DsnDueFacts): boolean {
  return via !== 'dsn' && reversePath !== '' && sendDsn;
}
