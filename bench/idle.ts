/** What a server costs that has nothing to do: memory of all its processes, and processor time while no mail comes. */
import { cpuMsOfTrees, memoryOfTrees } from './process-tree.ts';
import { alignColumns } from './table.ts';
import type { Target } from './target.ts';

export interface IdleCost {
  readonly target: string;
  readonly processes: number;
  readonly rssBytes: number;
  /** Shared pages counted in parts. */
  readonly pssBytes: number;
  /** Milliseconds of processor time a second. */
  readonly cpuMsPerSecond: number;
}

/** Work that follows the start is over by then. */
export const AFTER_START_MS = 3_000;
/** After the last message: what was held for it should have been given back by then. */
export const AFTER_MAIL_MS = 60_000;

/** Over `seconds`, after a rest. */
export async function measureIdle(
  targets: readonly Target[],
  seconds: number,
  restMs: number,
): Promise<readonly IdleCost[]> {
  await pause(restMs);
  const before = targets.map((target) => cpuMsOfTrees(target.pids()) ?? 0);
  await pause(seconds * 1_000);
  return targets.map((target, index) => {
    const cpuMs = (cpuMsOfTrees(target.pids()) ?? 0) - (before[index] ?? 0);
    const memory = memoryOfTrees(target.pids());
    return {
      target: target.name,
      processes: memory?.processes ?? 0,
      rssBytes: memory?.rssBytes ?? 0,
      pssBytes: memory?.pssBytes ?? 0,
      cpuMsPerSecond: cpuMs / seconds,
    };
  });
}

export function renderIdle(when: string, costs: readonly IdleCost[]): string {
  const megabytes = (bytes: number) => (bytes / 1024 ** 2).toFixed(0);
  return alignColumns([
    [when, 'processes', 'RSS MB', 'PSS MB', 'CPU ms/s'],
    ...costs.map((cost) => [
      cost.target,
      String(cost.processes),
      megabytes(cost.rssBytes),
      megabytes(cost.pssBytes),
      cost.cpuMsPerSecond.toFixed(1),
    ]),
  ]);
}

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}
