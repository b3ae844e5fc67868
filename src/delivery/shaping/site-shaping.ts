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
import type { RateLimit } from './rate-limit.ts';

/** Mail at a site, whoever sent it. `domain`: any of those that it serves; its connection rules hold for all of them. */
export type SiteMail = Omit<CountedMail, 'account' | 'stream'> & {
  /** What automatic limits know it by. */
  readonly place: LimitedPlace;
};

/** What a limit makes wait. */
export interface Wait {
  /** 0: it may go. */
  readonly ms: number;
  readonly limit: RateLimit | undefined;
}

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

export const MAY_GO: Wait = { ms: 0, limit: undefined };
/** Kept apart for so many senders and domains; then they are looked up anew. */
const MOST_KEPT = 10_000;

export class SiteShaping {
  readonly #source: SiteRulesSource;
  readonly #mail: SiteMail;
  #rules: SiteRules;
  #special = new Map<string, readonly RateLimit[]>();
  /** Connections that count in the groups of `#rules`. */
  #counted = 0;
  #leaving = 0;

  constructor(source: SiteRulesSource, mail: SiteMail) {
    this.#source = source;
    this.#mail = mail;
    this.#rules = source.rulesOf(mail);
  }

  get settings(): ConnectionSettings {
    return this.#rules.settings;
  }

  /** No entry may begin before that, whoever sent it. */
  commonWait(nowMs: number, wanted: number): Wait {
    return longest(this.#rules.common, nowMs, wanted);
  }

  /** Some limits are of senders or domains. */
  get hasSpecial(): boolean {
    return this.#rules.special.length > 0;
  }

  /** Beyond {@link commonWait}: what only some of the entries wait for. */
  specialWait(entry: QueueEntry, nowMs: number, wanted: number): Wait {
    return this.hasSpecial ? longest(this.#specialOf(entry), nowMs, wanted) : MAY_GO;
  }

  /** It may, and does. */
  began(entry: QueueEntry, nowMs: number): void {
    const { common, special } = this.#rules;
    for (const limit of common) limit.take(nowMs);
    if (special.length > 0) for (const limit of this.#specialOf(entry)) limit.take(nowMs);
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
  openWait(nowMs: number, wanted: number): Wait {
    return longest(this.#rules.newConnections, nowMs, wanted);
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
    for (const limit of newConnections) limit.take(nowMs);
  }

  /** The connection that is being opened goes to a further address: another new one. */
  opensAgain(nowMs: number): void {
    for (const limit of this.#rules.newConnections) limit.take(nowMs);
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
    this.#special = new Map();
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

  #specialOf(entry: QueueEntry): readonly RateLimit[] {
    const { destination, facts } = entry;
    const { accountId, stream } = facts;
    const key = `${destination.name}\t${accountId}\t${stream}`;
    let limits = this.#special.get(key);
    if (limits === undefined) {
      if (this.#special.size >= MOST_KEPT) this.#special = new Map();
      const mail = this.#mailOf(entry);
      limits = this.#source.limitsOf(rulesFor(mail, this.#rules.special), mail);
      this.#special.set(key, limits);
    }
    return limits;
  }

  #mailOf({ destination, facts: { accountId, stream } }: QueueEntry): CountedMail {
    const account = this.#source.accountName(accountId);
    return { ...this.#mail, domain: destination.name, account, stream };
  }
}

function longest(limits: readonly RateLimit[], nowMs: number, wanted: number): Wait {
  let wait = MAY_GO;
  for (const limit of limits) {
    const ms = limit.waitMs(nowMs, wanted);
    if (ms > wait.ms) wait = { ms, limit };
  }
  return wait;
}
