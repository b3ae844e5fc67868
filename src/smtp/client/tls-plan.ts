/**
 * How a connection uses TLS, decided before it is made. MX hosts: opportunistic, unless the message requires TLS. A smart
 * host: as its mode says, and never less than the message requires. Pure. RFC 3207, RFC 7435, RFC 8314 §3, RFC 8689 §4.2.1.
 */
import type { RelayTls } from '../../policy/egress/route-rules.ts';

/**
 * `lenient`: any TLS, whoever the peer is, since the choice is TLS or clear text. `strict`: today's versions and suites.
 * `verified`: and the certificate has to be the host's. Only lenient TLS may be missing.
 */
export type TlsStrength = 'lenient' | 'strict' | 'verified';

export interface TlsPlan {
  readonly begins: 'at-once' | 'starttls' | 'never';
  readonly strength: TlsStrength;
  /** Why it is in clear although the host offers TLS. */
  readonly inClearBecause?: string;
}

export interface TlsFacts {
  /** Of the message. RFC 8689. */
  readonly requireTls: boolean;
  /** Of a smart host; `undefined`: an MX host. */
  readonly mode: RelayTls | undefined;
  /** Why an earlier handshake with this host failed. */
  readonly failedBefore: string | undefined;
  /** False: STARTTLS is never used. */
  readonly starttls: boolean;
}

export function tlsPlanOf({ requireTls, mode = 'may', failedBefore, starttls }: TlsFacts): TlsPlan {
  if (mode === 'implicit') return { begins: 'at-once', strength: 'verified' };
  const begins = starttls ? 'starttls' : 'never';
  if (mode === 'verify' || requireTls) return { begins, strength: 'verified' };
  if (mode === 'encrypt') return { begins, strength: 'strict' };
  if (mode === 'none') return { begins: 'never', strength: 'lenient' };
  return failedBefore === undefined ? { begins, strength: 'lenient' } : inClear(failedBefore);
}

/** After a handshake that failed, where TLS may be missing. */
export function inClear(because: string): TlsPlan {
  return { begins: 'never', strength: 'lenient', inClearBecause: because };
}
