/**
 * The real resolver: c-ares through node:dns, with the configured servers or the system's, and a cache
 * (answer-cache.ts). NXDOMAIN and an empty answer are `not-found`; SERVFAIL, REFUSED, a time-out and any other
 * failure are `failed`, never an exception. DNS only: no hosts file, no search domains.
 */
import { Resolver as CaresResolver } from 'node:dns/promises';
import { formatHostPort } from '../platform/network/host-port.ts';
import type { Clock } from '../platform/clock.ts';
import { AnswerCache } from './answer-cache.ts';
import type { ZoneServers } from './authoritative.ts';
import type { DnsAnswer, Resolver } from './resolver.ts';
import { reverseName } from './reverse-name.ts';

export interface SystemResolverOptions {
  /** Addresses of resolvers; empty: the system's. Read at each query, so the list may be replaced. */
  readonly servers: readonly { readonly host: string; readonly port: number }[];
  readonly clock: Clock;
  /** Milliseconds for the first try; later ones wait up to twice as long. Default 2,500. */
  readonly timeoutMs?: number;
  /** Tries of each server. Default 3. */
  readonly tries?: number;
  /** Cached answers. Default 20,000, about 10 MB. */
  readonly maxAnswers?: number;
}

export interface SystemResolver extends Resolver, ZoneServers {
  /** Fails the queries in flight; none may follow. */
  close(): void;
}

/** Seconds, for record types whose TTL node:dns does not show. */
const UNKNOWN_TTL_SECONDS = 300;
/** Milliseconds between two reads of the system's server list after failures. */
const REREAD_MS = 30_000;

export function createSystemResolver(options: SystemResolverOptions): SystemResolver {
  const questions = new Questions(options);
  return {
    mx: (name) =>
      questions.ask('MX', name, async (resolver, asked) =>
        withoutTtl(
          (await resolver.resolveMx(asked)).map(({ priority, exchange }) => ({
            preference: priority,
            exchange: hostName(exchange),
          })),
        ),
      ),
    a: (name) =>
      questions.ask('A', name, async (resolver, asked) =>
        withTtl(await resolver.resolve4(asked, { ttl: true })),
      ),
    aaaa: (name) =>
      questions.ask('AAAA', name, async (resolver, asked) =>
        withTtl(await resolver.resolve6(asked, { ttl: true })),
      ),
    txt: (name) =>
      questions.ask('TXT', name, async (resolver, asked) =>
        withoutTtl((await resolver.resolveTxt(asked)).map((strings) => strings.join(''))),
      ),
    cname: (name) =>
      questions.ask('CNAME', name, async (resolver, asked) =>
        withoutTtl((await resolver.resolveCname(asked)).map(hostName)),
      ),
    ns: (name) =>
      questions.ask('NS', name, async (resolver, asked) =>
        withoutTtl((await resolver.resolveNs(asked)).map(hostName)),
      ),
    ptr: (address) =>
      questions.ask('PTR', reverseName(address) ?? address, async (resolver, asked) =>
        withoutTtl((await resolver.resolvePtr(asked)).map(hostName)),
      ),
    close: () => questions.cancel(),
  };
}

interface Found<T> {
  readonly records: readonly T[];
  readonly ttlSeconds: number;
}

/** Queries to the present servers, with their cache. */
class Questions {
  readonly #options: SystemResolverOptions;
  #servers: SystemResolverOptions['servers'];
  #cache: AnswerCache;
  #cares: CaresResolver;
  #openedAtMs: number;
  /** Answers to any query: a resolver that answers others is not at fault when one name gets no answer. */
  #answers = 0;

  constructor(options: SystemResolverOptions) {
    this.#options = options;
    this.#servers = options.servers;
    this.#cache = this.#emptyCache();
    this.#cares = this.#open();
    this.#openedAtMs = options.clock.monotonic();
  }

  ask<T>(
    type: string,
    name: string,
    query: (resolver: CaresResolver, name: string) => Promise<Found<T>>,
  ): Promise<DnsAnswer<T>> {
    if (this.#options.servers !== this.#servers) this.#useNewServers();
    const asked = name.toLowerCase().replace(/\.$/, '');
    return this.#cache.get(`${type} ${asked}`, async (): Promise<DnsAnswer<T>> => {
      const answersBefore = this.#answers;
      try {
        const { records, ttlSeconds } = await query(this.#cares, asked);
        this.#answers++;
        return records.length === 0
          ? { kind: 'not-found', nxdomain: false }
          : { kind: 'found', records, ttlSeconds };
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code ?? '';
        if (isAnswer(code)) this.#answers++;
        const answer = answerOf(error, code, `${type} look-up of ${asked}`);
        if (answer.kind !== 'failed') return answer;
        this.#reopen();
        return isOurs(code, this.#answers > answersBefore) ? { ...answer, ours: true } : answer;
      }
    });
  }

  cancel(): void {
    this.#cares.cancel();
  }

  #open(): CaresResolver {
    const { timeoutMs = 2_500, tries = 3 } = this.#options;
    const opened = new CaresResolver({ timeout: timeoutMs, tries, maxTimeout: 2 * timeoutMs });
    if (this.#servers.length > 0) opened.setServers(this.#servers.map(formatHostPort));
    return opened;
  }

  #emptyCache(): AnswerCache {
    return new AnswerCache(this.#options.clock, this.#options.maxAnswers ?? 20_000);
  }

  #useNewServers(): void {
    this.#servers = this.#options.servers;
    this.#cache = this.#emptyCache();
    this.#openedAtMs = this.#options.clock.monotonic();
    this.#cares = this.#open();
  }

  /** c-ares reads the system's servers once; after a change of network it would ask the old ones forever. */
  #reopen(): void {
    const nowMs = this.#options.clock.monotonic();
    if (this.#servers.length > 0 || nowMs - this.#openedAtMs < REREAD_MS) return;
    this.#openedAtMs = nowMs;
    this.#cares = this.#open();
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ESERVFAIL: 'the server failed (SERVFAIL)',
  EREFUSED: 'the server refused to answer (REFUSED)',
  ETIMEOUT: 'no answer in time',
  ECONNREFUSED: 'no DNS server can be reached',
  ECANCELLED: 'the look-up was cancelled',
};

/** True when the resolver has answered. */
function isAnswer(code: string): boolean {
  return ['ENOTFOUND', 'ENODATA', 'ESERVFAIL', 'EREFUSED', 'EFORMERR', 'ENOTIMP'].includes(code);
}

/**
 * SERVFAIL means that the name's servers failed, and so does silence while other queries are answered. A resolver
 * that is unreachable, silent or refuses us is our problem.
 */
function isOurs(code: string, othersAnswered: boolean): boolean {
  if (code === 'ETIMEOUT') return !othersAnswered;
  return code === 'ECONNREFUSED' || code === 'EREFUSED' || code === 'ECANCELLED';
}

function answerOf(error: unknown, code: string, question: string): DnsAnswer<never> {
  // EBADNAME: not a valid name (a label too long, two dots in a row), so nothing can exist under it.
  if (code === 'ENOTFOUND' || code === 'EBADNAME') return { kind: 'not-found', nxdomain: true };
  if (code === 'ENODATA') return { kind: 'not-found', nxdomain: false };
  return { kind: 'failed', reason: `${question}: ${REASONS[code] ?? (code || String(error))}` };
}

function withTtl(records: readonly { readonly address: string; readonly ttl: number }[]) {
  return {
    records: records.map(({ address }) => address),
    ttlSeconds: Math.min(...records.map(({ ttl }) => ttl)),
  };
}

function withoutTtl<T>(records: readonly T[]) {
  return { records, ttlSeconds: UNKNOWN_TTL_SECONDS };
}

/** Lower case, no trailing dot. */
function hostName(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}
