/**
 * What a remote says of the limits of a session, LIMITS of RFC 9422: obeyed, so that it has nothing to refuse. RCPTDOMAINMAX holds
 * by itself: a transaction has the recipients of one domain. What is malformed says nothing.
 */
import type { ClientSession } from './session.ts';

export interface SessionLimits {
  /** Transactions in a session. */
  readonly mailMax: number;
  /** Recipients in a transaction. */
  readonly rcptMax: number;
}

const NONE: SessionLimits = { mailMax: Infinity, rcptMax: Infinity };

export function sessionLimits({ extensions }: Pick<ClientSession, 'extensions'>): SessionLimits {
  const written = extensions.get('LIMITS');
  if (written === undefined) return NONE;
  return { mailMax: read(written, 'MAILMAX'), rcptMax: read(written, 'RCPTMAX') };
}

function read(written: string, name: string): number {
  const [, value] = new RegExp(`(?:^| )${name}=(\\d{1,6})(?: |$)`, 'i').exec(written) ?? [];
  return Number(value) > 0 ? Number(value) : Infinity;
}
