/** The engine of templates over a process that the test answers for. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { IsolatedResult } from '../../../src/platform/isolated-result.ts';
import { silentLog } from '../../../src/platform/log.ts';
import { createTemplateEngine, type TemplateEngine } from '../../../src/template/template-engine.ts';
import {
  templateOperations,
  type FillInput,
  type TemplateSource,
} from '../../../src/template/template-operations.ts';
import { eventually } from '../../support/eventually.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const SOURCE: TemplateSource = {
  subject: undefined,
  html: undefined,
  text: 'Hi {{ name }}',
  variables: undefined,
};

interface Call {
  readonly operation: string;
  readonly input: FillInput;
  readonly flow: string;
  answer(result: IsolatedResult<unknown>): void;
  /** As the process would. */
  work(): void;
}

let calls: Call[];
let loads: number;
let clock: VirtualClock;
let engine: TemplateEngine;
beforeEach(() => {
  calls = [];
  loads = 0;
  clock = new VirtualClock(0);
  const operations = templateOperations();
  engine = createTemplateEngine({
    process: {
      run: (operation, input, flow) =>
        new Promise((resolve) => {
          const answer = (result: IsolatedResult<unknown>) => resolve(result as never);
          const work = () => answer({ kind: 'done', value: operations.fill(input as FillInput) });
          calls.push({ operation, input: input as FillInput, flow, answer, work });
        }),
      stop: () => Promise.resolve(),
    },
    clock,
    log: silentLog,
  });
});

const load = () => {
  loads++;
  return Promise.resolve(SOURCE);
};
const fill = (name: string, key = 'tpl_1@1', account = 'acc_1') =>
  engine.fill({ key, load }, { name }, account);
const call = async (index: number) => {
  await eventually(() => calls.length > index);
  return calls[index]!;
};

describe('the engine of templates', () => {
  it('sends the source only when the process does not have the version', async () => {
    const first = fill('Ada');
    (await call(0)).work();
    (await call(1)).work();
    expect(await first).toMatchObject({ text: 'Hi Ada' });
    const second = fill('Bob');
    (await call(2)).work();
    expect(await second).toMatchObject({ text: 'Hi Bob' });
    expect(calls.map(({ input }) => input.source !== undefined)).toEqual([false, true, false]);
    expect(loads).toBe(1);
  });

  it('gathers what comes while the version is being filled, and answers each', async () => {
    const names = Array.from({ length: 130 }, (_, index) => `n${index}`);
    const filled = [fill('Ada')];
    const first = await call(0);
    filled.push(...names.map((name) => fill(name)));
    first.work();
    for (let index = 1; index <= 3; index++) (await call(index)).work();
    expect((await Promise.all(filled)).map((each) => 'text' in each && each.text)).toEqual(
      ['Ada', ...names].map((name) => `Hi ${name}`),
    );
    expect(calls.map(({ input }) => input.given.length)).toEqual([1, 64, 64, 3]);
  });

  it('works for accounts by name, each version by itself', async () => {
    const both = [fill('Ada', 'tpl_1@1', 'acc_1'), fill('Bob', 'tpl_2@1', 'acc_2')];
    expect([(await call(0)).flow, (await call(1)).flow]).toEqual(['acc_1', 'acc_2']);
    for (let index = 0; index < 4; index++) (await call(index)).work();
    expect(await Promise.all(both)).toHaveLength(2);
  });

  it.each([
    ['time', /takes longer than 5 s, the limit of time/],
    ['memory', /takes more than 96 MiB, the limit of memory/],
  ] as const)('does not try a version again at once that passed the limit of %s', async (limit, words) => {
    const filled = fill('Ada');
    (await call(0)).answer({ kind: 'limit', limit });
    expect(await filled).toEqual({ at: 'template', problem: expect.stringMatching(words) as string });
    await clock.advance(60_000);
    expect(await fill('Bob')).toMatchObject({
      problem: expect.stringContaining('(not tried again for 240 s)') as string,
    });
    expect(calls).toHaveLength(1);
    await clock.advance(240_000);
    const again = fill('Bob');
    (await call(1)).work();
    (await call(2)).work();
    expect(await again).toMatchObject({ text: 'Hi Bob' });
  });

  it('lets an account wait whose templates pass limits again and again, and no other', async () => {
    for (let index = 0; index < 5; index++) {
      const checked = engine.check(SOURCE, 'acc_1');
      (await call(index)).answer({ kind: 'limit', limit: 'time' });
      expect(await checked).toMatchObject({ at: 'template' });
    }
    await expect(engine.check(SOURCE, 'acc_1')).rejects.toMatchObject({
      code: 'held',
      retryAfterSeconds: 300,
    });
    await expect(fill('Ada')).rejects.toMatchObject({ code: 'held' });
    const other = fill('Ada', 'tpl_2@1', 'acc_2');
    (await call(5)).work();
    (await call(6)).work();
    expect(await other).toMatchObject({ text: 'Hi Ada' });
  });

  it('takes what is our side’s as such: nothing is held against the template', async () => {
    const refused = fill('Ada');
    (await call(0)).answer({ kind: 'busy' });
    await expect(refused).rejects.toMatchObject({ code: 'busy' });
    const failed = fill('Ada');
    (await call(1)).answer({ kind: 'failed', reason: 'gone', fault: 'process' });
    await expect(failed).rejects.toMatchObject({ code: 'failed' });
    const again = fill('Ada');
    (await call(2)).work();
    (await call(3)).work();
    expect(await again).toMatchObject({ text: 'Hi Ada' });
  });

  it('rejects with what reading the source threw', async () => {
    const filled = engine.fill(
      {
        key: 'tpl_9@1',
        load: () => {
          throw new Error('the disk');
        },
      },
      { name: 'Ada' },
      'acc_1',
    );
    (await call(0)).work();
    await expect(filled).rejects.toThrow('the disk');
  });

  it('sends no variables that are too many or too deep', async () => {
    const deep = JSON.parse('['.repeat(5_000) + ']'.repeat(5_000)) as unknown;
    expect(await engine.fill({ key: 'tpl_1@1', load }, { name: deep }, 'acc_1')).toEqual({
      at: 'variables',
      problem: 'are nested deeper than 20',
    });
    expect(calls).toHaveLength(0);
  });

  it('has so many messages wait for a version, and refuses the rest', async () => {
    const filled = Array.from({ length: 1_001 }, (_, index) => fill(`n${index}`));
    await expect(filled[1_000]).rejects.toMatchObject({ code: 'busy' });
    void Promise.allSettled(filled);
    for (let index = 0; index < 17; index++) (await call(index)).work();
    expect(await Promise.all(filled.slice(0, 1_000))).toHaveLength(1_000);
  });
});
