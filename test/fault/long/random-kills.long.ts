/**
 * Hundreds of deaths under load, each of a kind and at an instant that a seed chooses: a plain kill, a kill at a write
 * or sync of the WAL or of a checkpoint, a power cut that loses what was not synced, an error of the disk, a kill in the
 * start that follows. Both ends are counted over all of them.
 *
 * FAULT_KILLS (default 200) and FAULT_SEED say how many and which.
 */
import path from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import type { Stage } from '../../e2e/support/stage.ts';
import { DiskFaults, noCompiler, type DiskFault } from '../support/disk-faults.ts';
import { Ledger } from '../support/ledger.ts';
import { queueEmpty, startFaultStage, startLoad } from '../support/load.ts';

const KILLS = Number(process.env['FAULT_KILLS'] ?? 200);
const SEED = Number(process.env['FAULT_SEED'] ?? 1);
const CONNECTIONS = 20;

describe.skipIf(noCompiler)('random deaths (needs gcc)', () => {
  it(`${KILLS} of them, seed ${SEED}: nothing accepted is lost, nothing else arrives`, async () => {
    const random = seededRandom(SEED);
    const below = (limit: number) => Math.floor(random.float() * limit);
    const pick = <T>(items: readonly T[]) => items[below(items.length)]!;
    using faults = new DiskFaults({ powerCuts: true });
    const ledger = new Ledger();
    await using stage = await startFaultStage({ ledger, env: faults.env });
    const kinds = new Map<string, number>();
    const load = startLoad(stage, ledger, CONNECTIONS);

    for (let kill = 1; kill <= KILLS; kill++) {
      const kind = pick(['plain', 'write', 'sync', 'checkpoint', 'power cut', 'error', 'in the start']);
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
      const then = ledger.accepted.size;
      const killAfter = 1 + below(80);
      await eventually(() => ledger.accepted.size >= then + killAfter, { timeoutMs: 60_000, everyMs: 1 });
      let killedAtMs = performance.now();
      if (kind === 'plain' || kind === 'power cut' || kind === 'in the start') {
        await stage.relay.kill();
      } else {
        faults.arm(faultOf(kind, below, pick));
        const code = await ended(stage, 60_000);
        killedAtMs = performance.now();
        expect(code, kind).toBe(kind === 'error' ? 1 : 'SIGKILL');
      }
      if (kind === 'power cut') faults.loseUnsynced(stage.relay.dataDir);
      if (kind === 'in the start') {
        const nth = 1 + below(4);
        faults.arm({
          at: pick(['write', 'sync']),
          of: 'both',
          nth,
          does: pick(['kill-before', 'kill-after']),
        });
        stage.relay.spawn();
        // A start may take fewer writes than that: then it is killed as it is.
        await ended(stage, 3_000).catch(() => stage.relay.kill());
      }
      faults.disarm();
      await stage.relay.start();
      ledger.outages.push({ killedAtMs, startedAtMs: performance.now() });
      if (kill % 20 === 0) process.stdout.write(`after ${kill}: ${ledger.toString()}\n`);
    }
    load.enough();
    await load.done;
    await queueEmpty(stage, 120_000);
    process.stdout.write(
      `seed ${SEED}: ${ledger.toString()}; ${JSON.stringify(Object.fromEntries(kinds))}\n`,
    );
    expect(ledger.lost()).toEqual([]);
    expect([...ledger.damaged]).toEqual([]);
    expect(ledger.repeatedWithoutKill()).toEqual([]);
    expect(ledger.uninvited()).toEqual([]);
    expect(await stage.relay.stop()).toBe(0);
    expectConsistent(path.join(stage.relay.dataDir, 'postern.db'));
  });
});

function faultOf(
  kind: string,
  below: (limit: number) => number,
  pick: <T>(items: readonly T[]) => T,
): DiskFault {
  const does = pick(['kill-before', 'kill-after'] as const);
  switch (kind) {
    case 'write':
      return { at: 'write', of: 'wal', nth: 1 + below(60), does };
    case 'checkpoint':
      return { at: pick(['write', 'sync']), of: 'database', nth: 1, does };
    case 'error':
      // Not at a sync: what was written whole and not synced may be there or not.
      return { at: 'write', of: 'wal', nth: 1 + below(60), does: 'EIO' };
    default:
      return { at: 'sync', of: 'wal', nth: 1 + below(6), does };
  }
}

async function ended(stage: Stage, timeoutMs: number): Promise<number | string> {
  await eventually(() => !stage.relay.running, { what: 'the death of relayd', timeoutMs });
  return await stage.relay.ended();
}

/** The file is whole, and what is counted beside the deliveries is what can be counted. */
function expectConsistent(file: string): void {
  const db = new Database(file, { readonly: true });
  expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
  expect(db.pragma('foreign_key_check')).toEqual([]);
  const wrong = db
    .prepare(
      `SELECT t.name FROM destination t WHERE t.queued + t.deferred <>
       (SELECT count(*) FROM delivery d WHERE d.destination_id = t.id AND d.state IN ('queued', 'deferred'))
       OR t.delivered <> (SELECT count(*) FROM delivery d WHERE d.destination_id = t.id AND d.state = 'delivered')`,
    )
    .all();
  expect(wrong).toEqual([]);
  db.close();
}
