/**
 * The rules of shaping in force, and what is counted for them. A site asks through its `SiteShaping`; who waits for the store
 * is called when it has answered.
 */
import {
  NO_SHAPING,
  type ShapingLimits,
  type ShapingRule,
  type ShapingRules,
} from '../../policy/shaping/shaping-rules.ts';
import { isOfRule, wordsOfRule } from '../../policy/shaping/limit-words.ts';
import { isOfConnections } from '../../policy/shaping/merge-rules.ts';
import { bucketOf, firstValue, matchesMail, rulesFor } from '../../policy/shaping/match-rules.ts';
import { RATE_WINDOWS_MS, type RateWindow } from '../../policy/shaping/shaping-rules.ts';
import type { Alarm } from '../alarm.ts';
import { scheduleOf, type Schedule } from '../../policy/shaping/schedule.ts';
import type { QueueEntry } from '../destination/queue-entry.ts';
import type { DeliveryLimits } from '../limits.ts';
import type { AccountNames } from '../route/account-names.ts';
import { isMixed, NO_AUTOMATIC_LIMITS } from './automatic-limits.ts';
import type { ConnectionHolder } from './connection-group.ts';
import { Counters, isOfSender, type CountedMail, type CountersOptions } from './counters.ts';
import type { WaitingSite } from './line.ts';
import type { RateLimit } from './rate-limit.ts';
import type { StoredWaits } from './stored-waits.ts';
import { SiteShaping, type SiteMail, type SiteRules, type SiteRulesSource } from './site-shaping.ts';

export interface ShapingOptions extends Omit<CountersOptions, 'onAnswer'> {
  /** Read at each use; another object when they have changed. */
  readonly rules: () => ShapingRules;
  readonly names: AccountNames;
  readonly alarm: Pick<Alarm, 'by'>;
  /** Told when rules were changed or taken out. */
  readonly storedWaits: Pick<StoredWaits, 'lookAgain'>;
  readonly limits: DeliveryLimits;
}

const FLUSH_EVERY_MS = 2_000;
const WINDOWS = Object.keys(RATE_WINDOWS_MS) as RateWindow[];
const NO_LIMITS: readonly RateLimit[] = [];

export class Shaping implements SiteRulesSource {
  readonly #options: ShapingOptions;
  readonly #counters: Counters;
  /** Those that wait for an answer of the store. */
  readonly #waiting = new Set<ConnectionHolder>();
  #rules: readonly ShapingRule[] = NO_SHAPING.rules;
  #read: ShapingRules = NO_SHAPING;
  #version = 0;
  /** Connection rules that tell domains of one site apart. */
  #ofDomains: readonly ShapingRule[] = [];
  #namesAccounts = false;
  #someSayWhen = false;
  #countersVersion = 0;
  #flushAtMs = Infinity;

  constructor(options: ShapingOptions) {
    this.#options = options;
    this.#counters = new Counters({ ...options, onAnswer: () => this.#call() });
  }

  get version(): number {
    this.refresh();
    if (this.#counters.version !== this.#countersVersion) {
      this.#countersVersion = this.#counters.version;
      this.#version++;
    }
    return this.#version;
  }

  /** Takes over what a reload has changed. */
  refresh(): void {
    const read = this.#options.rules();
    if (read !== this.#read) this.#take(read);
  }

  ofSite(mail: SiteMail, site: WaitingSite): SiteShaping {
    return new SiteShaping(this, mail, site);
  }

  /** Domains that the same hosts serve may have other connection rules. */
  get tellsDomainsApart(): boolean {
    return this.version > 0 && this.#ofDomains.length > 0;
  }

  /** What tells the site of `domain` from others of the same hosts and source; most often nothing. */
  siteSuffix(mail: Omit<SiteMail, 'place'>): string {
    const own = rulesFor({ ...mail, account: '', stream: '' }, this.#ofDomains);
    return own.map((rule) => ` (${bucketOf(rule, { ...mail, account: '', stream: '' })})`).join('');
  }

  /** It is the limit, in words, of a rule as it is now. */
  isInForce(words: string): boolean {
    return this.version > 0 && this.#rules.some((rule) => wordsOfRule(rule).includes(words));
  }

  /** Some rule asks for the names of accounts. */
  get namesAccounts(): boolean {
    return this.version > 0 && this.#namesAccounts;
  }

  accountName(accountId: string): string {
    return this.#options.names.of(accountId) ?? accountId;
  }

  rulesOf(mail: SiteMail): SiteRules {
    const { version } = this;
    const { limits, automatic } = this.#options;
    const own = this.#rules.filter(({ match }) => isOfSite(match, mail));
    const counted = own.filter(({ limits: { messagesPer } }) => messagesPer !== undefined);
    const ofAll = { ...mail, account: '', stream: '' };
    const ofConnections = rulesFor(ofAll, own.filter(isOfConnections));
    const paces = automatic === NO_AUTOMATIC_LIMITS ? [] : this.#pacesOf(mail);
    // Hosts of somebody else must not use up the connections of a provider.
    const ofHosts = isMixed(mail.place) ? { ...ofAll, provider: undefined } : ofAll;
    const common = this.limitsOf(
      counted.filter((rule) => !isSpecial(rule)),
      ofAll,
    );
    const groups = ofConnections.flatMap((rule) => {
      const { connections = Infinity } = rule.limits;
      return connections === Infinity ? [] : [this.#counters.connections(rule, connections, ofHosts)];
    });
    return {
      version,
      common: [...paces.map(({ pace }) => pace), ...common],
      special: counted.filter(isSpecial),
      recipients: own.filter(
        ({ limits: { recipientsPerTransaction } }) => recipientsPerTransaction !== undefined,
      ),
      schedules: own.filter(saysWhen),
      groups: [...paces.map(({ group }) => group), ...groups],
      newConnections: ofConnections.flatMap((rule) => {
        const { connectionsPerMinute = Infinity } = rule.limits;
        if (connectionsPerMinute === Infinity) return [];
        return [this.#counters.newConnections(rule, connectionsPerMinute, ofAll)];
      }),
      settings: {
        maxConnections: leastConnections(ofConnections) ?? limits.maxConnectionsPerSite,
        messagesPerConnection:
          firstValue(ofConnections, 'messagesPerConnection') ?? limits.messagesPerConnection,
        idleMs: firstValue(ofConnections, 'idleMs') ?? limits.idleConnectionMs,
      },
    };
  }

  /** A limit is of a site alone, or of all sites of a provider. */
  #pacesOf({ place, site }: SiteMail) {
    const { provider } = place;
    const ofSite = this.#counters.pace({ ...place, provider: undefined });
    if (provider === undefined) return [ofSite];
    return [ofSite, this.#counters.pace({ ...place, hosts: [] }, isMixed(place) ? site : '')];
  }

  /** Of mail whose hosts are not known: by rules of domain, account and stream. */
  scheduleOf({ destination, facts: { accountId, stream } }: QueueEntry, usual: Schedule): Schedule {
    if (this.version < 0 || !this.#someSayWhen) return usual;
    const account = this.accountName(accountId);
    const mail = {
      domain: destination.name,
      mx: undefined,
      provider: undefined,
      account,
      stream,
      source: undefined,
    };
    return scheduleOf(rulesFor(mail, this.#rules.filter(saysWhen)), usual);
  }

  limitsOf(rules: readonly ShapingRule[], mail: CountedMail): readonly RateLimit[] {
    if (rules.length === 0) return NO_LIMITS;
    return rules.flatMap((rule) =>
      WINDOWS.flatMap((window) => {
        const limit = rule.limits.messagesPer?.[window] ?? Infinity;
        return limit === Infinity ? [] : [this.#counters.window(rule, window, limit, mail)];
      }),
    );
  }

  /** It waits for an answer of the store, and is called then. */
  waits(holder: ConnectionHolder): void {
    this.#waiting.add(holder);
  }

  onAlarm(): void {
    const { clock, background } = this.#options;
    const nowMs = clock.monotonic();
    if (nowMs >= this.#flushAtMs) {
      this.#flushAtMs = Infinity;
      background.run(this.#counters.flush());
    }
    this.#flushLater(nowMs);
  }

  /** What is in hand and not used is void soon, and would count as used. */
  #flushLater(nowMs: number): void {
    if (!this.#counters.hasTokens) return;
    this.#flushAtMs = Math.min(this.#flushAtMs, nowMs + FLUSH_EVERY_MS);
    this.#options.alarm.by(this.#flushAtMs);
  }

  /** Gives back what was not used: the service ends. */
  async stop(): Promise<void> {
    await this.#counters.flush(true);
  }

  #call(): void {
    this.#flushLater(this.#options.clock.monotonic());
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const holder of waiting) holder.dispatch();
  }

  #take(read: ShapingRules): void {
    const before = this.#rules;
    this.#read = read;
    this.#rules = read.rules;
    const changed = changedRules(before, read.rules);
    this.#version++;
    this.#ofDomains = this.#rules.filter(
      (rule) => isOfConnections(rule) && (rule.match.domains.length > 0 || rule.per.includes('domain')),
    );
    this.#someSayWhen = this.#rules.some(saysWhen);
    this.#namesAccounts = this.#rules.some(({ match }) => match.accounts.length > 0);
    if (changed.length > 0)
      this.#options.storedWaits.lookAgain((words) => changed.some((name) => isOfRule(words, name)));
  }
}

/** Names of those that are gone or say something else. */
function changedRules(before: readonly ShapingRule[], now: readonly ShapingRule[]): readonly string[] {
  const texts = new Map(now.map((rule) => [rule.name, JSON.stringify(rule)] as const));
  return before.filter((rule) => texts.get(rule.name) !== JSON.stringify(rule)).map(({ name }) => name);
}

/** When mail is tried again, or how long. */
function saysWhen({ limits: { retryScheduleMs, maxAgeMs } }: ShapingRule): boolean {
  return retryScheduleMs !== undefined || maxAgeMs !== undefined;
}

/** As far as hosts and source decide. */
function isOfSite({ mx, providers, sources }: ShapingRule['match'], mail: SiteMail): boolean {
  const match = { mx, providers, sources, domains: [], accounts: [], streams: [] };
  return matchesMail(match, { ...mail, account: '', stream: '' });
}

/** It counts, or is about, some of the mail of a site. */
function isSpecial(rule: ShapingRule): boolean {
  return isOfSender(rule) || rule.match.domains.length > 0 || rule.per.includes('domain');
}

function leastConnections(rules: readonly ShapingRule[]): number | undefined {
  const figures = rules.flatMap(({ limits }: { limits: ShapingLimits }) => limits.connections ?? []);
  return figures.length === 0 ? undefined : Math.min(...figures);
}
