/**
 * Who the notice of a satellite is from, when it names an author whom its credential may not use: `mailer-daemon` at the
 * verified domain above the satellite's own name, else at the credential's first domain, else at the account's oldest verified
 * one; the first of them that the credential may use. Facts in, decision out. RFC 6409 §8.8.
 */
import type { Mailbox } from '../smtp/address.ts';
import { refuseHeaderFrom, type SenderFacts } from './sender-authorization.ts';

export interface NoticeFacts extends SenderFacts {
  /** Of the account. */
  readonly oldestVerifiedDomain: string | undefined;
}

const LOCAL_PART = 'mailer-daemon';

/**
 * `given`: whom the notice names; empty when that cannot be read. `undefined`: it stays as it is, since it may, or since there
 * is nobody else. Where no domain may be used the answer is the first, so that the refusal is about it.
 */
export function noticeAuthor(given: readonly Mailbox[], facts: NoticeFacts): Mailbox | undefined {
  if (given.length > 0 && refuseHeaderFrom(given, facts) === undefined) return undefined;
  let first: Mailbox | undefined;
  for (const domain of candidates(given[0]?.domain ?? '', facts)) {
    const author = { localPart: LOCAL_PART, domain };
    if (refuseHeaderFrom([author], facts) === undefined) return author;
    first ??= author;
  }
  return first;
}

/** The domains that {@link noticeAuthor} has to know about, besides those that the notice names and the account's oldest. */
export function noticeDomains(
  given: readonly Mailbox[],
  { domains, fromAddresses }: SenderFacts['credential'],
): readonly string[] {
  return [...selfAndParents(given[0]?.domain ?? ''), ...domains, ...fromAddresses.map(domainOf)];
}

function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1);
}

function* candidates(host: string, { credential, ownDomain, oldestVerifiedDomain }: NoticeFacts) {
  for (const name of selfAndParents(host)) if (ownDomain(name)?.verifiedAtMs !== undefined) yield name;
  yield* credential.domains;
  yield* credential.fromAddresses.map(domainOf);
  if (oldestVerifiedDomain !== undefined) yield oldestVerifiedDomain;
}

function* selfAndParents(host: string) {
  if (host.startsWith('[')) return;
  for (let rest = host; rest.includes('.'); rest = rest.slice(rest.indexOf('.') + 1)) yield rest;
}
