/** Which load generator and sink a benchmark uses: native ones where they can be compiled, those in Node.js elsewhere. */
import { afterEach, describe, expect, it } from 'vitest';
import type { LoadResult } from '../../../bench/load-generator.ts';
import type { SinkReport } from '../../../bench/sink.ts';
import type { ToolProcess } from '../../../bench/tool-process.ts';
import { chooseTools } from '../../../bench/tools.ts';

const NO_COMPILER = () => ({ missing: 'no C compiler here (install one)' });
const PROGRAMS = () => ({ generator: '/nowhere/generator', sink: '/nowhere/sink' });

let running: ToolProcess[] = [];
afterEach(async () => {
  for (const tool of running) await tool.stop();
  running = [];
});

describe('the choice of tools', () => {
  it('is the native ones where they can be had', () => {
    expect(chooseTools(undefined, PROGRAMS).tools.name).toBe('native');
    expect(chooseTools('native', PROGRAMS).note).toBe('load generator and sink: native');
  });

  it('is those in Node.js where a compiler is missing, and says what to install', () => {
    const { tools, note } = chooseTools(undefined, NO_COMPILER);
    expect(tools.name).toBe('node');
    expect(note).toBe('load generator and sink: node, as there is no C compiler here (install one)');
  });

  it('is what was asked for, or an error', () => {
    expect(chooseTools('node', PROGRAMS).tools.name).toBe('node');
    expect(() => chooseTools('native', NO_COMPILER)).toThrow('--tools native: no C compiler here');
    expect(() => chooseTools('perl', PROGRAMS)).toThrow('--tools knows native and node, not perl');
  });

  it('works without a compiler', async () => {
    const { tools } = chooseTools('node');
    const sink = tools.startSink({ host: '127.0.0.1', port: 0, tls: undefined });
    const generator = tools.startGenerator();
    running.push(sink, generator);
    const { listening } = await sink.next<{ listening: number }>(10_000);
    sink.send({ command: 'expect', run: 1, count: 10 });
    generator.send({
      run: 1,
      target: {
        host: '127.0.0.1',
        port: listening,
        ...{ tls: 'none', resumeSessions: false, pipelining: true, from: 'a@b.test', to: 'c@d.test' },
      },
      ...{ sizeBytes: 4096, connections: 2, reuse: true, count: 10, maxSeconds: 10 },
    });
    expect((await generator.next<LoadResult>(20_000)).accepted).toBe(10);
    sink.send({ command: 'report', unique: 10, withinMs: 5_000 });
    expect(await sink.next<SinkReport>(10_000)).toMatchObject({ unique: 10, duplicates: 0, stray: 0 });
  });
});
