import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/platform/clock.ts';
import {
  createIsolatedProcess,
  type IsolatedOptions,
  type IsolatedProcess,
} from '../../../src/platform/isolated-process.ts';
import { silentLog } from '../../../src/platform/log.ts';
import { eventually } from '../../support/eventually.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const SUPPORT = path.resolve(import.meta.dirname, '../../support');
const opened: IsolatedProcess[] = [];

function isolate(options: Partial<IsolatedOptions> = {}): IsolatedProcess {
  const isolated = createIsolatedProcess({
    name: 'isolated-test',
    entry: new URL(`file://${SUPPORT}/isolated-operations.ts`),
    timeMs: 60_000,
    heapMiB: 32,
    maxWaiting: 10,
    maxOutputBytes: 64 * 1024,
    idleMs: 60_000,
    clock: systemClock,
    log: silentLog,
    ...options,
  });
  opened.push(isolated);
  return isolated;
}

async function pidOf(isolated: IsolatedProcess): Promise<number> {
  const result = await isolated.run<number>('pid', undefined, 'a');
  if (result.kind !== 'done') throw new Error(`no pid: ${JSON.stringify(result)}`);
  return result.value;
}

/** Not even as a zombie that nobody waits for. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch (error) {
    // Without /proc the first question has been answered.
    return (error as NodeJS.ErrnoException).syscall === 'open' && process.platform !== 'linux';
  }
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((isolated) => isolated.stop()));
});

describe('an isolated process', () => {
  it('answers what an operation returns, from one child that it keeps', async () => {
    const isolated = isolate();
    expect(await isolated.run('double', 21, 'a')).toEqual({ kind: 'done', value: 42 });
    expect(await isolated.run('bytes', Buffer.alloc(512 * 1024), 'a')).toEqual({
      kind: 'done',
      value: 512 * 1024,
    });
    expect(await pidOf(isolated)).toBe(await pidOf(isolated));
  });

  it('gives its child nothing of the environment', async () => {
    expect(await isolate().run('environment', undefined, 'a')).toEqual({ kind: 'done', value: [] });
  });

  it('says what an operation threw, and goes on with the same child', async () => {
    const isolated = isolate();
    const before = await pidOf(isolated);
    expect(await isolated.run('throws', undefined, 'a')).toEqual({
      kind: 'failed',
      reason: 'no such thing',
      fault: 'operation',
    });
    expect(await isolated.run('unheardOf', undefined, 'a')).toMatchObject({ kind: 'failed' });
    expect(await pidOf(isolated)).toBe(before);
  });

  it.each([
    ['an endless loop', 'endless', undefined],
    ['a promise that never settles', 'neverAnswers', undefined],
    ['a regular expression that tries everything', 'catastrophicRegex', `${'a'.repeat(60)}!`],
  ])('ends %s when its time is up, and nothing that waits', async (_, operation, input) => {
    const clock = new VirtualClock();
    const isolated = isolate({ clock, timeMs: 2_000 });
    const before = await pidOf(isolated);
    const stuck = isolated.run(operation, input, 'a');
    const waiting = isolated.run('double', 1, 'a');
    await clock.advance(2_000);
    expect(await stuck).toEqual({ kind: 'limit', limit: 'time' });
    expect(await waiting).toEqual({ kind: 'done', value: 2 });
    expect(isRunning(before)).toBe(false);
  });

  it.each(['smallObjects', 'hugeArray', 'hugeString', 'endlessString', 'manyBuffers', 'hugeBuffer'])(
    'ends what holds too much memory: %s',
    async (operation) => {
      const isolated = isolate();
      const greedy = isolated.run(operation, undefined, 'a');
      const waiting = isolated.run('double', 1, 'a');
      expect(await greedy).toEqual({ kind: 'limit', limit: 'memory' });
      expect(await waiting).toEqual({ kind: 'done', value: 2 });
    },
  );

  it('replaces a child that holds what it should have let go, before the next operation pays for it', async () => {
    const isolated = isolate();
    const pids = new Set<number>();
    for (let count = 0; count < 4; count++) {
      const result = await isolated.run<number>('keeps', 60, 'a');
      expect(result.kind).toBe('done');
      if (result.kind === 'done') pids.add(result.value);
    }
    expect(pids.size).toBe(4);
  });

  it('holds nothing against an operation that failed for what earlier ones left behind', async () => {
    const isolated = isolate();
    const first = await isolated.run<number>('keepsOnHeap', 20, 'a');
    expect(first.kind).toBe('done');
    expect(await isolated.run('takesOnHeap', 20, 'b')).toEqual({ kind: 'done', value: 20 });
    expect(await pidOf(isolated)).not.toBe(first.kind === 'done' && first.value);
    // What is too much for a child of its own is refused as ever.
    expect(await isolated.run('takesOnHeap', 60, 'b')).toEqual({ kind: 'limit', limit: 'memory' });
  });

  it.runIf(process.platform === 'linux')('leaves nothing of what it held in a core dump', async () => {
    expect(await isolate().run('coreDumpFilter', undefined, 'a')).toEqual({
      kind: 'done',
      value: '00000000',
    });
  });

  it('passes on no answer that is too large', async () => {
    const isolated = isolate({ maxOutputBytes: 1_000 });
    expect(await isolated.run('output', 900, 'a')).toEqual({ kind: 'done', value: 'x'.repeat(900) });
    expect(await isolated.run('output', 1_001, 'a')).toEqual({ kind: 'limit', limit: 'output' });
  });

  it('refuses what is more than may wait, of whoever has most waiting', async () => {
    const isolated = isolate({ maxWaiting: 3 });
    const answers: string[] = [];
    const note = (name: string, flow: string) =>
      isolated.run('double', 1, flow).then(({ kind }) => answers.push(`${name} ${kind}`));
    const all = [note('a1', 'a'), note('a2', 'a'), note('a3', 'a'), note('a4', 'a'), note('b1', 'b')];
    await Promise.all(all);
    expect(answers.sort()).toEqual(['a1 done', 'a2 done', 'a3 busy', 'a4 busy', 'b1 done']);
  });

  it('takes what waits flow by flow', async () => {
    const isolated = isolate();
    const order: string[] = [];
    const note = (name: string, flow: string) => isolated.run('double', 1, flow).then(() => order.push(name));
    await Promise.all([note('a1', 'a'), note('a2', 'a'), note('a3', 'a'), note('b1', 'b'), note('c1', 'c')]);
    expect(order).toEqual(['a1', 'b1', 'c1', 'a2', 'a3']);
  });

  it('replaces a child that was killed from outside; only what was in hand fails', async () => {
    const isolated = isolate();
    const pid = await pidOf(isolated);
    const inHand = isolated.run('neverAnswers', undefined, 'a');
    const waiting = isolated.run('double', 1, 'a');
    process.kill(pid, 'SIGKILL');
    expect(await inHand).toMatchObject({ kind: 'failed', fault: 'process' });
    expect(await waiting).toEqual({ kind: 'done', value: 2 });
  });

  it('keeps its child through the signals that end a group of processes', async () => {
    const isolated = isolate();
    const pid = await pidOf(isolated);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.kill(pid, signal);
    expect(await pidOf(isolated)).toBe(pid);
  });

  it('fails everything that waits when the child cannot start', async () => {
    const isolated = isolate({ entry: new URL(`file://${SUPPORT}/not-there.ts`) });
    const results = await Promise.all([isolated.run('double', 1, 'a'), isolated.run('double', 1, 'b')]);
    expect(results).toMatchObject([
      { kind: 'failed', fault: 'process' },
      { kind: 'failed', fault: 'process' },
    ]);
  });

  it('ends an idle child, and starts another when there is work', async () => {
    const clock = new VirtualClock();
    const isolated = isolate({ clock, idleMs: 30_000 });
    const first = await pidOf(isolated);
    await clock.advance(29_999);
    expect(await pidOf(isolated)).toBe(first);
    await clock.advance(30_000);
    await eventually(() => !isRunning(first));
    expect(await pidOf(isolated)).not.toBe(first);
    await isolated.stop();
    expect(clock.pendingTimers).toBe(0);
  });

  it('does not keep an idle child that holds much', async () => {
    const clock = new VirtualClock();
    const isolated = isolate({ clock, heapMiB: 96, idleMs: 30_000 });
    const first = await pidOf(isolated);
    expect(await isolated.run('keeps', 45, 'a')).toEqual({ kind: 'done', value: first });
    await clock.advance(1_000);
    await eventually(() => !isRunning(first));
    expect(await pidOf(isolated)).not.toBe(first);
  });

  it('is gone when stop resolves, and takes nothing more', async () => {
    const isolated = isolate();
    const pid = await pidOf(isolated);
    const inHand = isolated.run('endless', undefined, 'a');
    const waiting = isolated.run('double', 1, 'a');
    await isolated.stop();
    expect(isRunning(pid)).toBe(false);
    for (const result of [await inHand, await waiting, await isolated.run('double', 1, 'a')])
      expect(result).toMatchObject({ kind: 'failed', fault: 'process' });
  });

  it.each(['endlessOnceNoted', 'noted'])(
    'goes with a parent that is killed (last operation: %s)',
    async (operation) => {
      const folder = mkdtempSync(path.join(tmpdir(), 'postern-isolated-'));
      const note = path.join(folder, 'note');
      const parent = spawn(process.execPath, [path.join(SUPPORT, 'isolated-parent.ts'), operation, note]);
      await eventually(() => existsSync(note));
      const pid = Number(readFileSync(note, 'utf8'));
      expect(isRunning(pid)).toBe(true);
      parent.kill('SIGKILL');
      await eventually(() => !isRunning(pid));
      rmSync(folder, { recursive: true });
    },
  );
});
