/**
 * The way out of an entry: the site of its route and of a source that may send there, or the fallback's where the first leads
 * nowhere. It keeps no state: a site in back-off and a source that is taken out are found so by whoever owns them, and when
 * they work again mail goes there again. While a fallback stands in, one entry at a time tries the first way.
 */
import { assert } from '../platform/assert.ts';
import type { Clock } from '../platform/clock.ts';
import { DEFAULT_POOL } from '../policy/egress/source.ts';
import type { FallbackCause, RouteRule } from '../policy/egress/route-rules.ts';
import { DESTINATION_BACKOFF_FIRST_MS } from '../policy/retry.ts';
import type { AttemptRecord } from '../store/delivery-records.ts';
import { recordWithoutHost } from './attempt/attempt.ts';
import type { QueueEntry } from './destination/queue-entry.ts';
import type { AttemptOutcomes } from './outcome/attempt-outcomes.ts';
import { bestHost } from '../dns/best-host.ts';
import { DIRECT, type Egress, type SourceChoice, type SourceChooser } from './route/egress.ts';
import type { AutomaticLimits } from './shaping/automatic-limits.ts';
import type { PortWatch } from './route/port-watch.ts';
import type { RouteTable } from './route/route-table.ts';
import type { Route, RouteHosts } from './route/routes.ts';
import type { Site } from './site/site.ts';
import type { Sites } from './site/sites.ts';
import type { StreamTermsOfMail } from './stream-terms.ts';

export interface WaysOutOptions {
  readonly clock: Clock;
  readonly table: RouteTable;
  readonly sources: SourceChooser;
  readonly sites: Pick<Sites, 'of'>;
  readonly port: PortWatch;
  readonly outcomes: Pick<AttemptOutcomes, 'refusedConnection'>;
  readonly automatic: Pick<AutomaticLimits, 'of'>;
  readonly streams: Pick<StreamTermsOfMail, 'poolOf'>;
}

export type WayOut =
  | Open
  | NoWay
  /** Its MX hosts must be known. */
  | { readonly kind: 'look-up' }
  /** DNS says that there is none. */
  | { readonly kind: 'no-route'; readonly route: Extract<Route, { kind: 'none' }> }
  | { readonly kind: 'ask-again'; readonly when: Promise<void> };

interface Open {
  readonly kind: 'site';
  readonly site: Site;
  readonly egress: Egress;
}

/** Nothing leads anywhere before `untilMs`. */
interface NoWay {
  readonly kind: 'none';
  readonly untilMs: number;
  readonly failure: AttemptRecord;
  /** The site that is in back-off; `undefined`: no source may send. */
  readonly site: Site | undefined;
  readonly causes: readonly FallbackCause[];
  /** What is to end so that it may go earlier, in words. */
  readonly waitsFor?: string | undefined;
  /** The way that leads nowhere, as events and traces name it. */
  readonly egress: Egress;
  /** It may be tried all the same, if nothing else is left. */
  readonly open?: Open | undefined;
}

/** A smart host's site has no MX hosts: it looks its addresses up itself. */
const OF_SMART_HOST: RouteHosts = { kind: 'hosts', site: '', hosts: [], ttlMs: 0 };

export class WaysOut {
  readonly #options: WaysOutOptions;

  constructor(options: WaysOutOptions) {
    this.#options = options;
  }

  /** Without routes and sources there is one way, and nothing is asked. */
  get #plain(): boolean {
    return this.#options.table.isEmpty && this.#options.sources.isEmpty;
  }

  /** Of an entry that follows `rule`, to a domain whose route is `mx`, where it is known. The tokens of a source are taken. */
  find(entry: QueueEntry, rule: RouteRule | undefined, mx: Route | undefined): WayOut {
    if (this.#plain && mx?.kind === 'hosts') return this.#site(entry, mx, DIRECT, []);
    const first = this.#try(entry, rule, mx, rule?.fallbackOn ?? []);
    if (first.kind !== 'none') return first;
    const fallback = this.#options.table.fallbackOf(rule);
    const causes = first.causes.filter((cause) => rule?.fallbackOn.includes(cause));
    if (fallback === undefined || causes.length === 0) return first.open ?? first;
    const second = this.#try(entry, fallback === 'direct' ? undefined : fallback, mx, []);
    // The first may well know a domain that DNS does not: it is no bounce because that one is down.
    if (second.kind === 'no-route') return first.open ?? first;
    if (second.kind !== 'none') {
      if (first.open !== undefined) this.leave(entry, first.open.egress);
      return second;
    }
    return first.open ?? { ...first, untilMs: Math.min(first.untilMs, second.untilMs) };
  }

  /** `entry` does not take `egress`, or no longer: nothing was handed over. */
  leave(entry: QueueEntry, { source, provider, tokens }: Egress): void {
    if (source === undefined || provider === undefined) return;
    const recipients = Math.min(entry.deliveries.length, tokens?.recipients ?? Infinity);
    this.#options.sources.ended(source, provider, { recipients, handedOver: 0, day: tokens?.day });
  }

  #try(
    entry: QueueEntry,
    rule: RouteRule | undefined,
    mx: Route | undefined,
    fallbackOn: readonly FallbackCause[],
  ): WayOut {
    const smartHost = rule?.smartHost;
    if (smartHost === undefined) {
      if (mx === undefined || mx.kind === 'unknown') return { kind: 'look-up' };
      if (mx.kind === 'none') return { kind: 'no-route', route: mx };
    }
    const hosts = smartHost === undefined && mx?.kind === 'hosts' ? mx : OF_SMART_HOST;
    const route = rule?.name ?? DIRECT.route;
    const refused = entry.refused.filter((way) => way.route === route);
    const whole = refused.find(({ source }) => source === undefined);
    const egress: Egress = { ...DIRECT, route, smartHost, dkim: rule?.dkim ?? true, fallbackOn };
    if (whole !== undefined) return this.#refused(whole.cause, egress);
    const except = refused.flatMap(({ source }) => source ?? []);
    const provider = this.#providerOf(egress, hosts);
    let down: NoWay | undefined;
    let resting: Open | undefined;
    for (;;) {
      const choice = this.#choose(entry, rule, provider, except);
      // It waits for its limit to end, as it does where there is one source.
      if (choice.kind === 'wait') return resting ?? down ?? this.#waits(choice, egress);
      if (choice.kind === 'ask-again') {
        if (resting !== undefined) this.leave(entry, resting.egress);
        return choice;
      }
      const { source } = choice;
      assert(
        source === undefined || !except.includes(source.name),
        'a source that is left out is not chosen',
      );
      const found = { ...egress, source, provider: source && provider, tokens: choice.tokens };
      const way = this.#site(entry, hosts, found, fallbackOn);
      const rests = way.kind === 'site' && source !== undefined && this.#rests(way.site);
      if (!rests && (way.kind === 'site' || way.open !== undefined || source === undefined)) {
        if (resting !== undefined) this.leave(entry, resting.egress);
        return way;
      }
      // Another source may get through.
      except.push(source.name);
      if (rests && resting === undefined) {
        resting = way;
        continue;
      }
      this.leave(entry, found);
      if (way.kind === 'site') continue;
      if (down === undefined || way.untilMs < down.untilMs) down = way;
    }
  }

  /** Its source is left alone there, since a remote asked for it. */
  #rests({ place }: Site): boolean {
    return this.#options.automatic.of(place, this.#options.clock.now())?.action === 'suspend';
  }

  #choose(entry: QueueEntry, rule: RouteRule | undefined, provider: string, except: readonly string[]) {
    const { facts, deliveries } = entry;
    return this.#options.sources.choose({
      pool: rule?.pool ?? this.#options.streams.poolOf(facts) ?? DEFAULT_POOL,
      provider,
      messageId: facts.id,
      keepSource: rule?.keepSource ?? false,
      recipients: deliveries.length,
      except: [...except],
    });
  }

  #site(
    entry: QueueEntry,
    hosts: RouteHosts,
    egress: Egress,
    fallbackOn: readonly FallbackCause[],
  ): Open | NoWay {
    const { clock, sites, port } = this.#options;
    const site = sites.of(hosts, egress, entry.facts.requireTls, entry.destination.name);
    const open: Open = { kind: 'site', site, egress };
    const { backoff } = site;
    const direct = egress.smartHost === undefined && egress.source?.hop === undefined;
    const ofPort: readonly FallbackCause[] = direct && port.closed ? ['port-closed'] : [];
    const { untilMs } = backoff;
    if (backoff.isBlocked(clock.now())) {
      const failure = backoff.lastFailure ?? this.#record('the host could not be reached', undefined);
      const refusal = this.#options.outcomes.refusedConnection(failure);
      const causes: FallbackCause[] = ['unreachable', ...ofPort, ...(refusal ? [refusal.cause] : [])];
      return { kind: 'none', untilMs, failure, site, causes, egress: withoutSource(egress) };
    }
    if (fallbackOn.length === 0) return open;
    // One that failed a moment ago is tried by one entry, while the fallback takes the others.
    const probed = backoff.failures > 0 && site.waiting + site.openConnections > 0;
    const causes: FallbackCause[] = probed ? ['unreachable', ...ofPort] : [];
    if (!probed && fallbackOn.includes('port-closed') && direct && port.sendsElsewhere())
      causes.push(...ofPort);
    if (causes.length === 0) return open;
    const failure = backoff.lastFailure ?? this.#record('no host anywhere takes a connection', undefined);
    return { kind: 'none', untilMs, failure, site, causes, egress: withoutSource(egress), open };
  }

  #refused(cause: FallbackCause, egress: Egress): NoWay {
    const failure = this.#record('refused a moment ago', undefined);
    const untilMs = this.#options.clock.now() + DESTINATION_BACKOFF_FIRST_MS;
    return { kind: 'none', untilMs, failure, site: undefined, causes: [cause], egress };
  }

  /** What is over a ceiling waits: a fallback is for mail that is refused. */
  #waits(
    { untilMs, limited, text, waitsFor }: Extract<SourceChoice, { kind: 'wait' }>,
    egress: Egress,
  ): NoWay {
    const failure = this.#record(text, 'local-limit');
    const causes: readonly FallbackCause[] = limited ? ['blocked'] : [];
    return { kind: 'none', untilMs, failure, site: undefined, causes, egress, waitsFor };
  }

  #record(text: string, localClass: AttemptRecord['localClass']): AttemptRecord {
    const atMs = this.#options.clock.now();
    return recordWithoutHost({ atMs, durationMs: 0, stage: 'policy', status: undefined, text, localClass });
  }

  /** Whom a source's mail is counted with. */
  #providerOf({ route, smartHost }: Egress, hosts: RouteHosts): string {
    if (smartHost !== undefined) return `relay:${route}`;
    return this.#options.table.providerOf(hosts) ?? bestHost(hosts.hosts) ?? hosts.site;
  }
}

/** Nothing was taken of it. */
function withoutSource(egress: Egress): Egress {
  return { ...egress, source: undefined, provider: undefined, tokens: undefined };
}
