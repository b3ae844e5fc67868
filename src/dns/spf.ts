/** SPF check of a host and its reverse-path, evaluated by mailauth (RFC 7208). */
import { spf } from 'mailauth/lib/spf/index.js';
import { mailauthLookUp } from './mailauth-lookup.ts';
import type { Resolver } from './resolver.ts';

export type SpfVerdict = 'pass' | 'fail' | 'softfail' | 'neutral' | 'none' | 'temperror' | 'permerror';

export interface SpfFacts {
  /** Of the client. */
  readonly address: string;
  readonly helo: string;
  /** `local-part@domain`. */
  readonly reversePath: string;
  /** The relay's host name. */
  readonly hostname: string;
}

/** RFC 7208 §4.6.4 asks for at least 20 s; a client waits minutes for its reply. */
const MAX_ELAPSED_MS = 20_000;

/** Never rejects for a DNS failure. */
export async function checkSpf(facts: SpfFacts, resolver: Resolver): Promise<SpfVerdict> {
  const { address, helo, reversePath, hostname } = facts;
  const { status } = await spf({
    sender: reversePath,
    ip: address,
    helo,
    mta: hostname,
    strict: true,
    maxElapsedTime: MAX_ELAPSED_MS,
    resolver: mailauthLookUp(resolver) as never,
  });
  return status.result as SpfVerdict;
}
