/**
 * One MX site: the hosts that serve one or many recipient domains. Composes the owners of its state: the hosts
 * (site-hosts.ts), the queue (backlog.ts), the connections (connection-pool.ts), the active sessions (site-sessions.ts),
 * its back-off. It owns itself which destinations are blocked since it became unreachable.
 */
import type { AttemptRecord } from '../../store/delivery-records.ts';
import type { ActiveDestination, ServingSite } from '../destination/active-destination.ts';
import { Backoff } from '../destination/backoff.ts';
import type { QueueEntry } from '../destination/queue-entry.ts';
import type { ReplyRule } from '../../policy/shaping/shaping-rules.ts';
import type { SiteHost } from '../route/candidates.ts';
import type { Egress } from '../route/egress.ts';
import type { InUse, LimitedPlace } from '../shaping/automatic-limits.ts';
import { holdBack } from '../shaping/hold-back.ts';
import { ASKING } from '../shaping/rate-limit.ts';
import type { SiteMail, SiteShaping } from '../shaping/site-shaping.ts';
import { Backlog } from './backlog.ts';
import { ConnectionPool } from './connection-pool.ts';
import type { KnownHosts } from './host-memory.ts';
import { SiteHosts } from './site-hosts.ts';
import type { SiteOptions } from './site-options.ts';
import { SiteSessions, type SessionOwner } from './site-sessions.ts';
import { StartsPerMinute } from './starts-per-minute.ts';

/** The keeper of all sites. */
export interface SiteKeeper {
  /** A session went idle, or the site waits for its pace until `atMs` (monotonic). */
  wake(site: Site, atMs: number): void;
  /** Nothing waits and no connection is left. */
  quiet(site: Site): void;
  /** The budget has no connection left for the site. */
  crowded(site: Site): void;
  /** What all sites of a provider use from a source. */
  inUseOf(place: Pick<LimitedPlace, 'provider' | 'source'>): InUse;
}

/** Who deals with sites that are out of reach. */
export interface SiteOutages {
  /** No host takes a connection: the site's queue is to be emptied. */
  siteFailed(site: Site, failures: readonly AttemptRecord[]): void;
  /** A host answered a transaction after failures. */
  siteWorks(site: Site): void;
}

export interface SiteFacts {
  /** Hosts in the order of preference, as text: equal for domains that are served alike. */
  readonly key: string;
  readonly hosts: readonly SiteHost[];
  /** What other sites have found out, too. */
  readonly known: KnownHosts;
  readonly egress: Egress;
  /** As rules of shaping see it. */
  readonly mail: SiteMail;
  /** Its connections need TLS with a certificate that verifies. RFC 8689. */
  readonly requireTls: boolean;
}

export class Site implements ServingSite, SessionOwner {
  readonly key: string;
  readonly requireTls: boolean;
  readonly hosts: SiteHosts;
  readonly backoff = new Backoff();
  readonly backlog: Backlog;
  readonly place: LimitedPlace;
  readonly starts = new StartsPerMinute();
  readonly shape: SiteShaping;
  /** Destinations that are blocked since the site is. */
  readonly #blocked = new Set<ActiveDestination>();
  /** It waits for a limit until then, and is looked at: its turn may come before, and the room is not lost. */
  #looksAtMs = Infinity;
  readonly #pool: ConnectionPool;
  readonly #sessions: SiteSessions;
  readonly #options: SiteOptions;
  #egress: Egress;
  readonly #keeper: SiteKeeper;
  readonly #outages: SiteOutages;

  constructor(facts: SiteFacts, options: SiteOptions, keeper: SiteKeeper, outages: SiteOutages) {
    this.key = facts.key;
    this.hosts = new SiteHosts(facts.hosts, facts.known);
    this.requireTls = facts.requireTls;
    this.#egress = facts.egress;
    this.place = facts.mail.place;
    this.#options = options;
    this.#keeper = keeper;
    this.#outages = outages;
    this.shape = options.shaping.ofSite(facts.mail, this);
    this.#pool = new ConnectionPool(this, this.shape, options);
    this.backlog = new Backlog(options, this.shape, (atMs) => this.wake(atMs));
    this.#sessions = new SiteSessions(this, this.#pool, options);
  }

  /** How its connections leave; of two routes that share the site, either. */
  get egress(): Egress {
    return this.#egress;
  }

  /** From the address that the system chooses. */
  get leavesPlainly(): boolean {
    return this.#egress.smartHost === undefined && this.#egress.source === undefined;
  }

  /** There is no other way to its hosts, and its failure is theirs. */
  get isDirect(): boolean {
    return this.leavesPlainly && !this.requireTls;
  }

  /** A look-up found these hosts; settings may have changed too, which holds for connections from now on. */
  replace(hosts: readonly SiteHost[], egress: Egress): void {
    // Those of a smart host are looked up when a connection is opened.
    if (egress.smartHost === undefined) this.hosts.replace(hosts);
    this.#egress = egress;
  }

  inUse(scope: ReplyRule['scope']): InUse {
    if (scope === 'provider') return this.#keeper.inUseOf(this.place);
    const perMinute = this.starts.count(this.#options.clock.monotonic());
    return { connections: this.#pool.size, perMinute };
  }

  get openConnections(): number {
    return this.#pool.size;
  }
  get idleConnections(): number {
    return this.#pool.idle;
  }
  get failing(): boolean {
    return this.backoff.failures > 0;
  }
  /** Entries that no session has taken yet. */
  get waiting(): number {
    return this.backlog.size;
  }

  /** Gives waiting entries to idle sessions, and opens more where that is not enough. Cheap when there is nothing to do. */
  dispatch(): void {
    if (this.waiting === 0) return;
    this.refresh();
    this.#sessions.dispatch();
    if (this.waiting > 0) holdBack(this, this.#options);
  }

  /** Rules may have changed: its connections count by them, also where nothing waits. */
  refresh(): void {
    if (this.waiting > 0 || this.#pool.size > 0) this.shape.refresh(this);
  }

  shed(destination: ActiveDestination, keepDeliveries: number): void {
    this.backlog.shed(destination, keepDeliveries);
  }

  /** Those of the queue go back to the store. What asks one host after the other is under way, and ends by itself. */
  letGo(isMeant: (entry: QueueEntry) => boolean): void {
    const held: QueueEntry[] = [];
    this.backlog.takeOut((entry) => isMeant(entry) && held.push(entry) > 0);
    for (const entry of held) this.#options.settler.release(entry);
    this.rest();
  }

  /** `destination` is blocked since the site is. */
  blocks(destination: ActiveDestination): void {
    this.#blocked.add(destination);
  }
  forget(destination: ActiveDestination): void {
    this.#blocked.delete(destination);
  }

  /** A host took a connection. Returns the destinations that were blocked since the site was. */
  recovered(): readonly ActiveDestination[] {
    this.backoff.clear();
    const blocked = [...this.#blocked];
    this.#blocked.clear();
    return blocked;
  }

  /** Closes sessions that were idle long enough, and continues when the pace allows. */
  tick(): void {
    this.#looksAtMs = Infinity;
    const { clock } = this.#options;
    const { idleMs } = this.shape.settings;
    const idleSinceMs = this.#pool.quitIdle(clock.monotonic() - idleMs);
    if (idleSinceMs !== undefined) this.wake(idleSinceMs + idleMs);
    this.dispatch();
    this.rest();
  }

  /**
   * Looks at what waits: settles what has expired in the queue, and starts what should have been started already.
   * `stoodStill`: there was such. `waiting`: something is left to look at later.
   */
  look(): { readonly stoodStill: boolean; readonly waiting: boolean } {
    this.backlog.sweep();
    const nothingUnderWay = () => this.#pool.size === this.#pool.idle;
    const isExpected = this.#options.clock.monotonic() <= this.#looksAtMs && this.#looksAtMs < Infinity;
    const stood = !isExpected && nothingUnderWay() && this.backlog.couldStart;
    if (stood) this.dispatch();
    // Still so: it waits for a connection that others have.
    return { stoodStill: stood && !nothingUnderWay(), waiting: this.waiting > 0 };
  }

  /** Closes the oldest idle session to free a slot for another site. False when there is none. */
  yieldIdle(): boolean {
    if (this.#pool.idle === 0) return false;
    this.#pool.quitOldestIdle();
    return true;
  }
  quitIdle(): void {
    this.#pool.quitIdle(Infinity);
  }
  destroyAll(): void {
    this.#pool.destroyAll();
  }

  wake(atMs: number): void {
    this.#keeper.wake(this, atMs);
  }
  callIn(waitMs: number): void {
    if (waitMs === ASKING) this.#options.shaping.waits(this);
    const atMs = this.#options.clock.monotonic() + waitMs;
    this.#looksAtMs = Math.min(this.#looksAtMs, atMs);
    this.wake(atMs);
  }
  crowded(): void {
    this.#keeper.crowded(this);
  }
  rest(): void {
    if (this.waiting === 0 && this.#pool.size === 0) this.#keeper.quiet(this);
  }
  unreachable(failures: readonly AttemptRecord[]): void {
    this.#outages.siteFailed(this, failures);
  }
  works(): void {
    if (this.backoff.failures > 0) this.#outages.siteWorks(this);
  }
}
