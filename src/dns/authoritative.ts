/**
 * Asks the authoritative servers of a name's zone, so that what a resolver's cache holds does not count. The zone is found by
 * walking up from the name (NS), its servers by their names; each is asked for itself. Bounded in servers, CNAMEs and time. Whoever
 * publishes a zone chooses these addresses: private ones are not asked (RFC 6890) unless `allowPrivateAddresses`.
 *
 * A server that does not know the zone's SOA is not authoritative (a lame delegation, RFC 1912 §2.8), whatever else it answers.
 */
import { Resolver as CaresResolver } from 'node:dns/promises';
import { formatHostPort } from '../platform/network/host-port.ts';
import { isPublicAddress } from './address-ranges.ts';
import type { DnsAnswer, Resolver } from './resolver.ts';

/** Names of a zone's servers, as a resolver has them. */
export interface ZoneServers {
  ns(name: string): Promise<DnsAnswer<string>>;
}

export interface AuthorityOptions {
  /** Recursive. */
  readonly resolver: Pick<Resolver, 'a' | 'aaaa' | 'cname'> & ZoneServers;
  readonly allowPrivateAddresses: boolean;
  /** Default 53. */
  readonly port?: number | undefined;
  /** Milliseconds for the first try of each server, of two. Default 1,500. */
  readonly timeoutMs?: number | undefined;
}

/** What one server says. */
export interface ServerAnswer {
  /** Name and address, such as `ns1.example.net (192.0.2.53)`. */
  readonly server: string;
  readonly answer: DnsAnswer<string>;
}

export interface AuthoritativeAnswer {
  readonly zone: string;
  /** Of each server that was asked and is authoritative, or failed; MX records as `10 host.` */
  readonly answers: readonly ServerAnswer[];
  /** How long resolvers keep the answer that there is nothing (RFC 2308 §5). */
  readonly negativeTtlSeconds: number;
}

/** For the records of one look: what it learns of zones and servers it keeps, so it is not for long. */
export interface Authority {
  /** `undefined`: the zone's servers could not be found. Never rejects. */
  ask(type: 'TXT' | 'MX', name: string): Promise<AuthoritativeAnswer | undefined>;
}

const MOST_SERVERS = 4;
const MOST_CNAMES = 4;
/** Names tried on the way up. */
const MOST_LABELS = 10;
const TIMEOUT_MS = 1_500;
const TRIES = 2;
const DNS_PORT = 53;

interface Server {
  readonly name: string;
  readonly cares: CaresResolver;
  /** `undefined`: it is not authoritative, or does not answer; `trouble` says which. */
  readonly negativeTtlSeconds: number | undefined;
  readonly trouble: string;
}

interface Zone {
  readonly name: string;
  readonly servers: readonly Server[];
}

export function createAuthority(options: AuthorityOptions): Authority {
  const zones = new Map<string, Promise<Zone | 'none' | 'failed'>>();
  const { resolver } = options;

  const zoneAt = (name: string): Promise<Zone | 'none' | 'failed'> => {
    const known = zones.get(name) ?? openZone(name, options);
    zones.set(name, known);
    return known;
  };
  const zoneOf = async (name: string): Promise<Zone | undefined> => {
    const labels = name.split('.');
    // NS of a CNAME are those of its target. What is not answered is not asked for name by name.
    const alias = await resolver.cname(name);
    if (alias.kind === 'failed') return undefined;
    const first = alias.kind === 'found' ? 1 : 0;
    for (let at = first; at < Math.min(labels.length, MOST_LABELS); at++) {
      const zone = await zoneAt(labels.slice(at).join('.'));
      if (zone === 'failed') return undefined;
      if (zone !== 'none') return zone;
    }
    return undefined;
  };
  const ask = async (
    type: 'TXT' | 'MX',
    name: string,
    hops: number,
  ): Promise<AuthoritativeAnswer | undefined> => {
    const zone = await zoneOf(name);
    if (zone === undefined || zone.servers.length === 0) return undefined;
    const answers = await Promise.all(zone.servers.map((server) => askServer(server, type, name)));
    const target = answers.find(({ cname }) => cname !== undefined)?.cname;
    // Where all have the same CNAME its target's servers say the rest.
    if (
      target !== undefined &&
      hops < MOST_CNAMES &&
      answers.every(({ cname, answer }) => cname === target || answer.kind === 'failed')
    ) {
      const there = await ask(type, target, hops + 1);
      if (there !== undefined) return there;
    }
    const ttls = zone.servers.map(({ negativeTtlSeconds }) => negativeTtlSeconds ?? 0);
    return {
      zone: zone.name,
      answers: answers.map(({ server, answer }) => ({ server, answer })),
      negativeTtlSeconds: Math.max(...ttls),
    };
  };
  return { ask: (type, name) => ask(type, hostName(name), 0) };
}

/** `none`: no zone begins there. */
async function openZone(name: string, options: AuthorityOptions): Promise<Zone | 'none' | 'failed'> {
  const { resolver, allowPrivateAddresses, port = DNS_PORT, timeoutMs = TIMEOUT_MS } = options;
  const found = await resolver.ns(name);
  if (found.kind !== 'found') return found.kind === 'failed' ? 'failed' : 'none';
  const servers = await Promise.all(
    found.records.slice(0, MOST_SERVERS).map(async (host) => {
      const [address] = (await addressesOf(host, resolver)).filter(
        (one) => allowPrivateAddresses || isPublicAddress(one),
      );
      if (address === undefined) return [];
      const cares = new CaresResolver({ timeout: timeoutMs, tries: TRIES, maxTimeout: timeoutMs });
      cares.setServers([formatHostPort({ host: address, port })]);
      return [{ name: `${host} (${address})`, cares, ...(await standingOf(cares, name)) }];
    }),
  );
  return { name, servers: servers.flat() };
}

/** IPv4 first: fewer machines have a way out by IPv6. */
async function addressesOf(host: string, resolver: AuthorityOptions['resolver']): Promise<readonly string[]> {
  const answers = await Promise.all([resolver.a(host), resolver.aaaa(host)]);
  return answers.flatMap((answer) => (answer.kind === 'found' ? answer.records : []));
}

async function standingOf(
  cares: CaresResolver,
  zone: string,
): Promise<Pick<Server, 'negativeTtlSeconds' | 'trouble'>> {
  try {
    return { negativeTtlSeconds: (await cares.resolveSoa(zone)).minttl, trouble: '' };
  } catch (error) {
    return { negativeTtlSeconds: undefined, trouble: troubleOf(error, zone) };
  }
}

function troubleOf(error: unknown, zone: string): string {
  const code = codeOf(error);
  if (code === 'ETIMEOUT' || code === 'ECONNREFUSED') return 'does not answer';
  if (code === 'ESERVFAIL') return 'fails (SERVFAIL)';
  return `does not serve the zone ${zone} (a lame delegation)`;
}

async function askServer(
  server: Server,
  type: 'TXT' | 'MX',
  name: string,
): Promise<ServerAnswer & { readonly cname?: string | undefined }> {
  const { name: label, cares, negativeTtlSeconds, trouble } = server;
  const failed = (reason: string) => ({ server: label, answer: { kind: 'failed', reason } as const });
  if (negativeTtlSeconds === undefined) return failed(trouble);
  try {
    // First, since a server that has the target's zone too would answer with what is there.
    const [cname] = await cares.resolveCname(name).catch(noCname);
    if (cname !== undefined)
      return { server: label, answer: { kind: 'not-found', nxdomain: false }, cname: hostName(cname) };
    const records = type === 'TXT' ? await textOf(cares, name) : await mxOf(cares, name);
    return { server: label, answer: { kind: 'found', records, ttlSeconds: negativeTtlSeconds } };
  } catch (error) {
    const code = codeOf(error);
    if (code !== 'ENOTFOUND' && code !== 'ENODATA') return failed(troubleOf(error, name));
    return { server: label, answer: { kind: 'not-found', nxdomain: code === 'ENOTFOUND' } };
  }
}

function noCname(error: unknown): readonly string[] {
  const code = codeOf(error);
  if (code === 'ENOTFOUND' || code === 'ENODATA') return [];
  throw error;
}

async function textOf(cares: CaresResolver, name: string): Promise<readonly string[]> {
  return (await cares.resolveTxt(name)).map((strings) => strings.join(''));
}

async function mxOf(cares: CaresResolver, name: string): Promise<readonly string[]> {
  return (await cares.resolveMx(name)).map(({ priority, exchange }) => `${priority} ${hostName(exchange)}.`);
}

/** Lower case, no trailing dot. */
function hostName(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? '';
}
