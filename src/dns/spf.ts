/**
 * SPF check of a host and its reverse-path, evaluated by mailauth (RFC 7208) on the thread that asks. Whoever publishes the zone
 * chooses the work: so the number of look-ups, the octets of a record and the addresses of an answer are bounded here, beside
 * the limits of the RFC, which the evaluator holds. Beyond a bound the verdict is permerror, as RFC 7208 §4.6.4 has it.
 */
import { spf } from 'mailauth/lib/spf/index.js';
import { mailauthLookUp, type MailauthLookUp } from './mailauth-lookup.ts';
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

/** RFC 7208 §4.6.4 asks for at least 20 s; a client waits minutes for its reply. No look-up begins later. */
const MAX_ELAPSED_MS = 20_000;
/** All queries of an evaluation. The RFC's ten terms may lead to ten MX hosts each; real ones ask a dozen. */
export const MOST_LOOK_UPS = 60;
/** Of all TXT records at a name. RFC 7208 §3.4 hopes for 450 octets; parsing holds up the thread, some 1 ms for this many. */
export const MOST_RECORD_OCTETS = 8_192;
/** Of one answer: each is compared. */
export const MOST_RECORDS = 100;

export interface SpfResult {
  readonly verdict: SpfVerdict;
  /** Terms that looked something up until one matched, and those of them that found nothing. RFC 7208 §4.6.4. */
  readonly lookUps: number;
  readonly voidLookUps: number;
}

/** Never rejects for a DNS failure. */
export async function checkSpf(facts: SpfFacts, resolver: Resolver): Promise<SpfVerdict> {
  return (await evaluateSpf(facts, resolver)).verdict;
}

/** Never rejects for a DNS failure. */
export async function evaluateSpf(facts: SpfFacts, resolver: Resolver): Promise<SpfResult> {
  const { address, helo, reversePath, hostname } = facts;
  const { status, lookups } = await spf({
    sender: reversePath,
    ip: address,
    helo,
    mta: hostname,
    strict: true,
    maxElapsedTime: MAX_ELAPSED_MS,
    resolver: bounded(mailauthLookUp(resolver)) as never,
  });
  return {
    verdict: status.result as SpfVerdict,
    lookUps: lookups?.count ?? 0,
    voidLookUps: lookups?.void ?? 0,
  };
}

function bounded(lookUp: MailauthLookUp): MailauthLookUp {
  let lookUps = 0;
  return async (name, type) => {
    if (++lookUps > MOST_LOOK_UPS) throw tooMuch(`more than ${MOST_LOOK_UPS} look-ups`);
    const records = await lookUp(name, type);
    if (type === 'TXT' && octetsOf(records) > MOST_RECORD_OCTETS)
      throw tooMuch(`more than ${MOST_RECORD_OCTETS} octets of TXT records`);
    if (type !== 'TXT' && records.length > MOST_RECORDS)
      throw tooMuch(`more than ${MOST_RECORDS} ${type} records`);
    return records;
  };
}

function octetsOf(records: readonly unknown[]): number {
  return records.flat().reduce<number>((sum, text) => sum + String(text).length, 0);
}

/** As the evaluator's own errors are. */
function tooMuch(text: string): Error {
  return Object.assign(new Error(text), { spfResult: { error: 'permerror', text } });
}
