/**
 * The host that receives reports about a domain's mail: a name below the domain, so that the envelope sender is
 * aligned with the author (RFC 7489 §3.1.2) and the domain's own mailboxes are unaffected.
 */

const LABEL = 'bounces.';

/** `bounces.example.com`. `domain`: lower-cased A-label name. */
export function returnPathHost(domain: string): string {
  return LABEL + domain;
}

/** The sending domain of a return-path host; `undefined` when `host` has no such name. */
export function domainOfReturnPathHost(host: string): string | undefined {
  const name = host.toLowerCase();
  return name.startsWith(LABEL) && name.length > LABEL.length ? name.slice(LABEL.length) : undefined;
}
