/** Whether the relay takes mail and delivers it, looked at when it is asked: for /readyz. */
import { statfs } from 'node:fs/promises';
import type { ReadinessCheck } from '../http/routes/operation.ts';
import { withTimeout, type Clock } from '../platform/clock.ts';
import { DEFAULT_RESERVE_BYTES } from '../store/sqlite/free-space.ts';
import type { Spool } from '../store/spool.ts';

export interface ReadinessNeeds {
  readonly dataDir: string;
  readonly spool: Pick<Spool, 'abandonUpload'>;
  readonly deliveryRuns: () => boolean;
  readonly clock: Clock;
}

/** Asked at most this often: it is open to everybody. */
const KEPT_MS = 1_000;
const STORE_ANSWERS_WITHIN_MS = 2_000;
/** An upload that nobody made: abandoning it passes through the writer and changes nothing. */
const NO_UPLOAD = 'readiness';

export function createReadiness(needs: ReadinessNeeds): () => Promise<readonly ReadinessCheck[]> {
  let kept: { readonly atMs: number; readonly checks: Promise<readonly ReadinessCheck[]> } | undefined;
  return () => {
    const nowMs = needs.clock.monotonic();
    if (kept === undefined || nowMs - kept.atMs >= KEPT_MS) kept = { atMs: nowMs, checks: look(needs) };
    return kept.checks;
  };
}

async function look(needs: ReadinessNeeds): Promise<readonly ReadinessCheck[]> {
  const [store, disk] = await Promise.all([lookAtStore(needs), lookAtDisk(needs.dataDir)]);
  const runs = needs.deliveryRuns();
  return [store, disk, { name: 'delivery', ok: runs, reason: runs ? undefined : 'delivery does not run' }];
}

async function lookAtStore({ spool, clock }: ReadinessNeeds): Promise<ReadinessCheck> {
  try {
    await withTimeout(clock, STORE_ANSWERS_WITHIN_MS, 'the store', spool.abandonUpload(NO_UPLOAD));
    return { name: 'store', ok: true };
  } catch {
    return { name: 'store', ok: false, reason: 'the store does not take changes' };
  }
}

async function lookAtDisk(dataDir: string): Promise<ReadinessCheck> {
  try {
    const { bavail, bsize } = await statfs(dataDir);
    const ok = bavail * bsize >= DEFAULT_RESERVE_BYTES;
    return { name: 'disk', ok, reason: ok ? undefined : 'less disk space than the reserve' };
  } catch {
    return { name: 'disk', ok: false, reason: 'the data folder cannot be looked at' };
  }
}
