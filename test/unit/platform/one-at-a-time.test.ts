import { expect, it } from 'vitest';
import { OneAtATime, TooManyWaitingError } from '../../../src/platform/one-at-a-time.ts';

function setUp(mostWaiting: number) {
  const queue = new OneAtATime(mostWaiting);
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const run = (flow: string, name: string) =>
    queue.run(flow, async () => {
      begun.push(name);
      await new Promise<void>((resolve) => ends.push(resolve));
      return name;
    });
  return { queue, begun, ends, run };
}

it('runs one, and the next of another flow when it has ended', async () => {
  const { begun, ends, run } = setUp(10);
  const all = [run('a', 'a1'), run('a', 'a2'), run('a', 'a3'), run('b', 'b1')];
  expect(begun).toEqual(['a1']);
  for (const one of [0, 1, 2, 3]) {
    ends[one]?.();
    await Promise.race([all[one], new Promise(setImmediate)]);
    await new Promise(setImmediate);
  }
  expect(begun).toEqual(['a1', 'a2', 'b1', 'a3']);
  expect(await Promise.all(all)).toEqual(['a1', 'a2', 'a3', 'b1']);
});

it('turns away the flow that has most waiting when there is no more room', async () => {
  const { ends, run } = setUp(2);
  const first = run('a', 'a1');
  const waits = run('a', 'a2');
  const dropped = run('a', 'a3');
  const other = run('b', 'b1');
  await expect(dropped).rejects.toBeInstanceOf(TooManyWaitingError);
  for (const done of [first, waits, other]) {
    ends.shift()?.();
    await done;
    await new Promise(setImmediate);
  }
});

it('goes on after work that fails', async () => {
  const { queue } = setUp(2);
  const failed = queue.run('a', () => Promise.reject(new Error('no')));
  const next = queue.run('a', () => Promise.resolve('yes'));
  await expect(failed).rejects.toThrow('no');
  expect(await next).toBe('yes');
});
