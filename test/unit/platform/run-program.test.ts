/** Programs of the operator, as real child processes: what they get, and what ends them. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/platform/clock.ts';
import { runProgram, type Program } from '../../../src/platform/run-program.ts';
import { eventually } from '../../support/eventually.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const LIMITS = { input: '', timeoutMs: 30_000, outputBytes: 100 };
const run = (program: Partial<Program> & Pick<Program, 'command'>, signal?: AbortSignal) =>
  runProgram({ ...LIMITS, ...program }, systemClock, signal);

describe('a program', () => {
  it('gets its arguments as they are, without a shell', async () => {
    expect(await run({ command: ['/bin/echo', '$HOME; `id` *', '"'] })).toEqual({
      ok: true,
      outcome: 'exit code 0',
      output: '$HOME; `id` * "',
    });
  });

  it('gets its text on standard input', async () => {
    expect(await run({ command: ['/bin/cat'], input: '{"a": 1}\n' })).toMatchObject({ output: '{"a": 1}' });
  });

  it('need not read it', async () => {
    expect(await run({ command: ['/bin/true'], input: 'x'.repeat(1_000_000) })).toMatchObject({ ok: true });
  });

  it('has a clean environment and the root as its folder', async () => {
    process.env['RELAY_DATA_KEY'] = 'secret';
    try {
      const { output } = await run({ command: ['/bin/sh', '-c', '/usr/bin/env; pwd'], outputBytes: 10_000 });
      const lines = output.split('\n').filter((line) => !/^(?:_|SHLVL|PWD|OLDPWD)=/.test(line));
      expect(lines.sort()).toEqual([
        '/',
        'LANG=C.UTF-8',
        'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
        expect.stringMatching(/^POSTERN_PROGRAM=[\d-]+$/),
      ]);
    } finally {
      delete process.env['RELAY_DATA_KEY'];
    }
  });

  it('has its output kept up to the limit, and read beyond it', async () => {
    const { ok, output } = await run({
      command: ['/bin/sh', '-c', 'head -c 5000000 /dev/zero | tr "\\0" x; echo no >&2'],
    });
    expect(ok).toBe(true);
    expect(output).toBe('x'.repeat(100));
  });

  it.each([
    ['its exit code', ['/bin/sh', '-c', 'echo why >&2; exit 3'], 'exit code 3', 'why'],
    ['its signal', ['/bin/sh', '-c', 'kill -SEGV $$'], 'killed by SIGSEGV', ''],
    ['that it is not there', ['/nowhere/page'], 'cannot be started: there is no such program', ''],
    ['that it is none', ['/etc/passwd'], 'cannot be started: it may not be executed by this user', ''],
  ])('that fails says %s', async (_what, command, outcome, output) => {
    expect(await run({ command })).toEqual({ ok: false, outcome, output });
  });

  it.each([
    ['a child in its group', 'sh -c "$CHILD" &'],
    ['a child with a session of its own', 'setsid sh -c "$CHILD" &'],
    ['a daemon that init has adopted', 'setsid sh -c "sh -c \'$CHILD\' & exit" &'],
  ])('is killed after its time, and with it %s', async (_what, start) => {
    const file = path.join(mkdtempSync(path.join(tmpdir(), 'run-')), 'pid');
    writeFileSync(file, '');
    const clock = new VirtualClock();
    const script = `CHILD='echo $$ > ${file}; exec sleep 600'; ${start} exec sleep 600`;
    const running = runProgram({ ...LIMITS, command: ['/bin/sh', '-c', script] }, clock);
    const pid = () => Number(readFileSync(file, 'utf8'));
    await eventually(() => pid() > 0, { what: 'the child to run' });
    await clock.advance(30_000);
    expect(await running).toMatchObject({ ok: false, outcome: 'ended after 30 s' });
    await eventually(() => !isRunning(pid()), { what: 'the child to end' });
  });

  it('is killed without the children of another program', async () => {
    const stop = new AbortController();
    const other = run({ command: ['/usr/bin/setsid', '--wait', '/bin/sleep', '600'] }, stop.signal);
    const clock = new VirtualClock();
    const killed = runProgram({ ...LIMITS, command: ['/bin/sleep', '600'] }, clock);
    await clock.advance(30_000);
    expect(await killed).toMatchObject({ outcome: 'ended after 30 s' });
    stop.abort();
    expect(await other).toMatchObject({ outcome: 'ended, because relayd stops' });
  });

  it('that is over does not wait for what it left behind', async () => {
    const left = path.join(mkdtempSync(path.join(tmpdir(), 'run-')), 'pid');
    writeFileSync(left, '');
    const result = await run({ command: ['/bin/sh', '-c', `echo done; sleep 60 & echo $! > ${left}`] });
    expect(result).toEqual({ ok: true, outcome: 'exit code 0', output: 'done' });
    process.kill(Number(readFileSync(left, 'utf8')), 'SIGKILL');
  });

  it('ends when it is told to', async () => {
    const stop = new AbortController();
    const running = run({ command: ['/bin/sleep', '600'] }, stop.signal);
    stop.abort();
    expect(await running).toMatchObject({ ok: false, outcome: 'ended, because relayd stops' });
  });
});

/** A zombie of another parent counts as ended. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
