/**
 * Counts of events by their common fields (source) and destination: collected in memory, and stored in one row for each
 * transaction until they are folded into the rows by hour and day. JSON, so that a person can read it.
 */
import type { DeliveryTimes } from '../../delivery-times.ts';
import { tagsColumn, tagsOf } from '../json-columns.ts';

/** The fields that an event of a delivery counts for, besides its destination. */
export interface StatisticSource {
  readonly accountKey: number;
  /** The sending domain. */
  readonly domain: string;
  readonly stream: string;
  /** In stored form, see messages.ts. */
  readonly tags: string | null;
  /** Public id. */
  readonly credential: string | undefined;
}

/** `counts` by position in STATISTIC_COUNTS; `times` as in store/delivery-times.ts. */
export interface Tally {
  readonly counts: Map<number, number>;
  readonly times: DeliveryTimes;
}

/** Counts of one source in one hour (since the epoch). */
export interface SourceTally {
  readonly source: StatisticSource;
  readonly hour: number;
  readonly destinations: Map<string, Tally>;
}

/** Non-zero values as alternating key and count. */
type Pairs = readonly number[];
type Stored = readonly [
  hour: number,
  accountKey: number,
  domain: string,
  stream: string,
  credential: string | null,
  tags: string | null,
  /** Alternating destination, counts and times. */
  destinations: readonly (string | Pairs)[],
];

export class StatisticDelta {
  readonly #sources = new Map<string, SourceTally>();

  get isEmpty(): boolean {
    return this.#sources.size === 0;
  }

  sources(): Iterable<SourceTally> {
    return this.#sources.values();
  }

  tally(source: StatisticSource, hour: number, destination: string): Tally {
    const { destinations } = this.#source(source, hour);
    let tally = destinations.get(destination);
    if (tally === undefined) {
      tally = { counts: new Map(), times: new Map() };
      destinations.set(destination, tally);
    }
    return tally;
  }

  /** `undefined`: all counts are 0. */
  encode(): string | undefined {
    const stored: Stored[] = [];
    for (const { source, hour, destinations } of this.#sources.values()) {
      const { accountKey, domain, stream, tags, credential } = source;
      const counted: (string | Pairs)[] = [];
      for (const [destination, { counts, times }] of destinations) {
        const pairs = pairsOf(counts);
        if (pairs.length > 0) counted.push(destination, pairs, pairsOf(times));
      }
      if (counted.length > 0)
        stored.push([hour, accountKey, domain, stream, credential ?? null, tags, counted]);
    }
    return stored.length === 0 ? undefined : JSON.stringify(stored);
  }

  /** Adds an encoding of {@link encode}. */
  addEncoded(data: string): void {
    const all = JSON.parse(data) as Stored[];
    for (const [hour, accountKey, domain, stream, credential, tags, counted] of all) {
      const source = { accountKey, domain, stream, tags, credential: credential ?? undefined };
      for (let at = 0; at < counted.length; at += 3) {
        const [destination, counts, times] = counted.slice(at, at + 3) as [string, Pairs, Pairs];
        const tally = this.tally(source, hour, destination);
        addPairs(tally.counts, counts);
        addPairs(tally.times, times);
      }
    }
  }

  #source(source: StatisticSource, hour: number): SourceTally {
    const { accountKey, domain, stream, tags, credential } = source;
    const key = `${hour} ${accountKey} ${stream} ${domain} ${credential ?? ''} ${tags ?? ''}`;
    let found = this.#sources.get(key);
    if (found === undefined) {
      found = { source, hour, destinations: new Map() };
      this.#sources.set(key, found);
    }
    return found;
  }
}

/** An encoding without the counts of an account; `undefined`: there are no others. */
export function withoutAccount(data: string, accountKey: number): string | undefined {
  const all = JSON.parse(data) as Stored[];
  const rest = all.filter(([, key]) => key !== accountKey);
  if (rest.length === all.length) return data;
  return rest.length === 0 ? undefined : JSON.stringify(rest);
}

/** An encoding with `renamed` of each tag of an account in the tag's place. The same text where none changes. */
export function withTags(data: string, accountKey: number, renamed: (tag: string) => string): string {
  const all = JSON.parse(data) as Stored[];
  const stored = all.map((one): Stored => {
    const [hour, key, domain, stream, credential, tags, destinations] = one;
    if (key !== accountKey || tags === null) return one;
    const other = tagsColumn(tagsOf(tags).map(renamed));
    return other === tags ? one : [hour, key, domain, stream, credential, other, destinations];
  });
  return stored.some((one, index) => one !== all[index]) ? JSON.stringify(stored) : data;
}

export function addTo(counts: Map<number, number>, key: number, change: number): void {
  counts.set(key, (counts.get(key) ?? 0) + change);
}

export function addAll(to: Map<number, number>, from: ReadonlyMap<number, number>): void {
  for (const [key, count] of from) addTo(to, key, count);
}

function addPairs(to: Map<number, number>, pairs: Pairs): void {
  for (let at = 0; at < pairs.length; at += 2) addTo(to, pairs[at] ?? 0, pairs[at + 1] ?? 0);
}

function pairsOf(counts: ReadonlyMap<number, number>): number[] {
  const pairs: number[] = [];
  for (const [key, count] of counts) if (count !== 0) pairs.push(key, count);
  return pairs;
}
