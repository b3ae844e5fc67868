/** Runs the world of one seed to its end and says what came of it. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runWorld } from './event-loop.ts';
import { HOUR_MS } from './durations.ts';
import { makePlan, type Load, type Plan, type Shaped } from './plan.ts';
import { breakingOnErrors } from './unhandled.ts';
import { World, type Tamper } from './world.ts';

export interface SeedOptions {
  readonly seed: number;
  /** During which mail is sent; the world goes on until all of it has come to an end. */
  readonly hours: number;
  readonly shaped?: Shaped | undefined;
  readonly load?: Load | undefined;
  readonly tamper?: Tamper;
  /** Changes what the seed decided. */
  readonly adapt?: (plan: Plan) => Plan;
  readonly onTraceLine?: (line: string) => void;
}

export interface SeedReport {
  readonly seed: number;
  readonly hours: number;
  readonly shaped: Shaped | undefined;
  readonly load: Load | undefined;
  /** The promise that was broken; `undefined`: none. */
  readonly broken: string | undefined;
  /** Hours of the world's time. */
  readonly worldHours: number;
  readonly realMs: number;
  /** The same for every run of the same seed. */
  readonly hash: string;
  readonly counts: Readonly<Record<string, number>>;
  /** The end of the trace. */
  readonly lastLines: readonly string[];
}

export async function simulateSeed({
  seed,
  hours,
  shaped,
  load,
  tamper,
  adapt,
  onTraceLine,
}: SeedOptions): Promise<SeedReport> {
  const startedAt = performance.now();
  // A database on a disk would make most of the time that a world takes.
  const root = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
  const dataDir = mkdtempSync(path.join(root, 'postern-world-'));
  const plan = makePlan(seed, hours, shaped, load);
  const world = new World({ plan: adapt?.(plan) ?? plan, dataDir, tamper, onTraceLine });
  try {
    await breakingOnErrors(world.ledger.promises, () => runWorld(world.time, () => world.isOver));
  } finally {
    world.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
  const { ledger, trace, time, counts, progress, shaping } = world;
  return {
    seed,
    hours,
    shaped,
    load,
    broken: ledger.promises.broken,
    worldHours: time.elapsedMs / HOUR_MS,
    realMs: performance.now() - startedAt,
    hash: trace.hash,
    counts: {
      messages: ledger.messages.size,
      deliveries: ledger.deliveries.size,
      ...ledger.sending.counts,
      claims: ledger.hands.claims,
      fed: ledger.hands.fed,
      settlements: ledger.settlements,
      ...counts,
      ...shaping?.counts,
      mostInHand: progress.most.claimed,
      longestWaitSeconds: Math.round(progress.most.waitMs / 1_000),
      traceLines: trace.count,
    },
    lastLines: trace.last(60),
  };
}
