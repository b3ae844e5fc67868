/**
 * The parts of the delivery service, and their composition. Mail moves in a circle: claims come in at the scheduler,
 * entries go through router, site and settler to the outbox, and settled ones make room for new claims. Each part receives
 * those further along; the listeners that lead back to the beginning, and the wake-ups by time or the store, are connected
 * once, at the end of `deliveryParts`.
 */
import { OwnedPromises } from '../platform/lifecycle.ts';
import { createDsnWriter, type WriteDsns } from '../dsn/write/write-dsns.ts';
import { suspendedIn } from '../policy/shaping/limit-words.ts';
import { NO_SHAPING } from '../policy/shaping/shaping-rules.ts';
import { defaultTimeouts } from '../smtp/client/timeouts.ts';
import { Alarm } from './alarm.ts';
import { ClaimedMail } from './claims/claimed-mail.ts';
import { NO_RECIPIENT_FIELDS } from './content/recipient-fields.ts';
import { createMessageSigner, type SignMessage } from './content/message-signer.ts';
import { OverdueMail } from './claims/overdue-mail.ts';
import { Scheduler } from './claims/scheduler.ts';
import { SettleOutbox } from './claims/settle-outbox.ts';
import { StoreHealth } from './claims/store-health.ts';
import type { DeliveryOptions } from './delivery-options.ts';
import { DEFAULT_DELIVERY_LIMITS, type DeliveryLimits } from './limits.ts';
import { AttemptLog } from './outcome/attempt-log.ts';
import { DeliveryTrace } from './outcome/delivery-trace.ts';
import { AttemptOutcomes } from './outcome/attempt-outcomes.ts';
import { AttemptSettler } from './outcome/attempt-settler.ts';
import { Outages } from './outcome/outages.ts';
import { Settler } from './outcome/settler.ts';
import { UnknownAddresses } from './outcome/unknown-addresses.ts';
import { clientsReversePath } from './return-path.ts';
import { AccountNames } from './route/account-names.ts';
import { systemSource } from './route/egress.ts';
import { createFindRoute } from './route/find-route.ts';
import { byPlace, createFindSmartHost, keptSmartHosts } from './route/find-smart-host.ts';
import { PortWatch } from './route/port-watch.ts';
import { NO_ROUTES, RouteTable } from './route/route-table.ts';
import type { Schedule } from '../policy/shaping/schedule.ts';
import type { QueueEntry } from './destination/queue-entry.ts';
import { Router } from './router.ts';
import { Routes, type FindRoute } from './route/routes.ts';
import { NO_AUTOMATIC_LIMITS, type AutomaticLimits } from './shaping/automatic-limits.ts';
import { NOTHING_SUSPENDED, type OperatorsSuspensions } from './shaping/suspended.ts';
import { NO_WINDOWS } from './shaping/leased-window.ts';
import { LongWaits } from './shaping/long-waits.ts';
import { StoredWaits } from './shaping/stored-waits.ts';
import { Shaping, type ShapingOptions } from './shaping/shaping.ts';
import { Shutdown } from './shutdown.ts';
import { ConnectionBudget } from './site/connection-budget.ts';
import { Sites } from './site/sites.ts';
import { NO_STREAM_TERMS, type StreamTermsOfMail } from './stream-terms.ts';
import { Watch } from './watch.ts';
import { WaysOut } from './ways-out.ts';

export type DeliveryParts = ReturnType<typeof deliveryParts>;

export function deliveryParts(options: DeliveryOptions) {
  const { spool, clock, random, log, tracer, waits: store, overdueEveryMs: everyMs } = options;
  const limits: DeliveryLimits = { ...DEFAULT_DELIVERY_LIMITS, ...options.limits };
  const background = new OwnedPromises(options.onBug);
  const work = new OwnedPromises(options.onBug);
  const shutdown = new Shutdown();
  const alarm = new Alarm(clock);
  const health = new StoreHealth({ clock, log, alarm, lease: options.lease });
  const watch = new Watch({ clock, alarm, log });
  const attemptLog = new AttemptLog(log, tracer && new DeliveryTrace(tracer, clock));
  const sources = options.sources ?? systemSource;
  const budget = new ConnectionBudget(limits);
  const routes = new Routes({ find: findRouteOf(options), clock, ...limits });
  const egress = options.egress ?? NO_ROUTES;
  const names = new AccountNames(() => egress.accounts());
  const storedWaits = new StoredWaits({ store, clock, alarm, background, log });
  const shaping = shapingOf(options, { limits, background, names, alarm, storedWaits });
  const streams = options.streams ?? NO_STREAM_TERMS;
  const scheduleOf = schedulesOf(options.config, streams, shaping);
  const outcomes = outcomesOf(options, scheduleOf);
  const claimed = claimedMailOf(options, limits);
  const outbox = new SettleOutbox({ spool, health, alarm, clock, background, log, claimed });
  const settler = new Settler({
    ...{ clock, scheduleOf, outcomes, outbox, attemptLog, claimed, background, shutdown, sources },
    writeDsns: dsnWriterOf(options),
    lastAttempt: (deliveryId) => options.attempts.lastAttempt(deliveryId),
  });
  const table = new RouteTable(egress, { names, needsNames: () => shaping.namesAccounts });
  const common = { outcomes, settler, sources, speaksFor: table.speaksFor };
  const automatic = options.automaticLimits ?? NO_AUTOMATIC_LIMITS;
  const outages = new Outages({ ...common, clock, random, log, outbox, routes, claimed, automatic });
  const suspended = options.suspended ?? NOTHING_SUSPENDED;
  const longWaits = new LongWaits({ clock, alarm, outbox, settler });
  const port = new PortWatch(clock);
  const smartHosts = new Routes({ find: findSmartHostOf(options), clock, ...limits });
  const attempts = new AttemptSettler({ ...common, attemptLog, outages });
  const sites = new Sites({
    ...{ clock, random, log, background, work, limits, budget, alarm, watch },
    ...{ health, shutdown, settler, outages, attempts, shaping, longWaits, automatic },
    ...networkOf(options),
    providerOf: (hosts) => egress.providerOf(hosts),
    findSmartHost: keptSmartHosts(smartHosts),
    connect: port.watching(options.connect),
  });
  const router = new Router({
    ...{ clock, background, claimed, table, routes, settler, outages, outcomes, watch },
    ...{ suspended, sites },
    ways: new WaysOut({ clock, table, sources, sites, port, outcomes, automatic, streams }),
  });
  const claiming = { spool, clock, alarm, background, router };
  const scheduler = new Scheduler({ ...claiming, health, limits, claimed, waited: longWaits });
  settler.tells(scheduler);
  for (const asking of [outages, attempts, longWaits]) asking.asks(router);
  easeAndLetGo({ suspended, automatic, longWaits, storedWaits, sites, router });
  health.tells(sites, scheduler);
  health.tellsLoss(scheduler);
  const overdue = new OverdueMail({ ...claiming, log, everyMs });
  alarm.wakes(health, outbox, sites, scheduler, watch, shaping, longWaits, storedWaits, overdue);
  watch.looksAt(router, sites);
  const running = { alarm, watch, scheduler, overdue, shutdown, sites, background, work };
  const limiting = { shaping, longWaits, storedWaits, automatic, suspended };
  return { ...running, ...limiting, attemptLog, budget, claimed, health, outbox, routes, smartHosts };
}

/** What is eased or suspended while mail is in hand. */
function easeAndLetGo(parts: {
  readonly suspended: OperatorsSuspensions;
  readonly automatic: AutomaticLimits;
  readonly longWaits: LongWaits;
  readonly storedWaits: StoredWaits;
  readonly sites: Sites;
  readonly router: Router;
}): void {
  const { suspended, automatic, longWaits, storedWaits, sites, router } = parts;
  const goOn = (entries: readonly QueueEntry[]) => {
    for (const entry of entries) router.goOn(entry);
    router.wentOn();
  };
  automatic.onChange((eased) => {
    longWaits.lift(eased.place);
    sites.onLimits(eased.place);
    storedWaits.lookAgain(eased.words);
  });
  automatic.onSuspended((isMeant) => goOn(sites.letLeave(isMeant)));
  suspended.onResumed((sources) => {
    storedWaits.lookAgain((words) => suspendedIn(words).some((name) => sources.includes(name)));
  });
  suspended.onSuspended(() => goOn(sites.letGo(suspended)));
}

function shapingOf(
  { clock, log, shaping, windows, automaticLimits, nodes }: DeliveryOptions,
  parts: Pick<ShapingOptions, 'limits' | 'background' | 'names' | 'alarm' | 'storedWaits'>,
): Shaping {
  return new Shaping({
    ...{ clock, log, ...parts },
    rules: shaping ?? (() => NO_SHAPING),
    writer: windows ?? NO_WINDOWS,
    automatic: automaticLimits ?? NO_AUTOMATIC_LIMITS,
    nodes: nodes ?? (() => 1),
  });
}

function networkOf({ config, nodes, timeouts, reversePathFor }: DeliveryOptions) {
  return {
    port: config.port,
    nodes,
    timeouts: timeouts ?? defaultTimeouts,
    reversePathFor: reversePathFor ?? clientsReversePath,
  };
}

function claimedMailOf(options: DeliveryOptions, limits: DeliveryLimits): ClaimedMail {
  return new ClaimedMail({
    reader: options.content,
    sign: signerOf(options),
    recipientFields: options.recipientFields ?? NO_RECIPIENT_FIELDS,
    recipientsPerTransaction: limits.recipientsPerTransaction,
    firstWindow: limits.claimDeliveriesPerDestination,
  });
}

/** By the rules of the destination, of its stream, or as configured. */
function schedulesOf(config: Schedule, streams: StreamTermsOfMail, shaping: Shaping) {
  return (entry: QueueEntry): Schedule => {
    const usual = streams.scheduleOf(entry.facts, config);
    return entry.scheduleOf(usual) ?? shaping.scheduleOf(entry, usual);
  };
}

function outcomesOf(options: DeliveryOptions, scheduleOf: (entry: QueueEntry) => Schedule): AttemptOutcomes {
  const { clock, random, log } = options;
  return new AttemptOutcomes({
    clock,
    random,
    settings: options,
    unknownAddresses: new UnknownAddresses({ clock, log }),
    scheduleOf,
    softBounces: options.softBounces ?? { messages: 0, spanMs: 0, lastsMs: 0 },
  });
}

function dsnWriterOf(options: DeliveryOptions): WriteDsns {
  const { clock, random, log, directory, config } = options;
  return createDsnWriter({
    config: {
      get hostname() {
        return options.hostname;
      },
      delivery: config,
    },
    directory,
    clock,
    random,
    log,
  });
}

function signerOf(options: DeliveryOptions): SignMessage {
  if (options.sign !== undefined) return options.sign;
  return createMessageSigner({
    directory: options.directory,
    openKey: options.openKey,
    get unknownDomainsUnsigned() {
      return options.unknownDomainsUnsigned ?? false;
    },
    get hostname() {
      return options.hostname;
    },
    clock: options.clock,
  });
}

function findSmartHostOf(options: DeliveryOptions) {
  const { resolver, random, ownAddresses } = options;
  return byPlace(options.findSmartHost ?? createFindSmartHost({ resolver, random, ownAddresses }));
}

function findRouteOf(options: DeliveryOptions): FindRoute {
  if (options.findRoute !== undefined) return options.findRoute;
  const { resolver, random, ownAddresses, config } = options;
  return createFindRoute({
    resolver,
    random,
    get hostname() {
      return options.hostname;
    },
    ownAddresses,
    port: config.port,
    get allowPrivateAddresses() {
      return config.allowPrivateAddresses;
    },
  });
}
