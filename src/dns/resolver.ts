/**
 * The DNS interface of the relay: typed queries, answers as data. A resolver never throws for a failure of the
 * network or a zone. A negative answer and a failed query are different results: the first bounces mail, the second
 * defers it. RFC 1035, RFC 5321 §5.1.
 */

/** `not-found`: NXDOMAIN or an empty answer. `failed`: SERVFAIL, time-out, refused, unreachable: temporary. */
export type DnsAnswer<T> =
  | { readonly kind: 'found'; readonly records: readonly T[]; readonly ttlSeconds: number }
  | { readonly kind: 'not-found'; readonly nxdomain: boolean }
  /** `ours`: our resolvers failed, not the name's servers. */
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
