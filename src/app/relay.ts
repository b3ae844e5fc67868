/**
 * The composition of a running relay: store thread; submission, inbound and HTTP on this thread, delivery thread. Everything that
 * the services need comes together here and nowhere else. The order of the start: lock and store, then ports,
 * then delivery; the stop goes the other way, so that nothing is acknowledged that the store can't keep.
 */
import { createDirectorySnapshot } from '../store/directory-snapshot.ts';
import { flatMapInTurn } from '../platform/in-turn.ts';
import type { LoadedConfig } from '../config/load.ts';
import type { ReloadPlan } from '../config/reload.ts';
import { lookupMx } from '../dns/mx-lookup.ts';
import { createSystemResolver } from '../dns/system-resolver.ts';
import { systemClock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { systemRandom } from '../platform/random.ts';
import { createSecretBox } from '../platform/secret-box.ts';
import { openSqliteReader } from '../store/sqlite/reader.ts';
import { connectStore, startStoreThread } from '../store/sqlite/thread/thread.ts';
import { createAcceptance } from '../intake/acceptance.ts';
import { startSubmission } from '../submission/submission-service.ts';
import { startHttpIfAsked } from './http.ts';
import { submissionSockets } from './inherited-listeners.ts';
import { postmasterOf, startInboundIfAsked } from './inbound.ts';
import { startDeliveryThread } from './delivery-thread.ts';
import { startHealthWatch } from '../upkeep/health-watch.ts';
import { openCertificate } from '../upkeep/certificate-state.ts';
import { watchCertificate } from '../upkeep/certificate-watch.ts';
import { startCheckWatch } from '../upkeep/check-watch.ts';
import { startControl } from './control.ts';
import { createFactSource } from './gather-facts.ts';
import { readDataFiles } from './data-files.ts';
import { startLoginMemory } from '../upkeep/login-memory.ts';
import { configuredMasterKey } from './master-key.ts';
import { checkMasterKey, keepMasterKeyCheck } from './master-key-check.ts';
import { ownAddresses } from './own-addresses.ts';
import { reloadConfig, reloadTls } from './reload.ts';
import { openReportReader } from './report-reader.ts';
import { startRetentionSweep } from '../upkeep/retention-sweep.ts';
import type { RunningConfig } from './running-config.ts';
import { openTemplateEngine } from './template-engine.ts';
import { startWebhooks } from './webhooks.ts';
import { boundListener, removeStatusFile, writeStatusFile, type BoundListener } from './status-file.ts';
import { programVersion } from './version.ts';

/** Transactions and attempts may end within this time after SIGTERM. */
const GRACE_MS = 15_000;

export interface RelayOptions {
  readonly running: RunningConfig;
  readonly log: Log;
  readonly logFormat: 'json' | 'text';
  /** The store or the delivery thread is gone: nothing more is acknowledged, the process should end. */
  readonly onFailure: (error: Error) => void;
}

export interface Relay {
  readonly listeners: readonly BoundListener[];
  /** No sending domain was ever added. */
  readonly firstStart: boolean;
  /** Takes over what can change while running, as reload.ts says. One at a time. */
  reload(loaded: LoadedConfig): Promise<ReloadPlan>;
  stop(): Promise<void>;
}

/** Rejects with StoreError, SecretBoxError, TlsError or BindError; nothing stays open then. */
export async function startRelay({ running, log, logFormat, onFailure }: RelayOptions): Promise<Relay> {
  await using cleanup = new AsyncDisposableStack();
  const clock = systemClock;
  const random = systemRandom;
  const config = running.live;
  const { dataDir } = config;

  const masterKey = configuredMasterKey(config, random);
  const store = await startStoreThread({
    dataDir,
    log: { level: config.log.level, format: logFormat },
    onFailure,
  });
  cleanup.defer(() => store.stop());
  const writes = connectStore(store.connect());
  const { spool, directory, secrets, retention, queue, health, logins, refusals, reports, webhooks } = writes;
  const connection = openSqliteReader(dataDir);
  cleanup.defer(() => connection.close());
  const reader = { ...connection, ...createDirectorySnapshot(connection, clock) };

  const box = createSecretBox(masterKey, random);
  const damaged = await checkMasterKey(config, box, reader);
  if (damaged.length > 0) log.warn('secrets cannot be opened', { secrets: damaged });
  if ((await reader.masterKeyCheck()) === undefined) await keepMasterKeyCheck(box, secrets, log);
  const certificate = await openCertificate(config, { clock, random, log });
  cleanup.defer(() => {
    certificate.stop();
  });
  const loadTls = certificate.load;
  const resolver = createSystemResolver({
    get servers() {
      return config.dns.servers;
    },
    clock,
  });
  const templateEngine = openTemplateEngine(clock, log);
  cleanup.defer(() => templateEngine.stop());
  const postmaster = postmasterOf(config);
  const acceptance = createAcceptance({
    config: config.submission,
    get hostname() {
      return config.hostname;
    },
    get postmaster() {
      return postmaster();
    },
    get maxAgeMs() {
      return config.delivery.maxAgeMs;
    },
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
  const loginMemory = await startLoginMemory({
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
  let files = readDataFiles(config);
  const inbound = await startInboundIfAsked({
    config,
    postmaster,
    bounceRules: () => files.bounceRules,
    feedbackSources: () => files.feedbackSources,
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
    config,
    configuration: () => running.facts,
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
    ...writes,
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
    config: running.current,
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
    () => [config.tls.cert, config.tls.key].filter((file) => file !== undefined),
    clock,
    () => {
      if (reloadTls(encrypted, log)) log.info('certificate renewed');
    },
  );
  cleanup.defer(() => {
    certificates.stop();
  });
  checks.begin();
  const control = await startControl({
    config,
    checks,
    acceptance,
    reader,
    directory,
    box,
    resolver,
    clock,
    random,
    log,
  });
  cleanup.defer(() => control.stop());
  const status = {
    pid: process.pid,
    version: programVersion(),
    startedAtMs: clock.now(),
    listeners: {
      submission: listeners,
      inbound: (inbound?.addresses ?? []).map(boundListener),
      http: http?.addresses ?? [],
    },
  };
  const writeStatus = () => {
    writeStatusFile(dataDir, { ...status, hostname: config.hostname, configFile: running.file });
  };
  writeStatus();
  cleanup.defer(() => {
    removeStatusFile(dataDir);
  });

  const opened = cleanup.move();
  return {
    listeners,
    firstStart:
      (await flatMapInTurn(await reader.listAccounts(), ({ id }) => reader.listDomains(id))).length === 0,
    reload: (loaded) =>
      reloadConfig(loaded, {
        running,
        certificate,
        takeOver(renewed) {
          files = renewed;
          reloadTls(encrypted, log);
          store.setLogLevel(config.log.level);
          delivery.reload(running.current);
          http?.settingsChanged();
          writeStatus();
        },
      }),
    async stop() {
      state.stopping = true;
      // Submission and delivery drain side by side: an attempt of ten seconds need not wait for an idle client.
      await Promise.all([...encrypted, delivery].map((service) => service.stop(GRACE_MS)));
      await opened.disposeAsync();
    },
  };
}
