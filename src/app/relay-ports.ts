/**
 * The services of a relay that have ports, and the checks of them: submission, port 25, then HTTP, which shows the results
 * of the checks.
 */
import { startSurroundingsWatch } from '../upkeep/surroundings-watch.ts';
import { createCheckRecorder } from '../upkeep/check-recorder.ts';
import type { AlpnResponder } from '../http/http-ports.ts';
import { startCheckWatch, type CheckWatch } from '../upkeep/check-watch.ts';
import { createSystemResolver, type SystemResolver } from '../dns/system-resolver.ts';
import { CHECK_NAMES } from '../policy/checks/registry.ts';
import { startSubmission } from '../submission/submission-service.ts';
import { createFactSource } from './gather-facts.ts';
import { startHttpIfAsked } from './http.ts';
import { startInboundIfAsked } from './inbound.ts';
import { startPublicIfAsked } from './public.ts';
import { inheritedListeners, type InheritedListeners } from './inherited-listeners.ts';
import { authorityOpener } from './open-authority.ts';
import type { RelayCore } from './relay-core.ts';
import type { FigureSource } from './relay-figures.ts';
import { openReportReader } from './report-reader.ts';
import type { RunningConfig } from './running-config.ts';
import { surroundingsOptions } from './surroundings.ts';
import { programVersion } from './version.ts';

/** Transactions, requests and attempts may end within this time after SIGTERM. */
export const GRACE_MS = 15_000;

/** Listens for mail. */
export async function openMailPorts(core: RelayCore, figures: FigureSource, cleanup: AsyncDisposableStack) {
  const { config, writes, reader, box, resolver, acceptance, certificate, clock, random, log } = core;
  const loadTls = certificate.load;
  const inherited = inheritedListeners(config, log);
  const submission = await startSubmission({
    config,
    inheritedListeners: inherited.submission,
    acceptance,
    loadTls,
    isDraining: () => core.standing.draining,
    figures: figures.submission,
  });
  cleanup.defer(() => submission.stop(GRACE_MS));

  const reportReader = openReportReader(clock, log);
  cleanup.defer(() => reportReader.stop());
  const { files } = core;
  const inbound = await startInboundIfAsked({
    config,
    files,
    inheritedListeners: inherited.inbound,
    resolver,
    loadTls,
    reader,
    spool: writes.spool,
    accounts: writes.directory,
    reports: writes.reports,
    sources: {
      ...{ egress: config.egress, providers: () => files.providers, reader, writer: writes.egress },
      ...{ clock, log },
    },
    readReport: reportReader.read,
    hashes: box.hmacs,
    box,
    unsubscribes: writes.unsubscribes,
    isDraining: () => core.standing.draining,
    figures: figures.inbound,
    clock,
    random,
    log,
  });
  if (inbound !== undefined) cleanup.defer(() => inbound.stop(GRACE_MS));
  return { submission, inbound, inherited };
}

export type MailPorts = Awaited<ReturnType<typeof openMailPorts>>;

/** The facts of the checks. The caller keeps `state`. */
export function startChecks(
  core: RelayCore,
  running: RunningConfig,
  { submission }: MailPorts,
  cleanup: AsyncDisposableStack,
) {
  const { config, writes, reader, masterKeys, certificate, resolver, clock, random, log } = core;
  const state = {
    stopping: false,
    deliveryRuns: false,
    submissionPorts: submission.addresses.length,
    httpPorts: 0,
  };
  const fresh = freshResolver(core);
  const surroundings = startSurroundingsWatch({
    surroundings: surroundingsOptions({
      config,
      loaded: () => running.loaded,
      resolver: fresh,
      blocklists: () => core.files.blocklists,
    }),
    random,
    reader,
    writer: writes.findings,
    directory: writes.directory,
    openAuthority: authorityOpener(config, fresh),
    isOurs: () => core.standing.holds('checks') !== undefined,
    clock,
    log,
  });
  const gather = createFactSource({
    config,
    configuration: () => running.facts,
    rules: () => core.files.shaping,
    spool: writes.spool,
    reader,
    masterKeys,
    dataKeys: () => core.dataKeys.facts(),
    certificate: certificate.facts,
    surroundings: () => surroundings.facts(),
    resolver,
    standing: core.standing,
    state,
    clock,
  });
  const checks = startCheckWatch({ gather, clock, log });
  cleanup.defer(() => {
    surroundings.stop();
    checks.stop();
  });
  return { checks, state, surroundings };
}

/** Without a cache: a fix counts at once. */
export function freshResolver({ config, clock }: RelayCore): SystemResolver {
  return createSystemResolver({
    get servers() {
      return config.dns.servers;
    },
    clock,
    maxAnswers: 0,
  });
}

/** With their state from before the start, so that nothing is reported twice. */
export async function beginChecks(
  { reader, writes, standing, log }: RelayCore,
  checks: CheckWatch,
): Promise<void> {
  const written = await reader.checkStates();
  const recorder = createCheckRecorder({ writer: writes.findings, written, log });
  checks.onLook((results, nowMs) => {
    // The findings of one node at a time are those of the relay.
    if (standing.holds('checks') !== undefined) recorder.record(results, nowMs);
  });
  checks.begin(
    written.flatMap((state) => {
      // Another version may have had others.
      const name = CHECK_NAMES.find((one) => one === state.name);
      return name === undefined ? [] : [{ ...state, name }];
    }),
  );
}

/** The API, when it is configured. */
export function openHttp(
  core: RelayCore,
  running: RunningConfig,
  checks: CheckWatch,
  figures: FigureSource,
  inherited: InheritedListeners['http'],
  alpn: AlpnResponder | undefined,
) {
  const { config, writes, reader, acceptance, box, resolver, certificate, clock, random, log } = core;
  return startHttpIfAsked({
    version: programVersion(),
    checks: () => checks.results(),
    files: () => core.files,
    settings: () => running.settings,
    certificate: certificate.facts,
    figures: () => figures.figures(),
    previews: core.previews,
    isDraining: () => core.standing.draining,
    reader,
    ...writes,
    acceptance,
    box,
    resolver,
    openAuthority: authorityOpener(config, resolver),
    config,
    inheritedListeners: inherited,
    loadTls: certificate.load,
    alpn,
    clock,
    random,
    log,
  });
}

/** Links in mail, when that is configured. */
export function openPublic(core: RelayCore, alpn: AlpnResponder | undefined) {
  const { config, writes, reader, box, certificate, clock, log } = core;
  const { unsubscribes } = writes;
  return startPublicIfAsked({
    ...{ config, reader, unsubscribes, box, alpn, clock, log },
    loadTls: certificate.load,
  });
}
