/**
 * The server program: options, configuration, signals, exit codes. What runs in between is composed in relay.ts.
 * SIGTERM and SIGINT drain and end with 0, SIGHUP reads certificates and configuration again; a second SIGTERM
 * ends at once (what was in flight is repeated at the next start).
 */
import { mkdirSync } from 'node:fs';
import { isatty } from 'node:tty';
import { parseArgs } from 'node:util';
import type { Config } from '../config/config.ts';
import { ConfigError } from '../config/config-error.ts';
import { loadConfig, type LoadedConfig } from '../config/load.ts';
import { systemConfigInput } from '../config/system-input.ts';
import { systemClock } from '../platform/clock.ts';
import { releaseAtRest, threadHeap } from '../platform/heap-at-rest.ts';
import { letHeapsGrow } from '../platform/heaps.ts';
import { bufferedSink, createLog } from '../platform/log.ts';
import type { Log } from '../platform/log.ts';
import { visible, visibleLines } from '../platform/visible-text.ts';
import { SecretBoxError } from '../platform/secret-box.ts';
import { StoreError } from '../store/errors.ts';
import { rightsWarnings, rootWarning } from './data-folder.ts';
import { nextCommands, nextFields } from './first-start.ts';
import { logHmac, redactionOf } from './log-redaction.ts';
import { BindError } from '../smtp/server/bind-error.ts';
import { TlsError } from '../smtp/server/tls-context.ts';
import { reloadAtSignal, type ReloadOutcome } from './reload.ts';
import { RunningConfig } from './running-config.ts';
import { startRelay } from './relay.ts';
import { unusedStoreWarning } from './store-place.ts';
import type { Relay } from './relay.ts';
import { programVersion } from './version.ts';

const USAGE = `Usage: relayd [--config FILE]

Postern's server: takes mail for submission, spools it, signs it and delivers it.
Without a configuration it starts on the defaults and keeps its data in ./data.

  --config FILE   configuration (TOML); else RELAY_CONFIG, else the places that
                  'relayctl config show' names
  --version       print the version
  --help          print this text

Signals: SIGTERM drains and stops, SIGHUP reads configuration and certificates
again, applies what it can, and logs which keys need a restart.
Every key with its default is in config/relay.toml. Administer with relayctl.
`;

const IGNORED_SIGNALS = ['SIGUSR1', 'SIGUSR2'] as const;

/** Exit codes: 0 stopped as asked, 1 could not start or failed, 2 wrong usage or configuration. */
export async function main(argv: readonly string[]): Promise<number> {
  const sink = bufferedSink(1, systemClock);
  let options: { config?: string | undefined; version?: boolean | undefined; help?: boolean | undefined };
  try {
    options = parseArgs({
      args: [...argv],
      options: {
        config: { type: 'string' },
        version: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    complain(`${visible((error as Error).message)}\nTry: relayd --help`);
    return 2;
  }
  if (options.help === true) return print(USAGE);
  if (options.version === true) return print(`relayd ${programVersion()}\n`);

  let loaded: LoadedConfig;
  const load = () => loadConfig(systemConfigInput(options.config));
  try {
    loaded = load();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    complain(error.message);
    return 2;
  }

  const { config, warnings } = loaded;
  const format = config.log.format === 'auto' ? (isatty(1) ? 'text' : 'json') : config.log.format;
  const running = new RunningConfig(loaded);
  const log = createLog({
    get level() {
      return running.live.log.level;
    },
    format,
    clock: systemClock,
    write: sink.write,
    redact: redactionOf(running.live, logHmac(running.live)).fields,
  });
  log.info('starting', {
    version: programVersion(),
    config_file: running.file,
    data_dir: config.dataDir,
  });
  for (const warning of warnings) log.warn('configuration', { warning });
  try {
    for (const warning of rightsWarnings(loaded)) log.warn('rights', { warning });
    const warning = rootWarning(config.dataDir);
    if (warning !== undefined) log.warn('rights', { warning });
    const unused = unusedStoreWarning(config);
    if (unused !== undefined) log.warn('configuration', { warning: unused });
    return await run(running, format, log, load);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    log.error('cannot start', { reason });
    sink.flush();
    complain(isExplained(error) || !(error instanceof Error) ? reason : `${reason}\n${error.stack ?? ''}`);
    return 1;
  } finally {
    sink.flush();
  }
}

async function run(
  running: RunningConfig,
  logFormat: 'json' | 'text',
  log: Log,
  load: () => LoadedConfig,
): Promise<number> {
  const config = running.live;
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
  const end = Promise.withResolvers<number>();
  let relay: Relay | undefined;
  let rest: { stop(): void } | undefined;
  const signals = { stopAsked: false };
  const drain = (whole: Relay) => {
    log.info('draining');
    whole.stop().then(
      () => end.resolve(0),
      (error: unknown) => {
        log.error('stop failed', { reason: String(error) });
        end.resolve(1);
      },
    );
  };
  const stop = (signal: string) => {
    if (signals.stopAsked) {
      log.warn('stopping at once', { signal });
      end.resolve(1);
      return;
    }
    signals.stopAsked = true;
    if (relay !== undefined) drain(relay);
  };
  // One after the other, and not before there is a relay.
  const started = Promise.withResolvers<Relay>();
  let reloading: Promise<unknown> = started.promise;
  const reload = (): Promise<ReloadOutcome> => {
    const outcome = reloading.then(async (): Promise<ReloadOutcome> => {
      const whole = await started.promise;
      const take = (loaded: LoadedConfig) => whole.reload(loaded);
      if (signals.stopAsked) return { kind: 'failed', reason: 'relayd is stopping' };
      return await reloadAtSignal({ load, warningsOf, reload: take, running, log });
    });
    reloading = outcome;
    return outcome;
  };
  const signalsHeard = hearSignals(stop, () => void reload(), log);
  try {
    relay = await startRelay({
      running,
      log,
      logFormat,
      onFailure: (error) => {
        log.error('failed', { reason: error.message });
        end.resolve(1);
      },
      onReload: reload,
    });
    started.resolve(relay);
    // Not before: garbage of the start is collected as usual.
    letHeapsGrow();
    rest = releaseAtRest(threadHeap(), systemClock);
    if (relay.firstStart) greet(config, logFormat, log, relay);
    if (signals.stopAsked) drain(relay);
    return await end.promise;
  } finally {
    rest?.stop();
    signalsHeard.stop();
  }
}

/** Until it is stopped. */
function hearSignals(stop: (signal: string) => void, reload: () => void, log: Log): { stop(): void } {
  // From programs that rotate their own logs. The default reaction of Node.js is disabled in bin/.
  const ignore = (signal: string) => log.warn('signal ignored', { signal });
  const heard: readonly (readonly [signal: NodeJS.Signals, listener: (signal: string) => void])[] = [
    ['SIGTERM', stop],
    ['SIGINT', stop],
    ['SIGHUP', reload],
    ...IGNORED_SIGNALS.map((signal) => [signal, ignore] as const),
  ];
  for (const [signal, listener] of heard) process.on(signal, listener);
  return {
    stop() {
      for (const [signal, listener] of heard) process.off(signal, listener);
    },
  };
}

/** Problems that do not prevent a start, as in `relayctl config check`. */
function warningsOf(loaded: LoadedConfig): readonly string[] {
  return [...loaded.warnings, ...rightsWarnings(loaded)];
}

/** JSON stays JSON: standard error and output often end in the same place. */
function greet(config: Config, logFormat: 'json' | 'text', log: Log, { listeners }: Relay): void {
  if (logFormat === 'json') log.info('first start', nextFields(config, listeners));
  else process.stderr.write(visibleLines(nextCommands(config, listeners)));
}

/** Errors whose message is enough for an operator; others are logged with their stack. */
function isExplained(error: unknown): boolean {
  return [StoreError, BindError, TlsError, SecretBoxError, ConfigError].some((kind) => error instanceof kind);
}

function complain(words: string): void {
  process.stderr.write(visibleLines(`relayd: ${words}\n`));
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}
