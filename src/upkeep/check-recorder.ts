/**
 * Writes changed checks to the store, each with its event `check_failed` or `check_recovered`. Compares with the last
 * written state, also from before a restart: a known failure raises no event again, and one that the store could not write
 * is written later, if it still lasts.
 */
import type { Log } from '../platform/log.ts';
import type { TimedResult } from '../policy/checks/since.ts';
import type { CheckState, FindingWriter } from '../store/findings.ts';

export interface CheckRecorder {
  /** Never rejects, and waits for nothing: one write at a time. */
  record(results: readonly TimedResult[], nowMs: number): void;
}

export interface CheckRecorderOptions {
  readonly writer: Pick<FindingWriter, 'recordChecks'>;
  /** As it was written last. */
  readonly written: readonly CheckState[];
  readonly log: Log;
}

export function createCheckRecorder({ writer, written, log }: CheckRecorderOptions): CheckRecorder {
  const known = new Map(written.map(({ name, ok }) => [name, ok]));
  let writing = false;
  const write = async (turned: readonly CheckState[], nowMs: number) => {
    writing = true;
    try {
      await writer.recordChecks(turned, nowMs);
      for (const { name, ok } of turned) known.set(name, ok);
    } catch (error) {
      log.debug('checks not recorded', { reason: error instanceof Error ? error.message : String(error) });
    } finally {
      writing = false;
    }
  };
  return {
    record(results, nowMs) {
      // A stop that was asked for is no fault.
      if (writing || results.some(({ name, ok }) => name === 'relayd' && !ok)) return;
      const turned = results.filter(({ name, ok }) => ok !== (known.get(name) ?? true));
      if (turned.length > 0)
        void write(
          turned.map((one) => stateOf(one, nowMs)),
          nowMs,
        );
    },
  };
}

function stateOf({ name, ok, sinceMs, detail, remedy }: TimedResult, nowMs: number): CheckState {
  return { name, ok, sinceMs: sinceMs ?? nowMs, detail, remedy };
}
