import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/platform/clock.ts';
import { bufferedSink, createLog } from '../../../src/platform/log.ts';
import type { LogLevel } from '../../../src/platform/log.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

function log(format: 'json' | 'text', level: LogLevel = 'info') {
  const lines: string[] = [];
  const clock = { ...systemClock, now: () => Date.UTC(2026, 0, 5, 9, 0, 0, 7) };
  return { lines, log: createLog({ level, format, clock, write: (line) => lines.push(line) }) };
}

describe('createLog', () => {
  it('writes one JSON object a line', () => {
    const { lines, log: out } = log('json');
    out.info('accepted', { message: 'msg_1', text: 'a\nb', absent: undefined });
    expect(lines).toEqual([
      '{"time":"2026-01-05T09:00:00.007Z","level":"info","event":"accepted","message":"msg_1","text":"a\\nb"}',
    ]);
  });

  it('writes text that no value can break into two lines', () => {
    const { lines, log: out } = log('text');
    out.warn('refused', { reply: '550 no\r\nerror forged', empty: '', absent: undefined, count: 2 });
    expect(lines).toEqual([
      String.raw`09:00:00.007 warn  refused reply="550 no\r\nerror forged" empty="" count=2`,
    ]);
  });

  it('drops what is below its level, and says so beforehand', () => {
    const { lines, log: out } = log('text', 'warn');
    out.debug('a');
    out.info('b');
    out.error('c');
    expect(lines).toHaveLength(1);
    expect([out.enabled('info'), out.enabled('warn')]).toEqual([false, true]);
  });
});

it.each([
  '1969-12-31T23:59:59.998Z',
  '1970-01-01T00:00:00.000Z',
  '2026-01-05T09:00:00.007Z',
  '2026-01-05T09:00:01.120Z',
])('says when, to the millisecond: %s', (time) => {
  const lines: string[] = [];
  let nowMs = Date.parse(time) - 1_000;
  const clock = { ...systemClock, now: () => nowMs };
  const out = createLog({ level: 'info', format: 'json', clock, write: (line) => lines.push(line) });
  for (const stepMs of [0, 500, 499.9, 0.1]) {
    nowMs += stepMs;
    out.info('a');
  }
  expect(lines.map((line) => (JSON.parse(line) as { time: string }).time)).toEqual(
    [-1_000, -500, -0.1, 0].map((fromMs) => new Date(Date.parse(time) + fromMs).toISOString()),
  );
});

describe('the sink', () => {
  let folder: string;
  let file: string;
  let fd: number;
  const written = () => readFileSync(file, 'utf8');

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'postern-log-'));
    file = path.join(folder, 'log');
    fd = openSync(file, 'w');
  });
  afterEach(() => {
    closeSync(fd);
    rmSync(folder, { recursive: true });
  });

  it('writes a line of a quiet relay at the end of its turn, and the lines of a busy one together', async () => {
    const clock = new VirtualClock();
    const sink = bufferedSink(fd, clock);
    sink.write('one');
    expect(written()).toBe('');
    await nextTurn();
    expect(written()).toBe('one\n');
    sink.write('two');
    await nextTurn();
    sink.write('three');
    await nextTurn();
    expect(written()).toBe('one\n');
    await clock.advance(19);
    expect(written()).toBe('one\n');
    await clock.advance(1);
    expect(written()).toBe('one\ntwo\nthree\n');
  });

  it('writes at once what waits when it is asked to', async () => {
    const sink = bufferedSink(fd, new VirtualClock());
    sink.write('one');
    await nextTurn();
    sink.write('two');
    sink.flush();
    expect(written()).toBe('one\ntwo\n');
  });
});
