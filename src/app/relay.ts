/**
 * The composition of a running relay: store thread; submission, inbound and HTTP on this thread, delivery thread. Everything that
 * the services need comes together here and nowhere else. The order of the start: lock and store, then ports,
 * then delivery; the stop goes the other way, so that nothing is acknowledged that the store can't keep.
 */
import { unknownMail } from '../admin/unknown-mail.ts';
import type { LoadedConfig } from '../config/load.ts';
import type { ReloadPlan } from '../config/reload.ts';
import type { Log } from '../platform/log.ts';
import type { Duty } from '../store/node-standing.ts';
import { startRotationWatch } from '../upkeep/rotation-watch.ts';
import { startAuditWatch, type AuditWatch } from '../upkeep/audit-watch.ts';
import { startSuspensionWatch } from '../upkeep/suspension-watch.ts';
import { startSendingHealthWatch } from '../upkeep/sending-health-watch.ts';
import { issuedFile } from '../smtp/server/tls-context.ts';
import { watchCertificate, type CertificateWatch } from '../upkeep/certificate-watch.ts';
import { startRemovalWatch } from '../upkeep/removal-watch.ts';
import { startErasureWatch } from '../upkeep/erasure-watch.ts';
import { startSearchIndexer } from '../upkeep/search-indexer.ts';
import { startRetentionSweep } from '../upkeep/retention-sweep.ts';
import { openAcmeIfAsked } from './acme.ts';
import { startControl } from './control.ts';
import { startDeliveryThread, type DeliveryThread } from './delivery-thread.ts';
import { tellOperator } from './operator-notices.ts';
import { authorityOpener } from './open-authority.ts';
import { ownAddresses } from './own-addresses.ts';
import { openCore, type RelayCore } from './relay-core.ts';
import { FigureSource } from './relay-figures.ts';
import {
  beginChecks,
  freshResolver,
  GRACE_MS,
  openHttp,
  openMailPorts,
  openPublic,
  startChecks,
} from './relay-ports.ts';
import { reloadConfig, reloadTls, type ReloadOutcome } from './reload.ts';
import type { RunningConfig } from './running-config.ts';
import { boundListener, removeStatusFile, writeStatusFile, type BoundListener } from './status-file.ts';
import { programVersion } from './version.ts';
import { startWebhooks } from './webhooks.ts';

export interface RelayOptions {
  readonly running: RunningConfig;
  readonly log: Log;
  readonly logFormat: 'json' | 'text';
  /** The store or the delivery thread is gone: nothing more is acknowledged, the process should end. */
  readonly onFailure: (error: Error) => void;
  /** Asked for over the control socket: as SIGHUP does. */
  readonly onReload: () => Promise<ReloadOutcome>;
}

export interface Relay {
  readonly listeners: readonly BoundListener[];
  /** No sending domain was ever added. */
  readonly firstStart: boolean;
  /** Applies changed settings while running (reload.ts). One at a time. */
  reload(loaded: LoadedConfig): Promise<ReloadPlan>;
  stop(): Promise<void>;
}

/** Rejects with StoreError, SecretBoxError, TlsError or BindError; nothing stays open then. */
export async function startRelay(options: RelayOptions): Promise<Relay> {
  const { running, log, logFormat, onFailure, onReload } = options;
  await using cleanup = new AsyncDisposableStack();
  const core = await openCore({ running, log, logFormat, onFailure }, cleanup);
  const { config, store, reader, certificate } = core;
  const figures = new FigureSource(core);
  const mail = await openMailPorts(core, figures, cleanup);
  const { submission, inbound, inherited } = mail;
  const { checks, state, surroundings } = startChecks(core, running, mail, cleanup);
  const acme = await openAcmeIfAsked(core, inherited.acme, cleanup);
  const http = await openHttp(core, running, checks, figures, inherited.http, acme?.alpn);
  if (http !== undefined) cleanup.defer(() => http.stop(GRACE_MS));
  state.httpPorts = http?.addresses.length ?? 0;
  const links = await openPublic(core, acme?.alpn);
  if (links !== undefined) cleanup.defer(() => links.stop(GRACE_MS));
  const mailPorts = inbound === undefined ? [submission] : [submission, inbound];
  const encrypted = [...mailPorts, ...[http, links].filter((one) => one !== undefined)];

  const own = ownAddresses(mailPorts.flatMap(({ addresses }) => addresses));
  const delivery = await startDelivery(core, options, own);
  state.deliveryRuns = true;
  figures.deliveryRuns(delivery);
  cleanup.defer(() => delivery.stop(GRACE_MS));

  const { certificates } = startUpkeep(core, () => reloadTls(encrypted, log), cleanup);
  const notices = tellOperator(core, { checks, state }, cleanup);
  await beginChecks(core, checks);
  surroundings.begin();
  const orders = acme?.begin(() => certificates.lookNow());
  const { directory, audit } = core.writes;
  const control = await startControl({
    ...{ ...core, directory, audit, checks, notices, surroundings, orders, delivery },
    reload: onReload,
  });
  cleanup.defer(() => control.stop());
  const listeners = submission.addresses.map(boundListener);
  const ports = { submission: listeners, inbound: (inbound?.addresses ?? []).map(boundListener) };
  const others = { http: http?.addresses ?? [], public: links?.addresses ?? [], acme: acme?.addresses ?? [] };
  const writeStatus = keepStatusFile(core, running, { ...ports, ...others }, cleanup);

  await warnOfUnknownMail(core);
  const firstStart = await hasNoDomain(reader);
  const lines = await startAuditLines(core, cleanup);
  const opened = cleanup.move();
  return {
    listeners,
    firstStart,
    async reload(loaded) {
      const plan = await reloadConfig(loaded, {
        running,
        certificate,
        takeOver(renewed) {
          Object.assign(core.files, renewed);
          reloadTls(encrypted, log);
          store.setLog(config.log);
          delivery.reload(running.current);
          orders?.lookNow();
          http?.settingsChanged();
          writeStatus();
          void warnOfUnknownMail(core);
        },
      });
      await lines.reloaded(plan.changed, plan.needsRestart);
      return plan;
    },
    async stop() {
      state.stopping = true;
      // Submission and delivery drain side by side: an attempt of ten seconds need not wait for an idle client.
      await Promise.all([...encrypted, delivery].map((service) => service.stop(GRACE_MS)));
      await opened.disposeAsync();
    },
  };
}

function startDelivery(
  { masterKeys, store, board }: RelayCore,
  { running, logFormat, onFailure }: RelayOptions,
  own: ReturnType<typeof ownAddresses>,
): Promise<DeliveryThread> {
  const storePort = store.connect();
  const config = running.current;
  return startDeliveryThread({
    config,
    logFormat,
    masterKeys,
    storePort,
    board,
    ownAddresses: own,
    onFailure,
  });
}

/** The last to start and the first to stop: its lines say so. */
async function startAuditLines(core: RelayCore, cleanup: AsyncDisposableStack): Promise<AuditWatch> {
  const { config, board, standing, writes } = core;
  const lines = await startAuditWatch({
    ...core,
    audit: writes.audit,
    who: [programVersion(), ...(board === undefined ? [] : [config.node.name])],
    isOurs: () => standing.holds('checks') !== undefined,
  });
  cleanup.defer(() => lines.stop());
  return lines;
}

/** Background work: webhooks, retention, sending health, certificates. */
function startUpkeep(
  core: RelayCore,
  reloadCertificates: () => boolean,
  cleanup: AsyncDisposableStack,
): { readonly certificates: CertificateWatch } {
  const { config, writes, reader, box, resolver, standing, clock, random, log } = core;
  const { webhooks, retention, health, queue, shaping, directory, removal, erasure } = writes;
  const has = (duty: Duty) => () => standing.holds(duty) !== undefined;
  const tells = has('webhooks');
  const dispatcher = startWebhooks({ config, writer: webhooks, box, resolver, clock, random, log, tells });
  cleanup.defer(() => dispatcher.stop());
  const sweep = startRetentionSweep(
    retention,
    { ages: config.retention, isOurs: has('retention') },
    clock,
    log,
  );
  cleanup.defer(() => {
    sweep.stop();
  });
  const indexer = startSearchIndexer({ reader, search: writes.search, clock, log, isOurs: has('retention') });
  cleanup.defer(() => indexer.stop());
  const watch = startSendingHealthWatch({
    ...{ reader, writer: health, queue, config: config.health, clock, log },
    isOurs: has('checks'),
  });
  cleanup.defer(() => {
    watch.stop();
  });
  const suspensions = startSuspensionWatch({
    ...{ reader, queue, shaping, clock, log },
    isOurs: has('checks'),
  });
  cleanup.defer(() => suspensions.stop());
  const fresh = freshResolver(core);
  const rotations = startRotationWatch({
    ...{ reader, directory, box, random, clock, log },
    resolver: fresh,
    openAuthority: authorityOpener(config, fresh),
    everyMs: () => config.dkim.rotateEveryMs,
    isOurs: has('checks'),
  });
  cleanup.defer(() => rotations.stop());
  const removals = startRemovalWatch({ reader, queue, removal, clock, log, isOurs: has('checks') });
  cleanup.defer(() => removals.stop());
  const erasures = startErasureWatch({ reader, erasure, clock, log, isOurs: has('checks') });
  cleanup.defer(() => erasures.stop());
  const certificates = watchCertificate(
    () => certificateFiles(config),
    clock,
    () => {
      if (reloadCertificates()) log.info('certificate renewed');
    },
  );
  cleanup.defer(() => {
    certificates.stop();
  });
  return { certificates };
}

function certificateFiles({ tls, acme, dataDir }: RelayCore['config']): readonly string[] {
  if (acme.enabled) return acme.names.map((name) => issuedFile(dataDir, name));
  return [tls.cert, tls.key].filter((file) => file !== undefined);
}

type StatusFile = Parameters<typeof writeStatusFile>[1];

/** Writes the status file for relayctl now, and again with the current configuration at each call of the result. */
function keepStatusFile(
  { config, clock }: RelayCore,
  running: RunningConfig,
  listeners: StatusFile['listeners'],
  cleanup: AsyncDisposableStack,
): () => void {
  const status = { pid: process.pid, version: programVersion(), startedAtMs: clock.now(), listeners };
  const write = () => {
    writeStatusFile(config.dataDir, { ...status, hostname: config.hostname, configFile: running.file });
  };
  write();
  cleanup.defer(() => {
    removeStatusFile(config.dataDir);
  });
  return write;
}

/** Rules that match nothing. Never rejects. */
async function warnOfUnknownMail({ files, reader, log }: RelayCore): Promise<void> {
  try {
    for (const warning of await unknownMail(files.shaping, reader)) log.warn('configuration', { warning });
  } catch (error) {
    log.debug('accounts and streams of rules not looked up', { reason: String(error) });
  }
}

async function hasNoDomain(reader: RelayCore['reader']): Promise<boolean> {
  for (const { id } of await reader.listAccounts())
    if ((await reader.listDomains(id)).length > 0) return false;
  return true;
}
