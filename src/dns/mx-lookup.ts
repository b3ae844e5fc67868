/**
 * The mail hosts of a domain and their addresses: MX, null MX, implicit MX, address literals. DNS failures are data,
 * not exceptions, and only a negative answer is final: a failed query is `failed`. RFC 5321 §5.1, RFC 7505.
 */
import { isIP } from 'node:net';
import { shuffled, type Random } from '../platform/random.ts';
import { NOT_FOUND_SECONDS } from './answer-cache.ts';
import type { DnsAnswer, MxRecord, Resolver } from './resolver.ts';

export interface LookupContext {
  readonly resolver: Resolver;
  readonly random: Random;
}

export interface MxHost {
  /** Lower case, no trailing dot; an address literal as it is in the address, `[192.0.2.1]`. */
  readonly name: string;
  readonly preference: number;
}

export type MxLookup =
  | {
      readonly kind: 'hosts';
      /** By preference, equal ones shuffled; at least one, without duplicates. */
      readonly hosts: readonly MxHost[];
      /** True: no MX, the domain itself is the host. RFC 5321 §5.1. */
      readonly implicit: boolean;
      readonly ttlSeconds: number;
    }
  /** The domain accepts no mail. RFC 7505. */
  | { readonly kind: 'null-mx'; readonly ttlSeconds: number }
  /** The domain does not exist (`nxdomain`), or has neither MX nor addresses. */
  | {
      readonly kind: 'no-such-domain';
      readonly nxdomain: boolean;
      readonly text: string;
      readonly ttlSeconds: number;
    }
  | LookupFailure;

/** `ours`: our resolvers failed, not the domain's servers. */
export interface LookupFailure {
  readonly kind: 'failed';
  readonly text: string;
  readonly ours?: true;
}

export type AddressLookup =
  /** IPv6 and IPv4 alternating, shuffled within each family; at least one. */
  | { readonly kind: 'found'; readonly addresses: readonly string[]; readonly ttlSeconds: number }
  | { readonly kind: 'none'; readonly text: string; readonly ttlSeconds: number }
  | LookupFailure;

/** Trying more would take hours. */
const MAX_HOSTS = 30;
const LITERAL_TTL_SECONDS = 3_600;

/** `domain` is a lower-case A-label name or an address literal, as in a mailbox. */
export async function lookupMx(domain: string, context: LookupContext): Promise<MxLookup> {
  if (addressOfLiteral(domain) !== undefined) {
    const hosts = [{ name: domain, preference: 0 }];
    return { kind: 'hosts', hosts, implicit: true, ttlSeconds: LITERAL_TTL_SECONDS };
  }
  const answer = await context.resolver.mx(domain);
  if (answer.kind === 'failed') return failureOf(answer);
  if (answer.kind === 'not-found') return implicitMx(domain, answer.nxdomain, context);

  const hosts = hostsOf(answer.records, context.random);
  return hosts.length === 0
    ? { kind: 'null-mx', ttlSeconds: answer.ttlSeconds }
    : { kind: 'hosts', hosts, implicit: false, ttlSeconds: answer.ttlSeconds };
}

/**
 * Addresses of an MX host, an implicit MX or an address literal. When one family is found, a failure of the other is
 * ignored.
 */
export async function lookupAddresses(host: string, context: LookupContext): Promise<AddressLookup> {
  const literal = addressOfLiteral(host);
  if (literal !== undefined) return { kind: 'found', addresses: [literal], ttlSeconds: LITERAL_TTL_SECONDS };
  const [v6, v4] = await Promise.all([context.resolver.aaaa(host), context.resolver.a(host)]);
  const addresses = interleaved(addressesOf(v6, context.random), addressesOf(v4, context.random));
  if (addresses.length > 0) {
    const ttls = [v6, v4].flatMap((answer) => (answer.kind === 'found' ? [answer.ttlSeconds] : []));
    return { kind: 'found', addresses, ttlSeconds: Math.min(...ttls) };
  }
  if (v6.kind === 'failed') return failureOf(v6);
  if (v4.kind === 'failed') return failureOf(v4);
  return { kind: 'none', text: `${host} has no address`, ttlSeconds: NOT_FOUND_SECONDS };
}

/**
 * The queue key shared by domains with the same MX hosts, independent of the order of the records: host names by
 * preference, equal ones by name.
 */
export function siteOf({ hosts }: Extract<MxLookup, { kind: 'hosts' }>): string {
  return [...hosts]
    .sort((a, b) => a.preference - b.preference || (a.name < b.name ? -1 : 1))
    .map(({ name }) => name)
    .join(',');
}

/** The address in `[192.0.2.1]` or `[IPv6:2001:db8::1]`; `undefined` for a name. RFC 5321 §4.1.3. */
export function addressOfLiteral(domain: string): string | undefined {
  const inner = /^\[(?:ipv6:)?([^\]]+)\]$/i.exec(domain)?.[1];
  return inner !== undefined && isIP(inner) !== 0 ? inner : undefined;
}

/** Queries addresses also after NXDOMAIN: some servers return it for record types they do not know. */
async function implicitMx(domain: string, nxdomain: boolean, context: LookupContext): Promise<MxLookup> {
  const addresses = await lookupAddresses(domain, context);
  if (addresses.kind === 'found') {
    const hosts = [{ name: domain, preference: 0 }];
    return { kind: 'hosts', hosts, implicit: true, ttlSeconds: addresses.ttlSeconds };
  }
  if (addresses.kind === 'failed' && !nxdomain) return addresses;
  const text = nxdomain
    ? `the domain ${domain} does not exist`
    : `the domain ${domain} has neither MX nor address records`;
  return { kind: 'no-such-domain', nxdomain, text, ttlSeconds: NOT_FOUND_SECONDS };
}

function failureOf({ reason, ours }: Extract<DnsAnswer<never>, { kind: 'failed' }>): LookupFailure {
  return { kind: 'failed', text: reason, ...(ours === true && { ours }) };
}

/** A null MX next to real ones is ignored (RFC 7505 §3). */
function hostsOf(records: readonly MxRecord[], random: Random): readonly MxHost[] {
  const best = new Map<string, number>();
  for (const { exchange, preference } of records) {
    if (exchange !== '') best.set(exchange, Math.min(preference, best.get(exchange) ?? Infinity));
  }
  const hosts = Array.from(best, ([name, preference]) => ({ name, preference }));
  // The sort is stable: hosts of equal preference stay shuffled.
  return shuffled(hosts, random)
    .sort((a, b) => a.preference - b.preference)
    .slice(0, MAX_HOSTS);
}

function addressesOf(answer: DnsAnswer<string>, random: Random): readonly string[] {
  return answer.kind === 'found' ? shuffled(answer.records, random) : [];
}

function interleaved(first: readonly string[], second: readonly string[]): readonly string[] {
  const longest = Math.max(first.length, second.length);
  return Array.from({ length: longest }, (_, at) => [
    ...first.slice(at, at + 1),
    ...second.slice(at, at + 1),
  ]).flat();
}
