/**
 * The parts that every service of a relay uses, opened before any port: the store with a reader of this thread, the keys,
 * the certificate, DNS, templates, and the acceptance that SMTP and HTTP share.
 */
import { createDirectorySnapshot } from '../store/directory-snapshot.ts';
import type { RunningConfig } from './running-config.ts';
import { lookupMx } from '../dns/mx-lookup.ts';
import { createSystemResolver, type SystemResolver } from '../dns/system-resolver.ts';
import { createAcceptance, type Acceptance } from '../intake/acceptance.ts';
import { systemClock, type Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { MessageTracer } from '../platform/message-tracer.ts';
import { systemRandom, type Random } from '../platform/random.ts';
import { createSecretBox, type SecretBox } from '../platform/secret-box.ts';
import { addressHashesOf, hashedSuppressions } from '../store/hashed-addresses.ts';
import type { StoreReader } from '../store/open-store.ts';
import { SOLE_NODE } from '../store/node-standing.ts';
import { createStandingBoard, readStanding } from '../store/standing-board.ts';
import { openReader } from '../store/thread/open-reader.ts';
import { connectStore, startStoreThread } from '../store/thread/thread.ts';
import type { TemplateEngine } from '../template/template-engine.ts';
import { openCertificate } from '../upkeep/certificate-state.ts';
import { startLoginMemory } from '../upkeep/login-memory.ts';
import { startMisfitMemory } from '../upkeep/misfit-memory.ts';
import { startUseMemory } from '../upkeep/use-memory.ts';
import { keyOfCheck } from '../admin/data-keys/reseal.ts';
import { agreeOnKeys, startDataKeys } from './relay-data-keys.ts';
import { checkMasterKey, keepMasterKeyCheck } from './master-key-check.ts';
import { configuredMasterKeys } from './master-key.ts';
import type { DataFiles } from '../config/config.ts';
import { longestAgeMs } from '../policy/shaping/schedule.ts';
import { readDataFiles } from './data-files.ts';
import { storePlace } from './store-place.ts';
import { startTracerIfAsked } from './message-tracer.ts';
import { openPreviewReader } from './preview-reader.ts';
import { openTemplateEngine } from './template-engine.ts';

export interface CoreOptions {
  readonly running: RunningConfig;
  readonly log: Log;
  readonly logFormat: 'json' | 'text';
  /** The store is gone. */
  readonly onFailure: (error: Error) => void;
}

export type RelayCore = Awaited<ReturnType<typeof openCore>>;

/** Settings are read from `config` when they are needed: a reload changes them. */
interface Shared {
  readonly config: RunningConfig['live'];
  readonly writes: ReturnType<typeof connectStore>;
  readonly reader: StoreReader & ReturnType<typeof createDirectorySnapshot>;
  readonly box: SecretBox;
  readonly resolver: SystemResolver;
  readonly templateEngine: TemplateEngine;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** `cleanup` closes everything that was opened. Rejects with StoreError, SecretBoxError or TlsError. */
export async function openCore(
  { running, log, logFormat, onFailure }: CoreOptions,
  cleanup: AsyncDisposableStack,
) {
  const clock = systemClock;
  const random = systemRandom;
  const config = running.live;
  const masterKeys = configuredMasterKeys(config, random);
  const box = createSecretBox(masterKeys.present, random, masterKeys.previous);
  const place = storePlace(config);
  const board = place.kind === 'postgres' ? createStandingBoard() : undefined;
  const standing = board === undefined ? SOLE_NODE : readStanding(board, clock);
  const store = await startStoreThread({
    place,
    board,
    masterKeys,
    log: { level: config.log.level, format: logFormat, redact: config.log.redact },
    onFailure,
  });
  cleanup.defer(() => store.stop());
  const writes = connectStore(store.connect());
  const connection = openReader(place, { clock, random, log });
  cleanup.defer(() => connection.close());
  const reader = readerOf(connection, box, clock);

  const keyBefore = await checkKeys({
    config,
    box,
    reader,
    writes,
    isShared: board !== undefined,
    clock,
    log,
  });
  const certificate = await openCertificate(config, { clock, random, log });
  cleanup.defer(() => {
    certificate.stop();
  });
  const resolver = createSystemResolver({
    get servers() {
      return config.dns.servers;
    },
    clock,
  });
  const templateEngine = openTemplateEngine(clock, log);
  cleanup.defer(() => templateEngine.stop());
  const previews = openPreviewReader(clock, log);
  cleanup.defer(() => previews.stop());
  const shared: Shared = { config, writes, reader, box, resolver, templateEngine, ...{ clock, random, log } };
  const tracer = await startTracerIfAsked(config, clock, (text) => box.hmac(text));
  cleanup.defer(() => tracer?.stop());
  const files = readDataFiles(config);
  const acceptance = acceptanceOf(shared, { files, tracer, isShared: board !== undefined });
  await startMemories(shared, acceptance, { isShared: board !== undefined, cleanup });
  const dataKeys = await startDataKeys({ ...shared, before: keyBefore, acceptance }, cleanup);
  return {
    ...shared,
    store,
    board,
    standing,
    masterKeys,
    dataKeys,
    certificate,
    files,
    acceptance,
    previews,
  };
}

/** What acceptance knows in memory, and the store keeps. */
async function startMemories(
  { writes, reader, clock, log }: Shared,
  { throttle, uses, streamFit }: Acceptance,
  { isShared, cleanup }: { readonly isShared: boolean; readonly cleanup: AsyncDisposableStack },
): Promise<void> {
  const loginMemory = await startLoginMemory({
    ...{ throttle, reader, writer: writes.logins, clock, log },
    shared: isShared,
  });
  cleanup.defer(() => loginMemory.stop());
  const useMemory = startUseMemory({ recorder: uses, writer: writes.usage, clock, log });
  cleanup.defer(() => useMemory.stop());
  const misfits = startMisfitMemory({ watch: streamFit, writer: writes.directory, clock, log });
  cleanup.defer(() => misfits.stop());
}

interface KeyCheckOptions extends Pick<Shared, 'config' | 'box' | 'reader' | 'writes' | 'clock' | 'log'> {
  readonly isShared: boolean;
}

/** Resolves to the id of the key that the store was sealed under so far. Rejects with SecretBoxError, StoreError. */
async function checkKeys(options: KeyCheckOptions): Promise<string | undefined> {
  const { config, box, reader, writes, isShared, clock, log } = options;
  const damaged = await checkMasterKey(config, box, reader);
  if (damaged.length > 0) log.warn('secrets cannot be opened', { secrets: damaged });
  if ((await reader.masterKeyCheck()) === undefined) {
    await keepMasterKeyCheck(box, writes.secrets, log);
    // Another node may have been first, with another key.
    await checkMasterKey(config, box, reader);
  }
  if (isShared) await agreeOnKeys({ box, nodeName: config.node.name, reader, fleet: writes.fleet, clock });
  return await keyOfCheck(box, reader);
}

/** With what is looked up for every message in memory, and erased addresses found. */
function readerOf(connection: StoreReader, box: SecretBox, clock: Clock): Shared['reader'] {
  const snapshot = { ...connection, ...createDirectorySnapshot(connection, clock) };
  return { ...snapshot, ...hashedSuppressions(snapshot, addressHashesOf(box)) };
}

function acceptanceOf(
  shared: Shared,
  {
    files,
    tracer,
    isShared,
  }: {
    /** A reload replaces its properties. */
    readonly files: Pick<DataFiles, 'shaping'>;
    readonly tracer: MessageTracer | undefined;
    readonly isShared: boolean;
  },
): Acceptance {
  const { config, writes, reader, box, resolver, templateEngine, clock, random, log } = shared;
  return createAcceptance({
    config,
    directory: reader,
    spool: writes.spool,
    refusalWriter: writes.refusals,
    templateEngine,
    box,
    clock,
    random,
    log,
    tracer,
    longestAgeMs: (ofStreamMs) => longestAgeMs(files.shaping.rules, ofStreamMs ?? config.delivery.maxAgeMs),
    checkNullMx: async (domain) => (await lookupMx(domain, { resolver, random })).kind === 'null-mx',
    sharedLimits: isShared ? writes.limits : undefined,
    usageReader: reader,
  });
}
