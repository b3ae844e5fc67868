/**
 * What is counted for the limits of shaping, shared by all sites that count together: windows of messages and of new
 * connections, and connections at once. One object a count, found by what it counts. What is idle is forgotten when there is
 * too much of it; whoever keeps one looks it up again whenever `version` has changed.
 */
import type { Clock } from '../../platform/clock.ts';
import type { OwnedPromises } from '../../platform/lifecycle.ts';
import type { Log } from '../../platform/log.ts';
import { wordsOfConnections, wordsOfMessages } from '../../policy/shaping/limit-words.ts';
import { bucketOf } from '../../policy/shaping/match-rules.ts';
import {
  RATE_WINDOWS_MS,
  type RateWindow,
  type ShapedMail,
  type ShapingRule,
} from '../../policy/shaping/shaping-rules.ts';
import type { WindowWriter } from '../../store/shaping.ts';
import type { AutomaticLimits, LimitedPlace } from './automatic-limits.ts';
import { AutomaticPace } from './automatic-pace.ts';
import { ConnectionGroup } from './connection-group.ts';
import { LeasedWindow } from './leased-window.ts';
import type { RateLimit } from './rate-limit.ts';
import { SecondWindow } from './second-window.ts';

export interface CountersOptions {
  readonly writer: WindowWriter;
  readonly automatic: AutomaticLimits;
  readonly clock: Clock;
  readonly background: OwnedPromises;
  readonly log: Log;
  readonly nodes: () => number;
  /** What waits for a limit may go. */
  readonly onAnswer: () => void;
}

/** Mail as it is counted. */
export type CountedMail = ShapedMail & { readonly site: string };

const MOST_KEPT = 20_000;

export class Counters {
  readonly #options: CountersOptions;
  readonly #seconds = new Map<string, SecondWindow>();
  readonly #leased = new Map<string, LeasedWindow>();
  readonly #groups = new Map<string, ConnectionGroup>();
  readonly #paces = new Map<string, AutomaticPace>();
  /** Since when there was too much; what was found before is to be looked up again. */
  #version = 0;

  constructor(options: CountersOptions) {
    this.#options = options;
  }

  get version(): number {
    return this.#version;
  }

  /** Of messages. */
  window(rule: ShapingRule, window: RateWindow, limit: number, mail: CountedMail): RateLimit {
    const of = bucketOf(rule, mail);
    const about = {
      words: wordsOfMessages(rule, limit, window),
      ofSender: isOfSender(rule),
    };
    if (window !== 'second') return this.#leasedWindow(`${of}\t${window}`, window, limit, about);
    const before = this.#seconds.get(of);
    if (before?.limit === limit && before.ofSender === about.ofSender) return before;
    const changed = new SecondWindow(about, limit, this.#options.nodes, before);
    this.#seconds.set(of, changed);
    return changed;
  }

  /** Of new connections. */
  newConnections(rule: ShapingRule, limit: number, mail: CountedMail): RateLimit {
    return this.#leasedWindow(`${bucketOf(rule, mail)}\tconnections`, 'minute', limit, {
      words: wordsOfConnections(rule, limit),
      ofSender: false,
    });
  }

  /** Each node has its part of a limit, and at least one. */
  connections(rule: ShapingRule, limit: number, mail: CountedMail): ConnectionGroup {
    const part = () => Math.max(1, Math.floor(limit / this.#options.nodes()));
    const group = found(this.#groups, bucketOf(rule, mail), () => new ConnectionGroup(part));
    group.limitBy(part);
    return group;
  }

  /** What automatic limits leave of a place, and of its connections; of these a site that is `apart` has its own count. */
  pace(place: LimitedPlace, apart = ''): { readonly pace: AutomaticPace; readonly group: ConnectionGroup } {
    const { automatic, clock, nodes } = this.#options;
    const hosts = place.hosts.map(({ mx }) => mx).join(' ');
    const key = `${hosts}\t${place.provider ?? ''}\t${place.source ?? ''}`;
    const pace = found(this.#paces, key, () => new AutomaticPace(place, { limits: automatic, clock, nodes }));
    const make = () =>
      new ConnectionGroup(
        () => pace.connections,
        () => pace.changesInMs,
      );
    return { pace, group: found(this.#groups, `\t${key}\t${apart}`, make) };
  }

  /** Gives back what lies idle; at the end (`all`) everything. Never rejects. */
  async flush(all = false): Promise<void> {
    const unused = [...this.#leased.values()].flatMap((one) => one.takeUnused(all) ?? []);
    this.#forgetIdle();
    if (unused.length === 0) return;
    try {
      await this.#options.writer.returnTokens(unused);
    } catch (error) {
      // It may have been written: once more would be too much.
      this.#options.log.debug('tokens of limits not given back', { reason: String(error) });
    }
  }

  /** Some tokens are in hand. */
  get hasTokens(): boolean {
    for (const window of this.#leased.values()) if (window.hasTokens) return true;
    return false;
  }

  #leasedWindow(
    bucket: string,
    window: Exclude<RateWindow, 'second'>,
    limit: number,
    about: Pick<RateLimit, 'words' | 'ofSender'>,
  ): RateLimit {
    const windowMs = RATE_WINDOWS_MS[window];
    const make = () => new LeasedWindow({ ...about, bucket, windowMs, limit }, this.#options);
    return found(this.#leased, `${bucket}\t${String(limit)}\t${String(about.ofSender)}`, make);
  }

  #forgetIdle(): void {
    if (this.#seconds.size + this.#leased.size + this.#groups.size + this.#paces.size <= MOST_KEPT) return;
    const nowMs = this.#options.clock.monotonic();
    for (const [key, one] of this.#seconds) if (one.isIdle(nowMs)) this.#seconds.delete(key);
    for (const [key, one] of this.#leased) if (one.isIdle) this.#leased.delete(key);
    for (const [key, one] of this.#groups) if (one.isIdle) this.#groups.delete(key);
    for (const [key, one] of this.#paces) if (one.isIdle(nowMs)) this.#paces.delete(key);
    this.#version++;
  }
}

/** Other mail to the same destination may go while this waits. */
export function isOfSender({ match, per }: ShapingRule): boolean {
  return (
    match.accounts.length > 0 || match.streams.length > 0 || per.includes('account') || per.includes('stream')
  );
}

function found<T>(map: Map<string, T>, key: string, make: () => T): T {
  let one = map.get(key);
  if (one === undefined) map.set(key, (one = make()));
  return one;
}
