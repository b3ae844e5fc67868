/**
 * The resolver of a running relay: c-ares by way of node:dns, asked through the configured or the system's servers,
 * with a cache of bounded size and age, and one question in flight for all who ask the same. RFC 1035, RFC 2308.
 */
import { promises as dns } from 'node:dns';
import type { Clock } from '../platform/clock.ts';
import type { DnsAnswer, Resolver } from './resolver.ts';

export interface SystemResolverOptions {
  /** Empty: the system's. IPv6 hosts without brackets. */
  readonly servers: readonly { readonly host: string; readonly port: number }[];
  readonly clock: Clock;
  /** Of the first try at a server; later ones wait longer. Default 3 s. */
  readonly timeoutMs?: number;
  /** Default 2. */
  readonly tries?: number;
}

const TIMEOUT_MS = 3_000;
const TRIES = 2;
const MAX_CACHED = 20_000;
/** MX, TXT and CNAME answers come without a TTL from c-ares. */
const DEFAULT_TTL_SECONDS = 300;
const LEAST_TTL_SECONDS = 5;
const MOST_TTL_SECONDS = 3_600;
/** How long "there is none" is believed (RFC 2308 has the zone say it; c-ares does not tell). */
const NEGATIVE_TTL_SECONDS = 60;
/** A failure is believed only as long as it takes to answer a burst of the same question. */
const FAILURE_TTL_SECONDS = 2;

interface Cached {
  readonly answer: DnsAnswer<unknown>;
  readonly untilMs: number;
}

export function createSystemResolver(options: SystemResolverOptions): Resolver {
  const { clock } = options;
  const resolver = new dns.Resolver({
    timeout: options.timeoutMs ?? TIMEOUT_MS,
    tries: options.tries ?? TRIES,
  });
  if (options.servers.length > 0) {
    resolver.setServers(
      options.servers.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`),
    );
  }
  const cache = new Map<string, Cached>();
  const inFlight = new Map<string, Promise<DnsAnswer<unknown>>>();

  const ask = async <T>(
    type: string,
    name: string,
    query: () => Promise<Found<T>>,
  ): Promise<DnsAnswer<T>> => {
    const key = `${type} ${name}`;
    const cached = cache.get(key);
    if (cached !== undefined && cached.untilMs > clock.monotonic()) return cached.answer as DnsAnswer<T>;
    let asked = inFlight.get(key);
    if (asked === undefined) {
      asked = answerOf(query).then((answer) => {
        inFlight.delete(key);
        remember(cache, key, { answer, untilMs: clock.monotonic() + ttlOf(answer) * 1_000 });
        return answer;
      });
      inFlight.set(key, asked);
    }
    return (await asked) as DnsAnswer<T>;
  };

  return {
    mx: (name) =>
      ask('MX', name, async () => ({
        records: (await resolver.resolveMx(name)).map(({ priority, exchange }) => ({
          preference: priority,
          exchange: exchange.toLowerCase().replace(/\.$/, ''),
        })),
      })),
    a: (name) => ask('A', name, async () => withTtl(await resolver.resolve4(name, { ttl: true }))),
    aaaa: (name) => ask('AAAA', name, async () => withTtl(await resolver.resolve6(name, { ttl: true }))),
    txt: (name) =>
      ask('TXT', name, async () => ({
        records: (await resolver.resolveTxt(name)).map((strings) => strings.join('')),
      })),
    cname: (name) => ask('CNAME', name, async () => ({ records: await resolver.resolveCname(name) })),
    ptr: (address) => ask('PTR', address, async () => ({ records: await resolver.reverse(address) })),
  };
}

interface Found<T> {
  readonly records: readonly T[];
  readonly ttlSeconds?: number;
}

function withTtl(records: readonly { readonly address: string; readonly ttl: number }[]): Found<string> {
  return {
    records: records.map((record) => record.address),
    ttlSeconds: Math.min(...records.map((record) => record.ttl)),
  };
}

async function answerOf(query: () => Promise<Found<unknown>>): Promise<DnsAnswer<unknown>> {
  try {
    const { records, ttlSeconds } = await query();
    if (records.length === 0) return { kind: 'not-found', nxdomain: false };
    return { kind: 'found', records, ttlSeconds: ttlSeconds ?? DEFAULT_TTL_SECONDS };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    if (code === 'ENOTFOUND') return { kind: 'not-found', nxdomain: true };
    if (code === 'ENODATA') return { kind: 'not-found', nxdomain: false };
    return { kind: 'failed', reason: FAILURES[code] ?? code };
  }
}

const FAILURES: Readonly<Record<string, string>> = {
  ESERVFAIL: 'the name server failed (SERVFAIL)',
  EREFUSED: 'the name server refused to answer',
  ETIMEOUT: 'no name server answered in time',
  ECONNREFUSED: 'no name server could be reached',
  EFORMERR: 'the name server did not understand (FORMERR)',
  ENOTIMP: 'the name server does not know the question (NOTIMP)',
  EBADRESP: 'the name server answered nonsense',
  EBADNAME: 'the name is malformed',
  ECANCELLED: 'the question was cancelled',
};

function ttlOf(answer: DnsAnswer<unknown>): number {
  if (answer.kind === 'failed') return FAILURE_TTL_SECONDS;
  if (answer.kind === 'not-found') return NEGATIVE_TTL_SECONDS;
  return Math.min(Math.max(answer.ttlSeconds, LEAST_TTL_SECONDS), MOST_TTL_SECONDS);
}

function remember(cache: Map<string, Cached>, key: string, entry: Cached): void {
  cache.delete(key);
  cache.set(key, entry);
  if (cache.size <= MAX_CACHED) return;
  for (const oldest of cache.keys()) {
    cache.delete(oldest);
    break;
  }
}
