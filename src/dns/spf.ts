/** Whether a host may send with the reverse-path that it gave, by mailauth's reading of RFC 7208. */
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
  /** The relay's own name. */
  readonly hostname: string;
}

/** RFC 7208 §4.6.4 wants at least 20 s; a client waits for the reply to its message for minutes. */
const MAX_ELAPSED_MS = 20_000;

/** Never rejects for what DNS says or does not say. */
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
