/**
 * From a recipient domain to the hosts that take its mail, and from a host to its addresses. "There is none" and
 * "could not ask" stay apart: the first bounces, the second defers. RFC 5321 §5.1, RFC 7505 (null MX), RFC 6724 in
 * spirit (both address families, interleaved).
 */
import { isIP } from 'node:net';
import type { Random } from '../platform/random.ts';
import { shuffled } from '../platform/random.ts';
import type { DnsAnswer, MxRecord, Resolver } from './resolver.ts';

export interface MxHost {
  /** A name, or an address when the domain is an address literal. */
  readonly name: string;
  readonly preference: number;
}

export type MxLookup =
  /** In the order to try: by preference, equal ones shuffled. Never empty. */
  | {
      readonly kind: 'hosts';
      readonly hosts: readonly MxHost[];
      /** No MX record: the domain itself is the host. */
      readonly implicit: boolean;
      readonly ttlSeconds: number;
    }
  | { readonly kind: 'null-mx' }
  /** NXDOMAIN, or neither MX nor address. */
  | { readonly kind: 'no-such-domain'; readonly text: string }
  | { readonly kind: 'failed'; readonly text: string };

export interface MxLookupOptions {
  readonly resolver: Resolver;
  readonly random: Random;
}

const LITERAL_TTL_SECONDS = 86_400;

/** `domain` in its A-label form, or an address literal such as `[192.0.2.1]`. Never rejects. */
export async function lookupMx(domain: string, { resolver, random }: MxLookupOptions): Promise<MxLookup> {
  if (domain.startsWith('[')) {
    const host = { name: domain.slice(1, -1).replace(/^ipv6:/i, ''), preference: 0 };
    return { kind: 'hosts', hosts: [host], implicit: true, ttlSeconds: LITERAL_TTL_SECONDS };
  }
  const answer = await resolver.mx(domain);
  switch (answer.kind) {
    case 'failed':
      return { kind: 'failed', text: `the MX records of ${domain} could not be looked up: ${answer.reason}` };
    case 'not-found':
      if (answer.nxdomain) return { kind: 'no-such-domain', text: `the domain ${domain} does not exist` };
      return await implicitMx(domain, resolver);
    case 'found':
      return fromRecords(domain, answer.records, answer.ttlSeconds, random);
  }
}

async function implicitMx(domain: string, resolver: Resolver): Promise<MxLookup> {
  const addresses = await lookupAddresses(domain, resolver);
  switch (addresses.kind) {
    case 'failed':
      return { kind: 'failed', text: addresses.text };
    case 'none':
      return { kind: 'no-such-domain', text: `the domain ${domain} has neither an MX record nor an address` };
    case 'found': {
      const hosts = [{ name: domain, preference: 0 }];
      return { kind: 'hosts', hosts, implicit: true, ttlSeconds: addresses.ttlSeconds };
    }
  }
}

function fromRecords(
  domain: string,
  records: readonly MxRecord[],
  ttlSeconds: number,
  random: Random,
): MxLookup {
  // A null MX beside others is a mistake of the zone (RFC 7505 §3): the real ones count.
  const real = records.filter((record) => record.exchange !== '');
  if (real.length === 0) {
    return records.length > 0
      ? { kind: 'null-mx' }
      : { kind: 'no-such-domain', text: `the domain ${domain} has no usable MX record` };
  }
  const hosts = shuffled(real, random)
    .map(({ exchange, preference }) => ({ name: exchange, preference }))
    .sort((a, b) => a.preference - b.preference);
  const names = new Set<string>();
  const unique = hosts.filter(({ name }) => !names.has(name) && names.add(name));
  return { kind: 'hosts', hosts: unique, implicit: false, ttlSeconds };
}

export type AddressLookup =
  /** Both families, IPv6 first, taken in turns. Never empty. */
  | { readonly kind: 'found'; readonly addresses: readonly string[]; readonly ttlSeconds: number }
  | { readonly kind: 'none'; readonly text: string }
  | { readonly kind: 'failed'; readonly text: string };

/** One family that answers is enough; only when none is known and one could not be asked is it `failed`. Never rejects. */
export async function lookupAddresses(host: string, resolver: Resolver): Promise<AddressLookup> {
  if (isIP(host) !== 0) return { kind: 'found', addresses: [host], ttlSeconds: LITERAL_TTL_SECONDS };
  const [v6, v4] = await Promise.all([resolver.aaaa(host), resolver.a(host)]);
  const addresses = interleaved(recordsOf(v6), recordsOf(v4));
  if (addresses.length > 0) {
    return { kind: 'found', addresses, ttlSeconds: Math.min(ttlOf(v6), ttlOf(v4)) };
  }
  const failed = [v4, v6].find((answer) => answer.kind === 'failed');
  if (failed !== undefined) {
    return { kind: 'failed', text: `the addresses of ${host} could not be looked up: ${failed.reason}` };
  }
  return { kind: 'none', text: `${host} has no address` };
}

function recordsOf(answer: DnsAnswer<string>): readonly string[] {
  return answer.kind === 'found' ? answer.records : [];
}

function ttlOf(answer: DnsAnswer<string>): number {
  return answer.kind === 'found' ? answer.ttlSeconds : Infinity;
}

function interleaved(first: readonly string[], second: readonly string[]): string[] {
  const result: string[] = [];
  for (let i = 0; i < Math.max(first.length, second.length); i++) {
    result.push(...first.slice(i, i + 1), ...second.slice(i, i + 1));
  }
  return result;
}

/**
 * A key for the hosts of the best preference: domains with the same key share their connections and limits, as the
 * customers of one mail provider do.
 */
export function siteOf(hosts: readonly MxHost[]): string {
  const best = Math.min(...hosts.map((host) => host.preference));
  return hosts
    .filter((host) => host.preference === best)
    .map((host) => host.name)
    .sort()
    .join(',');
}
