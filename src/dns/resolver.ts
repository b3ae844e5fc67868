/**
 * DNS as the relay needs it: typed questions, answers as data. A resolver never throws for what the network or a
 * zone does; "no such name" and "could not ask" are different answers, because the first bounces mail and the
 * second defers it. RFC 1035, RFC 5321 §5.1.
 */

/** `not-found`: NXDOMAIN or an empty answer. `failed`: SERVFAIL, timeout, refused, unreachable: worth another try. */
export type DnsAnswer<T> =
  | { readonly kind: 'found'; readonly records: readonly T[]; readonly ttlSeconds: number }
  | { readonly kind: 'not-found'; readonly nxdomain: boolean }
  /** `ours`: not the name's servers failed but the resolvers that we ask. */
  | { readonly kind: 'failed'; readonly reason: string; readonly ours?: true };

export interface MxRecord {
  readonly preference: number;
  /** Lower case, no trailing dot; empty for the null MX (RFC 7505). */
  readonly exchange: string;
}

export interface Resolver {
  mx(name: string): Promise<DnsAnswer<MxRecord>>;
  /** IPv4 addresses. */
  a(name: string): Promise<DnsAnswer<string>>;
  /** IPv6 addresses. */
  aaaa(name: string): Promise<DnsAnswer<string>>;
  /** Each record's strings joined. */
  txt(name: string): Promise<DnsAnswer<string>>;
  cname(name: string): Promise<DnsAnswer<string>>;
  /** Names of an address. */
  ptr(address: string): Promise<DnsAnswer<string>>;
}
