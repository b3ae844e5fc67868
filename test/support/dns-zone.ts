/**
 * A zone as an object, and what a resolver answers from it: for the DNS server of the tests (fake-dns.ts) and, with
 * no network at all, as a `Resolver`. A name that is not in the zone does not exist.
 */
import { isIP } from 'node:net';
import type { DnsAnswer, MxRecord, Resolver } from '../../src/dns/resolver.ts';
import { reverseName } from '../../src/dns/reverse-name.ts';

export type ZoneType = 'MX' | 'A' | 'AAAA' | 'TXT' | 'CNAME' | 'PTR';

/** `timeout` never answers (the in-memory resolver says so at once); `empty` is NOERROR without records. */
export type ZoneFault = 'servfail' | 'timeout' | 'refused' | 'empty' | 'nxdomain';

export interface ZoneEntry {
  readonly mx?: readonly { readonly preference: number; readonly exchange: string }[];
  readonly a?: readonly string[];
  readonly aaaa?: readonly string[];
  /** Each is one record; strings over 255 octets are split as publishers do. */
  readonly txt?: readonly string[];
  readonly cname?: string;
  /** On an address as the zone's name. */
  readonly ptr?: readonly string[];
  /** Default 300. */
  readonly ttlSeconds?: number;
  /** For every type of question, or by type. */
  readonly fault?: ZoneFault | Partial<Readonly<Record<ZoneType, ZoneFault>>>;
}

/** Names, in lower case without a trailing dot; an IP address stands for its PTR name. The null MX has the exchange `''` or `.`. */
export type Zone = Readonly<Record<string, ZoneEntry>>;

export type ZoneRecord =
  | {
      readonly name: string;
      readonly ttl: number;
      readonly type: 'A' | 'AAAA' | 'CNAME' | 'PTR';
      readonly data: string;
    }
  | { readonly name: string; readonly ttl: number; readonly type: 'TXT'; readonly data: string }
  | { readonly name: string; readonly ttl: number; readonly type: 'MX'; readonly data: MxRecord };

export type ZoneAnswer =
  | { readonly kind: 'records'; readonly records: readonly ZoneRecord[] }
  | { readonly kind: Exclude<ZoneFault, 'empty'> };

const MAX_CNAMES = 8;

/** A zone that a test can change while it is served. */
export class ZoneTable {
  readonly #entries = new Map<string, ZoneEntry>();
  /** Every question asked so far, such as `MX example.test`. */
  readonly questions: string[] = [];

  constructor(zone: Zone = {}) {
    for (const [name, entry] of Object.entries(zone)) this.set(name, entry);
  }

  /** Adds or replaces a name. */
  set(name: string, entry: ZoneEntry): void {
    this.#entries.set(keyOf(name), entry);
  }

  /** From now on the name does not exist. */
  delete(name: string): void {
    this.#entries.delete(keyOf(name));
  }

  /** The answer to a question, CNAMEs followed. */
  ask(name: string, type: ZoneType): ZoneAnswer {
    this.questions.push(`${type} ${keyOf(name)}`);
    const records: ZoneRecord[] = [];
    let current = keyOf(name);
    for (let hops = 0; hops < MAX_CNAMES; hops++) {
      const entry = this.#entries.get(current);
      if (entry === undefined)
        return records.length === 0 ? { kind: 'nxdomain' } : { kind: 'records', records };
      const fault = typeof entry.fault === 'string' ? entry.fault : entry.fault?.[type];
      if (fault === 'empty') return { kind: 'records', records };
      if (fault !== undefined) return { kind: fault };
      if (entry.cname === undefined || type === 'CNAME') {
        records.push(...recordsOf(current, entry, type));
        break;
      }
      records.push({ name: current, ttl: entry.ttlSeconds ?? 300, type: 'CNAME', data: keyOf(entry.cname) });
      current = keyOf(entry.cname);
    }
    return { kind: 'records', records };
  }
}

/** Answers from `zone` at once, without a network: for unit tests and the simulation. */
export function zoneResolver(zone: Zone | ZoneTable): Resolver {
  const table = zone instanceof ZoneTable ? zone : new ZoneTable(zone);
  const ask = <T>(name: string, type: ZoneType, value: (record: ZoneRecord) => T): Promise<DnsAnswer<T>> => {
    const answer = table.ask(name, type);
    if (answer.kind === 'nxdomain') return Promise.resolve({ kind: 'not-found', nxdomain: true });
    if (answer.kind !== 'records') return Promise.resolve({ kind: 'failed', reason: answer.kind });
    const found = answer.records.filter((record) => record.type === type);
    if (found.length === 0) return Promise.resolve({ kind: 'not-found', nxdomain: false });
    const ttlSeconds = Math.min(...answer.records.map((record) => record.ttl));
    return Promise.resolve({ kind: 'found', records: found.map(value), ttlSeconds });
  };
  const text = (record: ZoneRecord) => (typeof record.data === 'string' ? record.data : record.data.exchange);
  return {
    mx: (name) => ask(name, 'MX', (record) => record.data as MxRecord),
    a: (name) => ask(name, 'A', text),
    aaaa: (name) => ask(name, 'AAAA', text),
    txt: (name) => ask(name, 'TXT', text),
    cname: (name) => ask(name, 'CNAME', text),
    ptr: (address) => ask(address, 'PTR', text),
  };
}

function keyOf(name: string): string {
  return isIP(name) === 0 ? name.toLowerCase().replace(/\.$/, '') : (reverseName(name) ?? name);
}

function recordsOf(name: string, entry: ZoneEntry, type: ZoneType): ZoneRecord[] {
  const ttl = entry.ttlSeconds ?? 300;
  switch (type) {
    case 'MX':
      return (entry.mx ?? []).map(({ preference, exchange }) => ({
        name,
        ttl,
        type,
        data: { preference, exchange: keyOf(exchange) },
      }));
    case 'A':
      return (entry.a ?? []).map((data) => ({ name, ttl, type, data }));
    case 'AAAA':
      return (entry.aaaa ?? []).map((data) => ({ name, ttl, type, data }));
    case 'TXT':
      return (entry.txt ?? []).map((data) => ({ name, ttl, type, data }));
    case 'PTR':
      return (entry.ptr ?? []).map((data) => ({ name, ttl, type, data: keyOf(data) }));
    case 'CNAME':
      return entry.cname === undefined ? [] : [{ name, ttl, type, data: keyOf(entry.cname) }];
    default:
      // A question of a type that zones of tests do not have, such as NS.
      return [];
  }
}
