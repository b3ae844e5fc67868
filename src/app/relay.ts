/**
 * The composition of a running relay: store thread; submission, inbound and HTTP on this thread, delivery thread. Everything that
 * the services need comes together here and nowhere else. The order of the start: lock and store, then ports,
 * then delivery; the stop goes the other way, so that nothing is acknowledged that the store can't keep.
 */
import { readFileSync } from 'node:fs';
import { loadBounceRules } from '../config/bounce-rules.ts';
import { loadFeedbackSources } from '../config/feedback-sources.ts';
import type { Config } from '../config/config.ts';
import { lookupMx } from '../dns/mx-lookup.ts';
import { createSystemResolver } from '../dns/system-resolver.ts';
import { systemClock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { systemRandom } from '../platform/random.ts';
import { createSecretBox } from '../platform/secret-box.ts';
import type { FeedbackSources } from '../policy/feedback-sources.ts';
import type { BounceRules } from '../policy/bounce-rules.ts';
import { openSqliteReader } from '../store/sqlite/reader.ts';
import { connectStore, startStoreThread } from '../store/sqlite/thread.ts';
import { createAcceptance } from '../submission/acceptance.ts';
import { startSubmission } from '../submission/submission-service.ts';
import type { SmtpPorts } from '../listener/smtp-ports.ts';
import { startHttpIfAsked } from './http.ts';
import { submissionSockets } from './inherited-listeners.ts';
import { postmasterOf, startInboundIfAsked } from './inbound.ts';
import { startDeliveryThread } from './delivery-thread.ts';
import { startHealthWatch } from './health-watch.ts';
import { openCertificate } from './certificate-state.ts';
import { watchCertificate } from './certificate-watch.ts';
import { startCheckWatch } from './check-watch.ts';
import { startControl } from './control.ts';
import { createFactSource } from './gather-facts.ts';
import { startLoginMemory } from './login-memory.ts';
import { configuredMasterKey } from './master-key.ts';
import { checkMasterKey, keepMasterKeyCheck } from './master-key-check.ts';
import { ownAddresses } from './own-addresses.ts';
import { openReportReader } from './report-reader.ts';
import { startRetentionSweep } from './retention-sweep.ts';
import { openTemplateEngine } from './template-engine.ts';
import { startWebhooks } from './webhooks.ts';
import { boundListener, removeStatusFile, writeStatusFile, type BoundListener } from './status-file.ts';
import { programVersion } from './version.ts';

/** Transactions and attempts may end within this time after SIGTERM. */
const GRACE_MS = 15_000;

export interface RelayOptions {
  readonly config: Config;
  /** Where it was read from; `null`: the defaults hold. */
  readonly configFile: string | null;
  readonly log: Log;
  readonly logFormat: 'json' | 'text';
  /** The store or the delivery thread is gone: nothing more is acknowledged, the process should end. */
  readonly onFailure: (error: Error) => void;
}

export interface Relay {
  readonly listeners: readonly BoundListener[];
  /** No sending domain was ever added. */
  readonly firstStart: boolean;
  /** Takes over what can change while running: certificates, bounce rules and feedback sources. Throws when the new ones are no good; the old stay. */
  reload(config: Config): void;
  stop(): Promise<void>;
}

/** Rejects with StoreError, SecretBoxError, TlsError or BindError; nothing stays open then. */
export async function startRelay({
  config,
  configFile,
  log,
  logFormat,
  onFailure,
}: RelayOptions): Promise<Relay> {
  await using cleanup = new AsyncDisposableStack();
  const clock = systemClock;
  const random = systemRandom;
  const { dataDir } = config;

  const masterKey = configuredMasterKey(config, random);
  const store = await startStoreThread({
    dataDir,
    log: { level: config.log.level, format: logFormat },
    onFailure,
  });
  cleanup.defer(() => store.stop());
  const { spool, writer, retention, queue, templates, health, logins, refusals, reports, webhooks } =
    connectStore(store.connect());
  const reader = openSqliteReader(dataDir, clock);
  cleanup.defer(() => reader.close());

  const box = createSecretBox(masterKey, random);
  const damaged = checkMasterKey(config, box, reader);
  if (damaged.length > 0) log.warn('secrets cannot be opened', { secrets: damaged });
  if (reader.masterKeyCheck() === undefined) await keepMasterKeyCheck(box, writer, log);
  const certificate = await openCertificate(config, { clock, random, log });
  cleanup.defer(() => {
    certificate.stop();
  });
  const loadTls = certificate.load;
  const resolver = createSystemResolver({ servers: config.dns.servers, clock });
  const templateEngine = openTemplateEngine(clock, log);
  cleanup.defer(() => templateEngine.stop());
  const acceptance = createAcceptance({
    config: config.submission,
    hostname: config.hostname,
    postmaster: postmasterOf(config),
    maxAgeMs: config.delivery.maxAgeMs,
    directory: reader,
    spool,
    refusalWriter: refusals,
    templateEngine,
    box,
    clock,
    random,
    log,
    checkNullMx: async (domain) => (await lookupMx(domain, { resolver, random })).kind === 'null-mx',
    recipientsOfDay: (credentialId, day) => reader.recipientsOfDay(credentialId, day),
  });
  const loginMemory = startLoginMemory({
    throttle: acceptance.throttle,
    reader,
    writer: logins,
    clock,
    log,
  });
  cleanup.defer(() => loginMemory.stop());
  const submission = await startSubmission({
    ...submissionSockets(config.submission, log),
    acceptance,
    loadTls,
  });
  cleanup.defer(() => submission.stop(GRACE_MS));

  const reportReader = openReportReader(clock, log);
  cleanup.defer(() => reportReader.stop());
  let bounceRules = readBounceRules(config);
  let feedbackSources = readFeedbackSources(config);
  const inbound = await startInboundIfAsked({
    config,
    bounceRules: () => bounceRules,
    feedbackSources: () => feedbackSources,
    resolver,
    loadTls,
    reader,
    spool,
    reports,
    readReport: reportReader.read,
    hash: (text) => box.hmac(text),
    clock,
    random,
    log,
  });
  if (inbound !== undefined) cleanup.defer(() => inbound.stop(GRACE_MS));
  const ports = inbound === undefined ? [submission] : [submission, inbound];
  const state = {
    stopping: false,
    deliveryRuns: false,
    submissionPorts: submission.addresses.length,
    httpPorts: 0,
  };
  const gather = createFactSource({
    config: () => config,
    spool,
    reader,
    masterKey,
    certificate: certificate.facts,
    resolver,
    state,
    clock,
  });
  const checks = startCheckWatch({ gather, clock, log });
  cleanup.defer(() => {
    checks.stop();
  });
  const http = await startHttpIfAsked({
    version: programVersion(),
    checks: () => checks.results(),
    certificate: certificate.facts,
    reader,
    directory: writer,
    queue,
    webhooks,
    templates,
    acceptance,
    box,
    resolver,
    config,
    loadTls,
    clock,
    random,
    log,
  });
  if (http !== undefined) cleanup.defer(() => http.stop(GRACE_MS));
  const encrypted = http === undefined ? ports : [...ports, http];
  state.httpPorts = http?.addresses.length ?? 0;

  const delivery = await startDeliveryThread({
    config,
    logFormat,
    masterKey,
    storePort: store.connect(),
    ownAddresses: ownAddresses(ports.flatMap(({ addresses }) => addresses)),
    onFailure,
  });
  state.deliveryRuns = true;
  cleanup.defer(() => delivery.stop(GRACE_MS));

  const dispatcher = startWebhooks({ config, writer: webhooks, box, resolver, clock, random, log });
  cleanup.defer(() => dispatcher.stop());

  const listeners = submission.addresses.map(boundListener);
  const sweep = startRetentionSweep(retention, config.retention, clock, log);
  cleanup.defer(() => {
    sweep.stop();
  });
  const watch = startHealthWatch({ reader, writer: health, queue, config: config.health, clock, log });
  cleanup.defer(() => {
    watch.stop();
  });
  const certificates = watchCertificate(
    [config.tls.cert, config.tls.key].filter((file) => file !== undefined),
    clock,
    () => {
      renewCertificate(encrypted, log);
    },
  );
  cleanup.defer(() => {
    certificates.stop();
  });
  checks.begin();
  const control = await startControl({
    config: () => config,
    checks,
    acceptance,
    reader,
    directory: writer,
    box,
    resolver,
    clock,
    random,
    log,
  });
  cleanup.defer(() => control.stop());
  writeStatusFile(dataDir, {
    pid: process.pid,
    version: programVersion(),
    startedAtMs: clock.now(),
    hostname: config.hostname,
    configFile,
    listeners: {
      submission: listeners,
      inbound: (inbound?.addresses ?? []).map(boundListener),
      http: http?.addresses ?? [],
    },
  });
  cleanup.defer(() => {
    removeStatusFile(dataDir);
  });

  const running = cleanup.move();
  return {
    listeners,
    firstStart: reader.listAccounts().every((account) => reader.listDomains(account.id).length === 0),
    reload: (renewed) => {
      // Read here first: a file that is no good leaves everything as it was.
      const rules = readBounceRules(renewed);
      const sources = readFeedbackSources(renewed);
      for (const service of encrypted) service.reloadTls();
      bounceRules = rules;
      feedbackSources = sources;
      delivery.reload(renewed);
    },
    async stop() {
      state.stopping = true;
      // Submission and delivery drain side by side: an attempt of ten seconds need not wait for an idle client.
      await Promise.all([...encrypted, delivery].map((service) => service.stop(GRACE_MS)));
      await running.disposeAsync();
    },
  };
}

function readBounceRules({ bounceRulesFile }: Config): BounceRules {
  return loadBounceRules((path) => readFileSync(path, 'utf8'), bounceRulesFile);
}

function readFeedbackSources({ inbound }: Config): FeedbackSources {
  return loadFeedbackSources((path) => readFileSync(path, 'utf8'), inbound.feedbackSourcesFile);
}

/** Half a renewal (the certificate is there, its key not yet) is no good either: the next look finds both. */
function renewCertificate(services: readonly Pick<SmtpPorts, 'reloadTls'>[], log: Log): void {
  try {
    for (const service of services) service.reloadTls();
    log.info('certificate renewed');
  } catch (error) {
    log.warn('certificate not renewed, the old one stays', {
      reason: error instanceof Error ? error.message : String(error),
    });
  }
}
