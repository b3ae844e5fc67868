/**
 * SIGHUP, or `reload` of the control socket: the configuration and the files that it names are read and checked first, then
 * applied together, on this thread and, by one message each, on the others. An invalid configuration changes nothing. Either
 * way one log line reports the result, and the check `configuration` keeps what needs a restart.
 */
import type { DataFiles } from '../config/config.ts';
import type { LoadedConfig } from '../config/load.ts';
import type { ReloadPlan } from '../config/reload.ts';
import type { SmtpPorts } from '../smtp/server/smtp-ports.ts';
import type { Log } from '../platform/log.ts';
import type { CertificateState } from '../upkeep/certificate-state.ts';
import { readDataFiles } from './data-files.ts';
import type { RunningConfig } from './running-config.ts';

export interface ReloadContext {
  readonly running: RunningConfig;
  readonly certificate: Pick<CertificateState, 'prepare'>;
  /** Called when all of it is found good: has to succeed. What reads the live configuration has the new one already. */
  readonly takeOver: (files: DataFiles) => void;
}

/** Rejects with the errors of what it reads, or ReloadError; nothing has changed then. */
export async function reloadConfig(
  loaded: LoadedConfig,
  { running, certificate, takeOver }: ReloadContext,
): Promise<ReloadPlan> {
  const plan = running.plan(loaded);
  const files = readDataFiles(plan.inForce.config);
  const takeCertificate = await certificate.prepare(plan.inForce.config);
  running.take(plan, loaded);
  takeCertificate();
  takeOver(files);
  return plan;
}

export interface SignalContext {
  /** Throws what is wrong with the configuration. */
  readonly load: () => LoadedConfig;
  /** What `config check` warns of as well. */
  readonly warningsOf: (loaded: LoadedConfig) => readonly string[];
  readonly reload: (loaded: LoadedConfig) => Promise<ReloadPlan>;
  readonly running: RunningConfig;
  readonly log: Log;
}

export type ReloadOutcome =
  | { readonly kind: 'taken'; readonly needsRestart: readonly string[] }
  | { readonly kind: 'failed'; readonly reason: string };

/** One reload, with any result. */
export async function reloadAtSignal({
  load,
  warningsOf,
  reload,
  running,
  log,
}: SignalContext): Promise<ReloadOutcome> {
  try {
    const loaded = load();
    const warnings = warningsOf(loaded);
    const { changed, needsRestart, described } = await reload(loaded);
    for (const warning of warnings) log.warn('configuration', { warning });
    const fields = { changed, needs_restart: needsRestart, values: described };
    if (needsRestart.length === 0) log.info('reloaded', fields);
    else log.warn('reloaded', { ...fields, note: `restart needed for ${needsRestart.join(', ')}` });
    return { kind: 'taken', needsRestart };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    running.failed(reason);
    log.error('reload failed, the old settings stay', { reason });
    return { kind: 'failed', reason };
  }
}

/**
 * Certificates for all listeners, as their files are now. False: half a renewal (the certificate is there, its key not yet) is
 * no good, and the next look finds both.
 */
export function reloadTls(services: readonly Pick<SmtpPorts, 'reloadTls'>[], log: Log): boolean {
  try {
    for (const service of services) service.reloadTls();
    return true;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    log.warn('certificate not renewed, the old one stays', { reason });
    return false;
  }
}
