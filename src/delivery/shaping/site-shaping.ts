/**
 * The rules of shaping as one site has them: which limits an entry has to pass, how many connections there may be and when
 * the next may be opened, and the settings of its connections. Rules that name domains or senders are looked up by these;
 * all else is found once, and again when rules or counters change.
 */
import { scheduleOf, type Schedule } from '../../policy/shaping/schedule.ts';
import type { ShapingRule } from '../../policy/shaping/shaping-rules.ts';
import { firstValue, rulesFor } from '../../policy/shaping/match-rules.ts';
import type { QueueEntry } from '../destination/queue-entry.ts';
import type { LimitedPlace } from './automatic-limits.ts';
import type { ConnectionGroup, ConnectionHolder } from './connection-group.ts';
import type { CountedMail } from './counters.ts';
import type { Waiter, WaitingSite } from './line.ts';
import type { RateLimit } from './rate-limit.ts';
import { roomInMs, turnOf, MAY_GO, type Wait } from './turn.ts';

/** Mail at a site, whoever sent it. `domain`: any of those that it serves; its connection rules hold for all of them. */
export type SiteMail = Omit<CountedMail, 'account' | 'stream'> & {
  /** What automatic limits know it by. */
  readonly place: LimitedPlace;
};

/** What rules say of one site. */
export interface SiteRules {
  /** Equal while nothing has changed. */
  readonly version: number;
  /** Of messages, without those of a sender or a domain. */
  readonly common: readonly RateLimit[];
  /** The other ones. */
  readonly special: readonly ShapingRule[];
  /** Those that say how many recipients a transaction may have. */
  readonly recipients: readonly ShapingRule[];
  /** Those that say when it is tried again, and how long. */
  readonly schedules: readonly ShapingRule[];
  readonly groups: readonly ConnectionGroup[];
  readonly newConnections: readonly RateLimit[];
  readonly settings: ConnectionSettings;
}

export interface ConnectionSettings {
  readonly maxConnections: number;
  readonly messagesPerConnection: number;
  readonly idleMs: number;
}

/** Who makes them. */
export interface SiteRulesSource {
  readonly version: number;
  rulesOf(mail: SiteMail): SiteRules;
  /** Limits that `rules` set for mail of one sender to one domain. */
  limitsOf(rules: readonly ShapingRule[], mail: CountedMail): readonly RateLimit[];
  accountName(accountId: string): string;
}

/** Kept apart for so many senders and domains; then they are looked up anew. */
const MOST_KEPT = 10_000;

export class SiteShaping {
  readonly #source: SiteRulesSource;
  readonly #mail: SiteMail;
  readonly #site: WaitingSite;
  #rules: SiteRules;
  /** All limits of mail of one sender to one domain, where some are special. */
  #limits = new Map<string, readonly RateLimit[]>();
  /** Connections that count in the groups of `#rules`. */
  #counted = 0;
  #leaving = 0;

  constructor(source: SiteRulesSource, mail: SiteMail, site: WaitingSite) {
    this.#source = source;
    this.#mail = mail;
    this.#site = site;
    this.#rules = source.rulesOf(mail);
  }

  get settings(): ConnectionSettings {
    return this.#rules.settings;
  }

  /** No entry may begin before that, whoever sent it. */
  roomInMs(nowMs: number, wanted: number): number {
    return roomInMs(this.#rules.common, nowMs, wanted);
  }

  /** Some limits are of senders or domains. */
  get hasSpecial(): boolean {
    return this.#rules.special.length > 0;
  }

  /** Entries have to ask, each for its turn. */
  get isLimited(): boolean {
    return this.hasSpecial || this.#rules.common.some(({ isOff }) => !isOff);
  }

  /** When it is the entry's turn by all its limits. From now on it has its place among those that wait. */
  turnOf(entry: QueueEntry, nowMs: number, wanted: number): Wait {
    return turnOf(this.#limitsOf(entry), waiterOf(entry, this.#site), nowMs, wanted);
  }

  /** It goes back to the store until then, for `wait`, or until it is called there, and keeps its place. */
  putOff(entry: QueueEntry, untilMs: number, { limit: ofWait }: Wait, call?: () => void): void {
    for (const limit of this.#limitsOf(entry))
      if (!limit.isOff) limit.line.putOff(idOf(entry), untilMs, limit === ofWait ? call : undefined);
  }

  /** It may, and does. */
  began(entry: QueueEntry, nowMs: number): void {
    for (const limit of this.#limitsOf(entry)) {
      limit.take(nowMs);
      if (!limit.isOff) limit.line.took({ id: idOf(entry), bulk: entry.bulk });
    }
  }

  /** When it is tried again, and how long; `usual`: as configured. */
  scheduleOf(entry: QueueEntry, usual: Schedule): Schedule {
    const { schedules } = this.#rules;
    return schedules.length === 0 ? usual : scheduleOf(rulesFor(this.#mailOf(entry), schedules), usual);
  }

  /** Forward-paths of one transaction. */
  recipientsOf(entry: QueueEntry): number {
    const { recipients } = this.#rules;
    if (recipients.length === 0) return Infinity;
    return firstValue(rulesFor(this.#mailOf(entry), recipients), 'recipientsPerTransaction') ?? Infinity;
  }

  /** Until another connection may be opened, as far as new ones are counted. */
  openWait(nowMs: number): Wait {
    const { newConnections } = this.#rules;
    return newConnections.length === 0 ? MAY_GO : turnOf(newConnections, this.#asWaiter, nowMs, 1);
  }

  /** What wants a connection goes back to the store until then. */
  putOffOpening(untilMs: number): void {
    for (const { line } of this.#rules.newConnections) line.putOff(this.#asWaiter.id, untilMs);
  }

  /** A group that has no room for another one. */
  fullGroup(): ConnectionGroup | undefined {
    return this.#rules.groups.find((group) => group.full);
  }

  shouldYield(holder: ConnectionHolder, messages: number): boolean {
    const { groups } = this.#rules;
    return groups.length > 0 && groups.some((group) => group.shouldYield(holder, messages));
  }

  /** Another site waits: no connection is to be kept without work. */
  get wanted(): boolean {
    return this.#rules.groups.some((group) => group.wanted);
  }

  opens(holder: ConnectionHolder, nowMs: number): void {
    const { groups, newConnections } = this.#rules;
    this.#counted++;
    for (const group of groups) group.take(holder);
    if (newConnections.length > 0) this.opensAgain(nowMs);
  }

  /** The connection that is being opened goes to a further address: another new one. */
  opensAgain(nowMs: number): void {
    for (const limit of this.#rules.newConnections) {
      limit.take(nowMs);
      limit.line.took(this.#asWaiter);
    }
  }

  leaves(): void {
    this.#leaving++;
    for (const group of this.#rules.groups) group.leaves();
  }

  closed(holder: ConnectionHolder, left: boolean): void {
    this.#counted--;
    if (left) this.#leaving--;
    for (const group of this.#rules.groups) group.closed(holder, left);
  }

  forget(holder: ConnectionHolder): void {
    for (const group of this.#rules.groups) group.forget(holder);
  }

  /** To be called by the holder before it asks anything: rules may have changed, and its connections count elsewhere then. */
  refresh(holder: ConnectionHolder): void {
    const before = this.#rules;
    if (before.version === this.#source.version) return;
    this.#rules = this.#source.rulesOf(this.#mail);
    this.#limits = new Map();
    const { groups } = this.#rules;
    for (const group of groups.filter((one) => !before.groups.includes(one))) {
      for (let count = 0; count < this.#counted; count++) group.take(holder);
      for (let count = 0; count < this.#leaving; count++) group.leaves();
    }
    for (const group of before.groups.filter((one) => !groups.includes(one))) {
      group.forget(holder);
      for (let count = 0; count < this.#counted; count++) group.closed(holder, count < this.#leaving);
    }
  }

  /** For a connection: sites take turns. */
  get #asWaiter(): Waiter {
    const { site, source = '' } = this.#mail;
    const id = `${site}\t${source}`;
    return { id, flow: id, bulk: false, site: this.#site };
  }

  #limitsOf(entry: QueueEntry): readonly RateLimit[] {
    const { common, special } = this.#rules;
    if (special.length === 0) return common;
    const { destination, facts } = entry;
    const { accountId, stream } = facts;
    const key = `${destination.name}\t${accountId}\t${stream}`;
    let limits = this.#limits.get(key);
    if (limits === undefined) {
      if (this.#limits.size >= MOST_KEPT) this.#limits = new Map();
      const mail = this.#mailOf(entry);
      limits = [...common, ...this.#source.limitsOf(rulesFor(mail, special), mail)];
      this.#limits.set(key, limits);
    }
    return limits;
  }

  #mailOf({ destination, facts: { accountId, stream } }: QueueEntry): CountedMail {
    const account = this.#source.accountName(accountId);
    return { ...this.#mail, domain: destination.name, account, stream };
  }
}

/** Of entries the first delivery tells them apart. */
function idOf({ deliveries }: QueueEntry): number {
  return deliveries[0]?.deliveryId ?? 0;
}

function waiterOf(entry: QueueEntry, site: WaitingSite): Waiter {
  const { destination, facts, bulk } = entry;
  return { id: idOf(entry), flow: `${destination.name}\t${facts.accountId}`, bulk, site };
}
