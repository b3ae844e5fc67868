/** What runs inside the delivery thread: its own log, resolver, reader and store port, and the delivery service. */
import { createDirectorySnapshot } from '../store/directory-snapshot.ts';
import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { loadBounceRules } from '../config/bounce-rules.ts';
import type { Config } from '../config/config.ts';
import { liveConfig } from '../config/live-config.ts';
import { loadDestinationRules } from '../config/destination-rules.ts';
import { loadProviders } from '../config/providers.ts';
import { loadWarmUpPlans } from '../config/warm-up-plans.ts';
import { startDelivery } from '../delivery/delivery-service.ts';
import { createRecipientFields } from '../delivery/content/recipient-fields.ts';
import { PoolChooser } from '../delivery/source/pool-chooser.ts';
import { openLimits } from '../delivery/shaping/open-limits.ts';
import { createReturnPaths } from '../delivery/return-path.ts';
import { StreamTermsInForce } from '../delivery/stream-terms.ts';
import { linksTo } from '../config/links.ts';
import { createConnect } from '../smtp/client/client.ts';
import { openSigningKey } from '../dkim/keys.ts';
import { createSystemResolver } from '../dns/system-resolver.ts';
import { assert } from '../platform/assert.ts';
import { systemClock } from '../platform/clock.ts';
import { releaseAtRest, threadHeap } from '../platform/heap-at-rest.ts';
import { bufferedSink, createLog } from '../platform/log.ts';
import { systemRandom } from '../platform/random.ts';
import { providerOf } from '../policy/egress/providers.ts';
import { watchThread } from '../platform/thread-figures.ts';
import { createSecretBox } from '../platform/secret-box.ts';
import { addressHashesOf, hashedSuppressions } from '../store/hashed-addresses.ts';
import { readStanding } from '../store/standing-board.ts';
import { openReader } from '../store/thread/open-reader.ts';
import { connectStore } from '../store/thread/thread.ts';
import { storePlace } from './store-place.ts';
import { redactionOf } from './log-redaction.ts';
import { startTracerIfAsked } from './message-tracer.ts';
import type { DeliveryWorkerData, FromDeliveryWorker, ToDeliveryWorker } from './delivery-thread.ts';

const data = workerData as DeliveryWorkerData;
const { config, take } = liveConfig(data.config);
assert(parentPort !== null, 'delivery-worker.ts runs in a worker thread');
const parent = parentPort;
const tell = (message: FromDeliveryWorker) => parent.postMessage(message);

/** Destinations whose back-off continues after a restart; the others begin anew, which costs each one attempt. */
const FAILING_DESTINATIONS = 1_000;
/** Shorter than the least time that a sender may set. */
const OVERDUE_EVERY_MS = 30_000;
/** Shown of a destination. */
const MOST_SESSIONS = 50;

const clock = systemClock;
const random = systemRandom;
const sink = bufferedSink(1, clock);
const box = createSecretBox(data.masterKeys.present, random, data.masterKeys.previous);
const log = createLog({
  get level() {
    return config.log.level;
  },
  format: data.logFormat,
  clock,
  write: sink.write,
  redact: redactionOf(config, (text) => box.hmac(text)).fields,
});
const tracer = await startTracerIfAsked(config, clock, (text) => box.hmac(text));
const reader = openReader(storePlace(config), { clock, random, log });
const directory = createDirectorySnapshot(reader, clock);
const erasedToo = hashedSuppressions({ ...reader, ...directory }, addressHashesOf(box));

const readText = (path: string) => readFileSync(path, 'utf8');
const providers = loadProviders(readText);
const readRules = () => ({
  bounceRules: loadBounceRules(readText, config.bounceRulesFile),
  shaping: loadDestinationRules(readText, config.destinationRulesFile, providers),
});
let rules = readRules();

const standing = data.board && readStanding(data.board, clock);
const store = connectStore(data.storePort);
const onBug = (error: unknown) => {
  log.error('delivery failed', {
    reason: error instanceof Error ? (error.stack ?? error.message) : String(error),
  });
  sink.flush();
  tell({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
};
const warmUpPlans = loadWarmUpPlans(readText);
const nodes = standing && (() => standing.nodes);
const streams = new StreamTermsInForce({ reader, log });
const limits = await openLimits({
  ...{ reader, writer: store.shaping, replies: () => rules.shaping.replies },
  ...{ nodes, streams, clock, log, onBug },
});
const { automaticLimits, suspended } = limits;
const sources = new PoolChooser({
  ...{ config: config.egress, plans: () => warmUpPlans, reader, writer: store.egress },
  ...{ suspended, clock, log, onBug },
});
await sources.start();
const delivery = startDelivery({
  spool: store.spool,
  sources,
  lease: standing,
  nodes,
  automaticLimits,
  suspended,
  streams,
  content: reader,
  attempts: reader,
  directory: { ...directory, ...erasedToo },
  openKey: (key) => openSigningKey(key, box),
  get unknownDomainsUnsigned() {
    return !config.submission.requireVerifiedDomain;
  },
  ...(config.inbound.listen.length > 0 && {
    reversePathFor: createReturnPaths(directory, (text) => box.hmac(text)),
  }),
  recipientFields: createRecipientFields({
    ...{ box, directory },
    linksTo: () => linksTo(config),
    takesMail: () => config.inbound.listen.length > 0,
  }),
  failing: (await reader.summary(FAILING_DESTINATIONS)).destinations.filter(({ failures }) => failures > 0),
  resolver: createSystemResolver({
    get servers() {
      return config.dns.servers;
    },
    clock,
  }),
  connect: createConnect({
    get hostname() {
      return config.hostname;
    },
    clock,
    log,
  }),
  egress: {
    get rules() {
      return config.egress.routes;
    },
    providerOf: (hosts) => providerOf(hosts, providers),
    accounts: () => reader.listAccounts(),
  },
  config: config.delivery,
  softBounces: config.suppression.softBounces,
  get hostname() {
    return config.hostname;
  },
  ownAddresses: data.ownAddresses,
  get rules() {
    return rules.bounceRules;
  },
  shaping: () => rules.shaping,
  windows: store.shaping,
  overdueEveryMs: OVERDUE_EVERY_MS,
  waits: {
    limitsWaitedFor: () => reader.limitsWaitedFor(),
    endWaits: (words, nowMs) => store.queue.endWaits(words, nowMs),
  },
  clock,
  random,
  log,
  tracer,
  onBug,
});

const rest = releaseAtRest(threadHeap(), clock);
const watch = watchThread();

function takeOver(renewed: Config): void {
  take(renewed);
  try {
    rules = readRules();
  } catch (error) {
    // They were good a moment ago, when the main thread read them.
    log.error('files of rules not renewed, the old ones stay', { reason: String(error) });
  }
  delivery.settingsChanged();
}

parent.on('message', (message: ToDeliveryWorker) => {
  if (message.kind === 'reload') {
    takeOver(message.config);
    return;
  }
  if (message.kind === 'sessions') {
    const report = delivery.sessionsOf(message.destination, MOST_SESSIONS);
    tell({ kind: 'sessions', question: message.question, report });
    return;
  }
  if (message.kind === 'figures') {
    tell({ kind: 'figures', figures: { service: delivery.stats(), thread: watch.figures() } });
    return;
  }
  rest.stop();
  watch.stop();
  void delivery.stop(message.graceMs).then(
    async () => {
      await sources.stop();
      await limits.stop();
      await tracer?.stop();
      sink.flush();
      await reader.close();
      tell({ kind: 'stopped' });
    },
    (error: unknown) => tell({ kind: 'failed', message: `stop: ${String(error)}` }),
  );
});
tell({ kind: 'ready' });
