/**
 * Limits that the relay sets itself: what this node met, and what others have written. The reply rules say which replies
 * count, policy/shaping/next-limit.ts what follows, and the store keeps it for all nodes, with an event for each change. A
 * limit that could not be written holds here all the same, and is written later.
 *
 * Promises: asking costs a comparison while there is no limit. Hosts of nobody known, whose number is their owners' to choose,
 * cannot fill the table: beyond {@link MOST_HOSTS} of them, and {@link MOST_OF_SITE} of a site, what a further one says is one message's.
 */
import type { Clock } from '../../platform/clock.ts';
import type { OwnedPromises } from '../../platform/lifecycle.ts';
import type { Log } from '../../platform/log.ts';
import type { AutomaticLimit } from '../../policy/shaping/automatic-limit.ts';
import { isOfConnection, matchReply } from '../../policy/shaping/match-reply.ts';
import { isAutomatic, wordsOfAutomatic } from '../../policy/shaping/limit-words.ts';
import { isChangeDue, limitAt, nextLimit, type LimitingReply } from '../../policy/shaping/next-limit.ts';
import type { ReplyRule } from '../../policy/shaping/shaping-rules.ts';
import { formatReply } from '../../smtp/reply.ts';
import type { ShapingReader, ShapingWriter } from '../../store/shaping.ts';
import { shortened } from '../attempt/attempt.ts';
import type { AutomaticLimits, Eased, LimitedPlace, Refusal } from './automatic-limits.ts';

export interface LimitsInForceOptions {
  readonly reader: Pick<ShapingReader, 'destinationLimits'>;
  readonly writer: Pick<ShapingWriter, 'limitDestination' | 'raiseLimits'>;
  /** Read at each use: a reload may change them. */
  readonly replies: () => readonly ReplyRule[];
  /** That send to the same hosts, this one included. */
  readonly nodes: () => number;
  readonly clock: Pick<Clock, 'now'>;
  readonly background: OwnedPromises;
  readonly log: Log;
}

export const MOST_HOSTS = 500;
/** Hosts of one site: it is limited then. */
export const MOST_OF_SITE = 4;

export class LimitsInForce implements AutomaticLimits {
  readonly #options: LimitsInForceOptions;
  #limits = new Map<string, AutomaticLimit>();
  /** Met here, and not in the store yet. */
  readonly #unwritten = new Map<string, LimitingReply>();
  readonly #listeners: Parameters<AutomaticLimits['onChange']>[0][] = [];
  readonly #suspendedListeners: Parameters<AutomaticLimits['onSuspended']>[0][] = [];

  constructor(options: LimitsInForceOptions) {
    this.#options = options;
  }

  /** Some are in force, or were a moment ago. */
  get any(): boolean {
    return this.#limits.size > 0;
  }

  of({ hosts, provider, source }: LimitedPlace, nowMs: number): AutomaticLimit | undefined {
    if (this.#limits.size === 0) return undefined;
    let limit = provider === undefined ? undefined : this.#at(keyOf(provider, source), nowMs);
    for (const { mx } of hosts) limit = stricter(limit, this.#at(keyOf(hostSubject(mx), source), nowMs));
    return limit;
  }

  refused(place: LimitedPlace, refusal: Refusal): void {
    const { record, destination, inUse } = refusal;
    if (record.localClass !== undefined || record.replyCode === undefined) return;
    const { replyCode: code, status, text, stage } = record;
    const { hosts, source } = place;
    // It speaks for itself, whatever hosts are named before it. A smart host has another name than its place.
    const host = hosts.find((one) => one.mx === record.host) ?? hosts[0];
    if (host === undefined) return;
    const { mx, provider } = host;
    const said = {
      ...{ mx, provider, code, status, stage, text },
      get class() {
        return refusal.class;
      },
    };
    const matched = matchReply(said, this.#options.replies());
    if (matched === undefined) return;
    const ofProvider = matched.scope === 'provider' && provider !== undefined && provider === place.provider;
    const subject = ofProvider ? provider : hostSubject(mx);
    const key = keyOf(subject, source);
    if (isHost(subject) && !this.#limits.has(key) && !this.#hasRoomFor(place)) return;
    const { connections, perMinute } = inUse(ofProvider ? 'provider' : 'site');
    const nodes = this.#options.nodes();
    const { id: rule, action, forMs } = matched;
    this.#limit(key, {
      ...{ subject, source, action, forMs, rule, destination },
      reply: shortened(formatReply({ code, status, text })),
      startedAtMs: record.atMs,
      ofConnection: isOfConnection(stage),
      nowMs: this.#options.clock.now(),
      connections: connections * nodes,
      perMinute: perMinute * nodes,
    });
  }

  isInForce(words: string, nowMs: number): boolean {
    for (const key of this.#limits.keys()) {
      const limit = this.#at(key, nowMs);
      if (limit !== undefined && wordsOfAutomatic(limit) === words) return true;
    }
    return false;
  }

  onChange(listener: Parameters<AutomaticLimits['onChange']>[0]): void {
    this.#listeners.push(listener);
  }

  onSuspended(listener: Parameters<AutomaticLimits['onSuspended']>[0]): void {
    this.#suspendedListeners.push(listener);
  }

  /** Reads what others have written, writes what could not be, and steps that are due. Never rejects. */
  async refresh(): Promise<void> {
    const { reader, writer, clock, log } = this.#options;
    for (const [key, said] of this.#unwritten) await this.#write(key, said);
    try {
      const nowMs = clock.now();
      if (this.#isDue(nowMs)) await writer.raiseLimits(nowMs);
      const limits = new Map<string, AutomaticLimit>();
      for (const limit of await reader.destinationLimits())
        limits.set(keyOf(limit.subject, limit.source), limit);
      // Not written yet: nobody has lifted it.
      for (const key of this.#unwritten.keys()) {
        const own = this.#limits.get(key);
        if (own !== undefined) limits.set(key, own);
      }
      const before = this.#limits;
      this.#limits = limits;
      if (before.size > 0) this.#tell(easedBy(before, limits), before);
      this.#tellSuspended(before, [...limits.keys()]);
    } catch (error) {
      log.debug('limits of destinations not read', { reason: String(error) });
    }
  }

  /** Its steps are taken here before they are written. */
  #at(key: string, nowMs: number): AutomaticLimit | undefined {
    const limit = this.#limits.get(key);
    return limit === undefined || !isChangeDue(limit, nowMs) ? limit : limitAt(limit, nowMs);
  }

  /** One message asks many hosts where its domain names many. */
  #hasRoomFor({ hosts, source }: LimitedPlace): boolean {
    const limited = hosts.filter(({ mx }) => this.#limits.has(keyOf(hostSubject(mx), source)));
    return limited.length < MOST_OF_SITE && this.#hosts < MOST_HOSTS;
  }

  get #hosts(): number {
    let count = 0;
    for (const { subject } of this.#limits.values()) if (isHost(subject)) count++;
    return count;
  }

  #isDue(nowMs: number): boolean {
    for (const limit of this.#limits.values()) if (isChangeDue(limit, nowMs)) return true;
    return false;
  }

  #limit(key: string, said: LimitingReply): void {
    const before = this.#limits.get(key);
    const after = nextLimit(before, said);
    if (after === before || (before !== undefined && after.changedAtMs <= before.changedAtMs)) return;
    const known = new Map(before === undefined ? [] : [[key, before]]);
    this.#limits.set(key, after);
    const { subject, source, action, rule, reply, untilMs, perMinute, connections } = after;
    this.#options.log.warn('destination limited', {
      ...{ subject, source, action, rule, reply, until: new Date(untilMs).toISOString() },
      ...(action === 'slow' && { per_minute: perMinute, connections }),
    });
    this.#unwritten.set(key, said);
    this.#options.background.run(this.#write(key, said));
    // Before what waits there is put off.
    this.#tellSuspended(known, [key]);
  }

  async #write(key: string, said: LimitingReply): Promise<void> {
    try {
      const limit = await this.#options.writer.limitDestination(said);
      // Another reply may have come meanwhile, and is written after this one.
      if (this.#unwritten.get(key) !== said) return;
      this.#unwritten.delete(key);
      this.#limits.set(key, limit);
    } catch (error) {
      this.#options.log.debug('limit of a destination not written', {
        subject: said.subject,
        reason: String(error),
      });
    }
  }

  #tellSuspended(before: ReadonlyMap<string, AutomaticLimit>, keys: readonly string[]): void {
    if (this.#suspendedListeners.length === 0) return;
    const isSuspended = (limit: AutomaticLimit | undefined) => limit?.action === 'suspend';
    const suspended = new Set(
      keys.filter((key) => isSuspended(this.#limits.get(key)) && !isSuspended(before.get(key))),
    );
    if (suspended.size === 0) return;
    for (const listener of this.#suspendedListeners) listener((place) => isOf(place, suspended));
  }

  #tell(eased: ReadonlySet<string>, before: ReadonlyMap<string, AutomaticLimit>): void {
    if (eased.size === 0) return;
    const subjects = new Set([...eased].flatMap((key) => before.get(key)?.subject ?? []));
    const told: Eased = {
      place: (place) => isOf(place, eased),
      words: (words) => [...subjects].some((subject) => isAutomatic(words, subject)),
    };
    for (const listener of this.#listeners) listener(told);
  }
}

/** One of the keys is a limit of the place. */
function isOf({ hosts, provider, source }: LimitedPlace, keys: ReadonlySet<string>): boolean {
  return (
    hosts.some(({ mx }) => keys.has(keyOf(hostSubject(mx), source))) ||
    (provider !== undefined && keys.has(keyOf(provider, source)))
  );
}

/** A host of one label must not pass for a provider. */
function hostSubject(mx: string): string {
  return mx.includes('.') || mx.includes(':') ? mx : `${mx}.`;
}

/** Providers' names have no dot. */
function isHost(subject: string): boolean {
  return subject.includes('.');
}

/** What `destination resume` lifts: the limits of the hosts and of their provider. */
export function subjectsOf(hosts: readonly string[], provider: string | undefined): readonly string[] {
  return [...hosts.map(hostSubject), ...(provider === undefined ? [] : [provider])];
}

function keyOf(subject: string, source: string | undefined): string {
  return `${subject}\t${source ?? ''}`;
}

function stricter(
  one: AutomaticLimit | undefined,
  other: AutomaticLimit | undefined,
): AutomaticLimit | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  if (one.action !== other.action) return one.action === 'suspend' ? one : other;
  if (one.action === 'suspend') return one.untilMs >= other.untilMs ? one : other;
  return (one.perMinute ?? Infinity) <= (other.perMinute ?? Infinity) ? one : other;
}

/** Those that are gone, or let more through. */
function easedBy(
  before: ReadonlyMap<string, AutomaticLimit>,
  after: ReadonlyMap<string, AutomaticLimit>,
): ReadonlySet<string> {
  const eased = new Set<string>();
  for (const [key, old] of before) {
    const limit = after.get(key);
    const isEased =
      limit === undefined ||
      limit.step < old.step ||
      (limit.action === 'slow' && old.action === 'suspend') ||
      limit.untilMs < old.untilMs;
    if (isEased) eased.add(key);
  }
  return eased;
}
