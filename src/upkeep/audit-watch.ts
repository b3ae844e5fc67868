/**
 * The audit log's lines of the relay itself: that it started, took over a changed configuration and stopped; and once a day a
 * seal of the chain (admin/audit.ts). The head's number and hash go to the log at each seal, and once a day on every node: the copy outside
 * the database by which an end that was cut off, or a chain that was written anew, is found.
 */
import { sealAudit, type SealingBox } from '../admin/audit.ts';
import type { Clock, Timer } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { DAY_MS } from '../platform/time-units.ts';
import { RELAY } from '../policy/actor.ts';
import type { AuditReader, AuditWriter } from '../store/audit.ts';

export interface AuditWatchOptions {
  readonly reader: Pick<AuditReader, 'auditHead'>;
  readonly audit: Pick<AuditWriter, 'noteAudit'>;
  readonly box: Pick<SealingBox, 'hmac' | 'keyIds'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Such as `0.2.0`, and the node's name where there are several. */
  readonly who: readonly string[];
  /** False while another node writes the daily seal. */
  readonly isOurs: () => boolean;
}

export interface AuditWatch {
  /** A reload was taken over. */
  reloaded(changed: readonly string[], needsRestart: readonly string[]): Promise<void>;
  /** Resolves when its last line is written, or could not be. */
  stop(): Promise<void>;
}

/** Resolves when the start is written and sealed. A line that cannot be written is in the log, and stops nothing. */
export async function startAuditWatch(options: AuditWatchOptions): Promise<AuditWatch> {
  const { reader, audit, box, clock, log, who, isOurs } = options;
  const attempt = async (work: () => Promise<unknown>) => {
    try {
      await work();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      log.warn('a line of the audit log could not be written', { reason });
    }
  };
  const note = (action: string, subject: readonly string[]) =>
    attempt(() => audit.noteAudit({ atMs: clock.now(), actor: RELAY, action, subject }));
  const seal = async (writes: boolean) => {
    const head = writes ? await sealAudit(reader, audit, box, clock.now()) : await reader.auditHead();
    log.info('audit head', { sequence: head.sequence, hash: head.hash });
  };
  let timer: Timer | undefined;
  let sealing = Promise.resolve();
  const schedule = () => {
    timer = clock.after(DAY_MS, () => {
      sealing = attempt(() => seal(isOurs()));
      schedule();
    });
  };
  await note('relayd start', who);
  await attempt(() => seal(true));
  schedule();
  return {
    async reloaded(changed, needsRestart) {
      const waiting = needsRestart.length === 0 ? [] : ['not before a restart:', ...needsRestart];
      if (changed.length + waiting.length > 0) await note('config reload', [...changed, ...waiting]);
    },
    async stop() {
      timer?.cancel();
      await sealing;
      await note('relayd stop', who);
    },
  };
}
