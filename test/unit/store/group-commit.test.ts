/** Group commit against a transaction that fails as told. */
import { describe, expect, test } from 'vitest';
import { StoreError } from '../../../src/store/errors.ts';
import type { Operation, TransactionControl } from '../../../src/store/sqlite/engine/group-commit.ts';
import { GroupCommit } from '../../../src/store/sqlite/engine/group-commit.ts';
import type { Damage } from '../../../src/store/sqlite/engine/sqlite-error.ts';

class Damaged extends Error {
  readonly damage: Damage;
  constructor(damage: Damage) {
    super(damage);
    this.damage = damage;
  }
}

const CODES = { operation: 'conflict', busy: 'busy', full: 'disk-full', broken: 'failed' } as const;

/** Keeps a journal of what it was told, and throws where `script` says so, once each. */
function scripted(script: Partial<Record<keyof TransactionControl, Error>> = {}) {
  const failures = new Map(Object.entries(script));
  const journal: string[] = [];
  const failed: StoreError[] = [];
  const step = (name: keyof TransactionControl) => () => {
    journal.push(name);
    const error = failures.get(name);
    failures.delete(name);
    if (error !== undefined) throw error;
  };
  const transaction: TransactionControl = {
    begin: step('begin'),
    savepoint: step('savepoint'),
    release: step('release'),
    rollbackToSavepoint: step('rollbackToSavepoint'),
    commit: step('commit'),
    committed: step('committed'),
    rollback: step('rollback'),
  };
  const options = {
    transaction,
    damageOf: (error: unknown) => (error instanceof Damaged ? error.damage : 'operation'),
    storeError: (error: unknown) =>
      new StoreError(error instanceof Damaged ? CODES[error.damage] : 'conflict', 'x'),
    onFailure: (error: StoreError) => void failed.push(error),
    schedule: (callback: () => void) => void setImmediate(callback),
  };
  return { commits: new GroupCommit(options), options, journal, failed };
}

function operation<T>(run: () => T, parts: Partial<Operation<T>> = {}): Operation<T> {
  return { grows: false, sizeBytes: 0, run, ...parts };
}

function codes(results: readonly PromiseSettledResult<unknown>[]): string[] {
  return results.map((result) => (result.status === 'fulfilled' ? 'ok' : (result.reason as StoreError).code));
}

describe('group commit', () => {
  test('what gathers in a turn is one transaction', async () => {
    const { commits, journal } = scripted();
    const results = await Promise.all([1, 2, 3].map((value) => commits.submit(operation(() => value))));
    expect(results).toEqual([1, 2, 3]);
    expect(journal).toEqual(['begin', 'commit', 'committed']);
  });

  test('after an operation failed the batch is done again with a savepoint each', async () => {
    const { commits, journal } = scripted();
    const runs: number[] = [];
    const good = (value: number) => operation(() => runs.push(value));
    const bad = operation(() => {
      runs.push(0);
      throw new StoreError('not-found', 'none');
    });
    await Promise.allSettled([good(1), bad, good(2)].map((each) => commits.submit(each)));
    expect(runs).toEqual([1, 0, 1, 0, 2]);
    const kept = ['savepoint', 'release'];
    const undone = ['savepoint', 'rollbackToSavepoint'];
    const apart = ['begin', ...kept, ...undone, ...kept, 'commit', 'committed'];
    expect(journal).toEqual(['begin', 'rollback', ...apart]);
  });

  test('nothing resolves before the commit returned', async () => {
    const { commits, journal } = scripted();
    await commits.submit(operation(() => 1)).then(() => journal.push('resolved'));
    expect(journal.slice(-3)).toEqual(['commit', 'committed', 'resolved']);
  });

  test('a transaction is bounded in operations and in octets', async () => {
    const { commits, journal } = scripted();
    const begun = () => journal.filter((step) => step === 'begin').length;
    await Promise.all(Array.from({ length: 600 }, () => commits.submit(operation(() => 0))));
    expect(begun()).toBe(3);
    const chunk = { sizeBytes: 3 * 1024 * 1024 };
    await Promise.all(Array.from({ length: 6 }, () => commits.submit(operation(() => 0, chunk))));
    expect(begun()).toBe(6);
  });

  test('an operation that fails rejects alone', async () => {
    const { commits, journal, failed } = scripted();
    const bad = operation(() => {
      throw new StoreError('not-found', 'none');
    });
    const results = await Promise.allSettled([
      commits.submit(operation(() => 1)),
      commits.submit(bad),
      commits.submit(operation(() => 2)),
    ]);
    expect(codes(results)).toEqual(['ok', 'conflict', 'ok']);
    expect(journal.filter((step) => step === 'rollbackToSavepoint')).toHaveLength(1);
    expect(failed).toEqual([]);
  });

  test.each(['begin', 'commit'] as const)('an I/O error at %s fails all, for good', async (step) => {
    const { commits, journal, failed } = scripted({ [step]: new Damaged('broken') });
    const results = await Promise.allSettled([1, 2].map(() => commits.submit(operation(() => 1))));
    expect(codes(results)).toEqual(['failed', 'failed']);
    expect(failed).toHaveLength(1);
    const before = journal.length;
    await expect(commits.submit(operation(() => 1))).rejects.toMatchObject({ code: 'failed' });
    expect(journal).toHaveLength(before);
    await commits.close();
  });

  test('an I/O error inside an operation fails the batch and what waits behind it', async () => {
    const { commits, failed } = scripted();
    const bad = operation(() => {
      throw new Damaged('broken');
    });
    const behind = Array.from({ length: 300 }, () => commits.submit(operation(() => 1)));
    const results = await Promise.allSettled([commits.submit(bad), ...behind]);
    expect(new Set(codes(results.slice(0, 1)))).toEqual(new Set(['failed']));
    expect(failed).toHaveLength(1);
  });

  test('a full disk refuses mail but the outcomes are tried once more without it', async () => {
    const { commits, journal, failed } = scripted({ commit: new Damaged('full') });
    const results = await Promise.allSettled([
      commits.submit(operation(() => 1, { grows: true })),
      commits.submit(operation(() => 2)),
    ]);
    expect(codes(results)).toEqual(['disk-full', 'ok']);
    expect(journal.filter((step) => step === 'begin')).toHaveLength(2);
    expect(failed).toEqual([]);
    await expect(commits.submit(operation(() => 3, { grows: true }))).resolves.toBe(3);
  });

  test('a lock that another process holds for too long is busy, and over later', async () => {
    const { commits, failed } = scripted({ begin: new Damaged('busy') });
    const results = await Promise.allSettled([1, 2].map(() => commits.submit(operation(() => 1))));
    expect(codes(results)).toEqual(['busy', 'busy']);
    expect(failed).toEqual([]);
    await expect(commits.submit(operation(() => 1))).resolves.toBe(1);
  });

  test('mail is refused at once when too much waits; outcomes are not', async () => {
    const { options } = scripted();
    const commits = new GroupCommit({ ...options, maxWaitingOperations: 2, maxWaitingBytes: 100 });
    const grow = (sizeBytes: number) => commits.submit(operation(() => 1, { grows: true, sizeBytes }));
    const results = await Promise.allSettled([
      grow(10),
      grow(100),
      grow(1),
      commits.submit(operation(() => 1)),
    ]);
    expect(codes(results)).toEqual(['ok', 'ok', 'busy', 'ok']);
    const large = await Promise.allSettled([grow(100), grow(1)]);
    expect(codes(large)).toEqual(['ok', 'busy']);
  });

  test('closing finishes what waits and refuses the rest', async () => {
    const { commits } = scripted();
    const waiting = commits.submit(operation(() => 1));
    const closed = commits.close();
    await expect(commits.submit(operation(() => 2))).rejects.toMatchObject({ code: 'closed' });
    await closed;
    await expect(waiting).resolves.toBe(1);
    await commits.close();
  });

  describe('patient operations', () => {
    /** Group commit whose lingering ends when told. */
    function lingering() {
      const { options, journal } = scripted();
      const ends: (() => void)[] = [];
      let cancelled = 0;
      const linger = (callback: () => void) => {
        ends.push(callback);
        return { cancel: () => (cancelled += 1) };
      };
      const commits = new GroupCommit({ ...options, linger });
      return { commits, journal, ends, cancelled: () => cancelled };
    }
    const patient = (value: number) => operation(() => value, { patient: true });
    const nextTurn = () => new Promise<void>((resolve) => void setImmediate(() => setImmediate(resolve)));
    const commitsIn = (journal: readonly string[]) => journal.filter((step) => step === 'commit').length;

    test('wait for others, and share their commit', async () => {
      const { commits, journal, ends, cancelled } = lingering();
      const first = commits.submit(patient(1));
      await nextTurn();
      expect([journal, ends.length]).toEqual([[], 1]);
      expect(await Promise.all([first, commits.submit(operation(() => 2))])).toEqual([1, 2]);
      expect([commitsIn(journal), cancelled()]).toEqual([1, 1]);
    });

    test('wait no longer than they may', async () => {
      const { commits, journal, ends } = lingering();
      const both = Promise.all([commits.submit(patient(1)), commits.submit(patient(2))]);
      expect(ends).toHaveLength(1);
      ends[0]?.();
      expect(await both).toEqual([1, 2]);
      expect(commitsIn(journal)).toBe(1);
    });

    test('do not wait when they are many', async () => {
      const { commits } = lingering();
      const all = Array.from({ length: 32 }, (_, i) => commits.submit(patient(i)));
      expect(await Promise.all(all)).toHaveLength(32);
    });

    test('are all while many come, and none when one came alone', async () => {
      const { commits, journal, ends } = lingering();
      const impatient = (value: number) => commits.submit(operation(() => value));
      await Promise.all([impatient(1), impatient(2), impatient(3)]);
      expect([commitsIn(journal), ends.length]).toEqual([1, 0]);
      const fourth = impatient(4);
      await nextTurn();
      expect([commitsIn(journal), ends.length]).toEqual([1, 1]);
      ends[0]?.();
      expect(await fourth).toBe(4);
      expect(await impatient(5)).toBe(5);
      expect([commitsIn(journal), ends.length]).toEqual([3, 1]);
    });

    test('are finished by closing', async () => {
      const { commits } = lingering();
      const first = commits.submit(patient(1));
      await commits.close();
      expect(await first).toBe(1);
    });
  });
});
