/**
 * The relaying MTA: takes claims from the spool, signs, finds the hosts, sends, and writes down what came of it. Builds
 * its parts and ties them together; it holds no thread and no global, so a test or a simulation runs several in one
 * process, on any clock. RFC 5321 §2.3.10, §5.
 *
 * Promises: at every instant everything in hand is claimed in the store, so a sudden end loses nothing and repeats at
 * most what was under way and `maxUnsettledPerDestination` outcomes of each destination. Memory is bounded by limits.ts.
 */
import { withTimeout, TimeoutError, type Clock } from '../platform/clock.ts';
import { Tasks } from '../platform/lifecycle.ts';
import { createNoticeWriter } from '../dsn/write/write-notices.ts';
import { Alarm } from './alarm.ts';
import { AttemptLog, type DeliveryTotals } from './outcome/attempt-log.ts';
import { Conclusions } from './outcome/conclusions.ts';
import { ConnectionBudget } from './site/connection-budget.ts';
import type { DeliveryOptions } from './delivery-options.ts';
import { Dispatcher } from './dispatcher.ts';
import { createFindRoute } from './route/find-route.ts';
import { InHand } from './claims/in-hand.ts';
import { DEFAULT_DELIVERY_LIMITS, type DeliveryLimits } from './limits.ts';
import { createMessageSigner } from './claims/message-signer.ts';
import { clientsReversePath } from './return-path.ts';
import { Routes } from './route/routes.ts';
import { Scheduler } from './claims/scheduler.ts';
import { SettleOutbox } from './claims/settle-outbox.ts';
import type { Site } from './site/site.ts';
import { Sites } from './site/sites.ts';
import { defaultTimeouts } from '../smtp/client/timeouts.ts';
import { StoreHealth } from './claims/store-health.ts';
import { UnknownAddresses } from './outcome/unknown-addresses.ts';
import { Watch } from './watch.ts';

export interface DeliveryStats {
  /** Deliveries claimed and not settled. */
  readonly inHand: number;
  /** Outcomes that are not durable yet. */
  readonly unwritten: number;
  /** Destinations with something in hand, or failing. */
  readonly destinations: number;
  readonly sites: number;
  /** Connections of all sites, those being opened or closed included. */
  readonly connections: number;
  readonly idleConnections: number;
  /** False while the store takes no outcomes. */
  readonly storeOk: boolean;
  readonly totals: Readonly<DeliveryTotals>;
}

export interface DeliveryService {
  /** Something outside changed (a message was released, a block lifted): looks at the store now. */
  wake(): void;
  /** Settings were replaced: what was found out by the old ones is asked anew. */
  settingsChanged(): void;
  /**
   * Starts no further attempt, lets those under way end within `graceMs`, then breaks them off, and writes what is
   * known. What was not settled stays claimed and is free at the next start. May be called once.
   */
  stop(graceMs: number): Promise<void>;
  stats(): DeliveryStats;
}

/** For the last outcomes to be written, after the grace time. */
const FLUSH_MS = 5_000;

export function startDelivery(options: DeliveryOptions): DeliveryService {
  const { spool, clock, random, log, config, directory } = options;
  const limits: DeliveryLimits = { ...DEFAULT_DELIVERY_LIMITS, ...options.limits };
  const tasks = new Tasks(options.onBug);
  const work = new Tasks(options.onBug);
  const abandon = new AbortController();
  const waking = new Set<Site>();
  let stopping = false;

  const alarm = new Alarm(clock, () => {
    outbox.kick();
    const sites = [...waking];
    waking.clear();
    for (const site of sites) site.tick();
    scheduler.ask();
    watch.look();
  });
  const watch = new Watch({
    clock,
    alarm,
    log,
    onLook: () => {
      dispatcher.sweep();
      return sites.look(({ key }) => log.error('a queue stood still: a fault of this relay', { site: key }));
    },
  });
  const health = new StoreHealth({
    clock,
    log,
    onRecovered: () => {
      sites.dispatchAll();
      scheduler.ask();
    },
  });
  const outbox = new SettleOutbox({
    spool,
    health,
    alarm,
    clock,
    tasks,
    log,
    onBlocked: (blocks) => dispatcher.onBlocked(blocks),
  });
  const conclusions = new Conclusions({
    clock,
    random,
    get rules() {
      return options.rules;
    },
    get retryScheduleMs() {
      return config.retryScheduleMs;
    },
    get maxAgeMs() {
      return config.maxAgeMs;
    },
    writeNotices: createNoticeWriter({
      get hostname() {
        return options.hostname;
      },
      get maxAgeMs() {
        return config.maxAgeMs;
      },
      directory,
      clock,
      random,
      log,
    }),
    unknownAddresses: new UnknownAddresses({ clock, log }),
    lastAttempt: (deliveryId) => options.attempts.lastAttempt(deliveryId),
    softBounces: options.softBounces ?? { messages: 0, spanMs: 0, lastsMs: 0 },
  });
  const inHand = new InHand({
    reader: options.content,
    sign:
      options.sign ??
      createMessageSigner({
        directory,
        openKey: options.openKey,
        get unknownDomainsUnsigned() {
          return options.unknownDomainsUnsigned ?? false;
        },
        get hostname() {
          return options.hostname;
        },
        clock,
      }),
    recipientsPerTransaction: limits.recipientsPerTransaction,
    firstWindow: limits.claimDeliveriesPerDestination,
  });
  const attemptLog = new AttemptLog(log);
  const budget = new ConnectionBudget(limits);
  const sites: Sites = new Sites({
    budget,
    clock,
    random,
    tasks,
    work,
    limits,
    port: config.port,
    connect: options.connect,
    timeouts: options.timeouts ?? defaultTimeouts,
    watch,
    reversePathFor: options.reversePathFor ?? clientsReversePath,
    abandon: abandon.signal,
    mayStart: () => !stopping && health.ok,
    isStopping: () => stopping,
    giveUp: (parcel) => dispatcher.giveUp(parcel),
    conclude: (site, parcel, attempt, facts) => dispatcher.conclude(site, parcel, attempt, facts),
    concludeRound: (parcel, failures) => dispatcher.concludeRound(parcel, failures),
    speaksOfHost: (parcel, attempt) => conclusions.speaksOfHost(parcel, attempt),
    onUnreachable: (site, failures) => dispatcher.outages.siteFailed(site, failures),
    onReachable: (site) => dispatcher.outages.siteWorks(site),
    wake: (site, atMs) => {
      waking.add(site);
      alarm.by(atMs);
    },
    onCrowded: (crowded) => {
      for (const site of waking) if (site !== crowded && site.yieldIdle()) return;
    },
  });
  const routes = new Routes({
    find:
      options.findRoute ??
      createFindRoute({
        resolver: options.resolver,
        random,
        get hostname() {
          return options.hostname;
        },
        ownAddresses: options.ownAddresses,
        port: config.port,
        get allowPrivateAddresses() {
          return config.allowPrivateAddresses;
        },
      }),
    clock,
    ...limits,
  });
  const dispatcher: Dispatcher = new Dispatcher({
    clock,
    random,
    log,
    tasks,
    inHand,
    routes,
    sites,
    outbox,
    conclusions,
    attemptLog,
    watch,
    onSettled: (destination) => scheduler.onSettled(destination),
  });
  const scheduler = new Scheduler({
    spool,
    clock,
    alarm,
    health,
    tasks,
    limits,
    inHand,
    admit: (claims) => dispatcher.admit(claims),
    shed: (destination, keepDeliveries) => dispatcher.shed(destination, keepDeliveries),
  });
  for (const { name, failures } of options.failing ?? []) inHand.remember(name, failures);
  scheduler.start();

  return {
    wake: () => scheduler.wake(),
    settingsChanged: () => routes.forgetAll(),

    async stop(graceMs) {
      stopping = true;
      scheduler.stop();
      for (const site of sites.all()) site.quitIdle();
      await within(clock, graceMs, work.idle());
      abandon.abort();
      for (const site of sites.all()) site.destroyAll();
      await within(
        clock,
        FLUSH_MS,
        work
          .idle()
          .then(() => Promise.all([outbox.empty(), tasks.idle()]))
          // Notices that were being written went there last.
          .then(() => outbox.empty()),
      );
      alarm.stop();
    },

    stats: () => ({
      inHand: inHand.size,
      unwritten: outbox.size,
      destinations: inHand.destinations.size,
      sites: sites.size,
      connections: budget.open,
      idleConnections: [...sites.all()].reduce((sum, site) => sum + site.idleConnections, 0),
      storeOk: health.ok,
      totals: { ...attemptLog.totals },
    }),
  };
}

/** Waits for `work`, but no longer than `limitMs`. */
async function within(clock: Clock, limitMs: number, work: Promise<unknown>): Promise<void> {
  try {
    await withTimeout(clock, limitMs, 'the end of deliveries', work);
  } catch (error) {
    if (!(error instanceof TimeoutError)) throw error;
  }
}
