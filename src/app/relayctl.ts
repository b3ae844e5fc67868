/** The composition of relayctl: the store's engine, secrets, DNS and the terminal, given to the command line. */
import { createReadStream, existsSync, readFileSync, readlinkSync } from 'node:fs';
import { userInfo } from 'node:os';
import path from 'node:path';
import { runRelayctl } from '../cli/program/program.ts';
import { ipv4Gateways, ipv6Gateways } from '../cli/routing-table.ts';
import type { CliServices, RunningRelay, StoreWriter } from '../cli/program/services.ts';
import { loadBlocklists } from '../config/blocklists.ts';
import { loadBounceRules } from '../config/bounce-rules.ts';
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import { processEnvironment, systemConfigInput } from '../config/system-input.ts';
import { askRelayd } from '../control/ask-relayd.ts';
import { createSystemResolver, type SystemResolver } from '../dns/system-resolver.ts';
import { authorityOpener } from './open-authority.ts';
import { systemClock } from '../platform/clock.ts';
import { silentLog } from '../platform/log.ts';
import { systemRandom } from '../platform/random.ts';
import { createSecretBox, type SecretBox } from '../platform/secret-box.ts';
import { StoreError } from '../store/errors.ts';
import type { StoreReader } from '../store/open-store.ts';
import { openReader } from '../store/thread/open-reader.ts';
import { openWriter } from '../store/thread/open-writer.ts';
import { lookAtCertificate } from '../upkeep/certificate-files.ts';
import { handToOwner, refuseUnsafeFolder, rightsWarnings } from './data-folder.ts';
import { commandActor } from './command-actor.ts';
import { configFile } from './config-file.ts';
import { readDataFiles } from './data-files.ts';
import { dataKeyFiles } from './data-key-files.ts';
import { databaseFiles } from './database-files.ts';
import { lookAtPorts } from '../doctor/look-at-ports.ts';
import { socketsOfSystemd } from '../doctor/systemd-sockets.ts';
import { lookAtDisk } from './look-at-disk.ts';
import { configuredMasterKeys } from './master-key.ts';
import { boxOfStore, checkMasterKey, keepMasterKeyCheck } from './master-key-check.ts';
import { readStatusFile } from './status-file.ts';
import { databaseFile, storePlace } from './store-place.ts';
import { outputTaken, terminalIo } from './terminal-io.ts';
import { surroundingsOptions } from './surroundings.ts';
import { programVersion } from './version.ts';

/** Resolves to the exit code: 0 done, 1 failed or not found, 2 wrong usage, 3 from `status`: the state is unknown. */
export async function main(argv: readonly string[]): Promise<number> {
  const code = await runRelayctl(argv, terminalIo(processEnvironment()), systemServices());
  await outputTaken();
  return code;
}

function systemServices(): CliServices {
  return {
    version: programVersion(),
    clock: systemClock,
    random: systemRandom,
    actor: commandActor({
      env: processEnvironment(),
      read: readIfAllowed,
      readLink: linkIfThere,
      userName: userName(),
    }),
    loadConfig: (path) => loadConfig(systemConfigInput(path)),
    configFile,
    storeExists: (config) => {
      // In a folder that it may not look into, everything seems to be missing.
      refuseUnsafeFolder(config.dataDir);
      const file = databaseFile(config);
      return file === undefined || existsSync(file);
    },
    rightsWarnings: (loaded) => rightsWarnings(loaded),
    certificate: (config) => lookAtCertificate(config, systemClock.now()),
    openReader: readerOf,
    openWriter: writerOf,
    ...{ openSecretBox, dataKeyFiles },
    createResolver,
    openAuthority: (config) => authorityOpener(config, createResolver(config))(),
    runningRelay,
    ask: async ({ dataDir }, request) => {
      refuseUnsafeFolder(dataDir);
      return await askRelayd(dataDir, request, systemClock);
    },
    databaseFile,
    database: databaseFiles,
    lookAtDisk: ({ dataDir }) => lookAtDisk(firstThatIsThere(dataDir)),
    lookAtPorts: (config, ours) => lookAtPorts(config, ours, () => socketsOfSystemd(systemClock)),
    surroundings: (loaded) =>
      surroundingsOptions({
        config: loaded.config,
        loaded: () => loaded,
        resolver: createResolver(loaded.config),
        blocklists: () =>
          loadBlocklists((path) => readFileSync(path, 'utf8'), loaded.config.checks.blocklistsFile),
      }),
    readRuleFiles: readDataFiles,
    loadBounceRules: (config) =>
      loadBounceRules((path) => readFileSync(path, 'utf8'), config?.bounceRulesFile),
    // A process for one report; loaded only when it is used.
    readReport: async (bytes) => {
      const { openReportReader } = await import('./report-reader.ts');
      const reader = openReportReader(systemClock, silentLog);
      try {
        return await reader.read(bytes, '');
      } finally {
        await reader.stop();
      }
    },
    readInput: (file) =>
      file === '-' ? process.stdin : createReadStream(file, { highWaterMark: 1024 * 1024 }),
    gatewayAddresses: () => [
      ...ipv4Gateways(readIfThere('/proc/net/route')),
      ...ipv6Gateways(readIfThere('/proc/net/ipv6_route')),
    ],
    // Only two commands need it.
    openTemplateEngine: async () => {
      const { openTemplateEngine } = await import('./template-engine.ts');
      return openTemplateEngine(systemClock, silentLog);
    },
    // The SMTP client is loaded only when it is used: it would slow down every other command.
    submit: async (submission) => {
      const { submitBySmtp } = await import('../cli/submit-by-smtp.ts');
      return await submitBySmtp(submission);
    },
  };
}

function createResolver({ dns }: Config): SystemResolver {
  return createSystemResolver({ servers: dns.servers, clock: systemClock });
}

async function openSecretBox(config: Config): Promise<SecretBox> {
  refuseUnsafeFolder(config.dataDir);
  const keys = configuredMasterKeys(config, systemRandom);
  const box = createSecretBox(keys.present, systemRandom, keys.previous);
  const file = databaseFile(config);
  if (file !== undefined && !existsSync(file)) return box;
  const reader = readerOf(config);
  try {
    await checkMasterKey(config, box, reader);
    return await boxOfStore(keys, box, reader);
  } catch (error) {
    // A server without tables of ours: any key is good for a new store.
    if (!(error instanceof StoreError) || error.code !== 'not-found') throw error;
    return box;
  } finally {
    await reader.close();
  }
}

function readerOf(config: Config): StoreReader {
  return openReader(storePlace(config), { clock: systemClock, random: systemRandom, log: silentLog });
}

async function writerOf(config: Config): Promise<StoreWriter> {
  const { dataDir } = config;
  refuseUnsafeFolder(dataDir);
  // The key comes before the database: one without the other is refused later as a folder gone wrong.
  const first = (await isNew(config)) ? await openSecretBox(config) : undefined;
  const store = await openWriter(storePlace(config), {
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
    exclusive: false,
  });
  if (first !== undefined) {
    await keepMasterKeyCheck(first, store.secrets, silentLog);
    handToOwner(dataDir);
  }
  return store;
}

/** It has nothing yet that says which key is the right one. */
async function isNew(config: Config): Promise<boolean> {
  const file = databaseFile(config);
  if (file !== undefined) return !existsSync(file);
  const reader = readerOf(config);
  try {
    return (await reader.masterKeyCheck()) === undefined;
  } catch (error) {
    if (error instanceof StoreError && error.code === 'not-found') return true;
    throw error;
  } finally {
    await reader.close();
  }
}

function runningRelay({ dataDir }: Config): RunningRelay | undefined {
  const status = readStatusFile(dataDir);
  if (status === undefined) return undefined;
  const { pid, version, startedAtMs, hostname, configFile, listeners } = status;
  return { pid, version, startedAtMs, hostname, configFile, ...listeners };
}

/** `folder`, or the one that it would be made in. */
function firstThatIsThere(folder: string): string {
  const above = path.dirname(folder);
  return existsSync(folder) || above === folder ? folder : firstThatIsThere(above);
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown';
  }
}

function readIfThere(path: string): string {
  return readIfAllowed(path) ?? '';
}

function readIfAllowed(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function linkIfThere(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
