/**
 * The queue a recipient waits in: its domain. Several destinations may turn out to be served by the same hosts;
 * that is known only after DNS and is the delivery service's business. RFC 5321 §5.1.
 */
import { normalizeDomain } from '../smtp/address.ts';

const NORMAL = /^[a-z0-9._-]+$/;

/**
 * The recipient's `domain` in lower-cased A-label form, or the address literal as it is (`[192.0.2.1]`,
 * `[IPv6:2001:db8::1]`). A domain that has no A-label form is only lower-cased: it then fails in DNS, with a reason.
 */
export function destinationOf(domain: string): string {
  // Every recipient of every message passes here, and nearly all are normal already.
  if (NORMAL.test(domain) || domain.startsWith('[')) return domain;
  return normalizeDomain(domain) ?? domain.toLowerCase();
}
