/** Group commit of PostgreSQL against a database that is there or away as told, on a virtual clock. */
import { describe, expect, test } from 'vitest';
import { silentLog } from '../../../../src/platform/log.ts';
import { CommitMeasures } from '../../../../src/store/flow/commit-measures.ts';
import {
  CommitLost,
  GroupCommit,
  type Operation,
  type Outcome,
} from '../../../../src/store/postgres/engine/group-commit.ts';
import { seededRandom } from '../../../support/seeded-random.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const FULL = Object.assign(new Error('could not extend file'), { code: '53100' });
const GONE = Object.assign(new Error('terminating connection'), { code: '57P01' });
const MAIL: Operation = { grows: true, sizeBytes: 1 };
const OUTCOME: Operation = { grows: false, sizeBytes: 0 };

function scripted() {
  const clock = new VirtualClock();
  const database: { error: Error | undefined } = { error: undefined };
  const told: boolean[] = [];
  const commits = new GroupCommit<Operation>({
    commit: (batch) =>
      database.error === undefined
        ? Promise.resolve(batch.map((): Outcome => ({ ok: true, value: 'durable' })))
        : Promise.reject(database.error),
    learnsFrom: () => false,
    onLost: () => undefined,
    onWaits: (waits) => void told.push(waits),
    clock,
    random: seededRandom(1),
    log: silentLog,
    measures: new CommitMeasures(clock),
  });
  return { clock, database, told, commits };
}

describe('while the database takes nothing', () => {
  test('an outcome waits, which is told until it is written', async () => {
    const { clock, database, told, commits } = scripted();
    database.error = FULL;
    const written = commits.submit(OUTCOME);
    await clock.advance(60_000);
    expect(told).toEqual([true]);
    database.error = undefined;
    await clock.advance(5_000);
    expect(await written).toBe('durable');
    expect(told).toEqual([true, false]);
  });

  test('mail is refused at once, and that alone keeps nobody waiting', async () => {
    const { clock, database, told, commits } = scripted();
    database.error = FULL;
    const refused = expect(commits.submit(MAIL)).rejects.toMatchObject({ code: 'disk-full' });
    await clock.advance(5_000);
    await refused;
    expect(told).toEqual([]);
  });

  test('mail whose commit may hold is refused for now when that stays unknown for twenty seconds', async () => {
    const { clock, database, told, commits } = scripted();
    database.error = new CommitLost('lost', { cause: GONE });
    let refusedAtMs = Infinity;
    const refused = commits.submit(MAIL).catch((error: unknown) => {
      refusedAtMs = clock.monotonic();
      expect(error).toMatchObject({ code: 'busy' });
    });
    await clock.advance(60_000);
    await refused;
    expect(refusedAtMs).toBeGreaterThanOrEqual(20_000);
    expect(refusedAtMs).toBeLessThan(25_000);
    expect(told).toEqual([true, false]);
  });
});
