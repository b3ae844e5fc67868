import { expect, it } from 'vitest';
import { Turns } from '../../../src/inbound/turns.ts';

it('runs so many at a time, the rest in order, and turns away what is too much', async () => {
  const turns = new Turns(1, 1);
  const first = Promise.withResolvers<string>();
  const done: string[] = [];
  const one = turns.take(() => first.promise).then((value) => done.push(value ?? 'none'));
  const two = turns.take(() => Promise.resolve('two')).then((value) => done.push(value ?? 'none'));
  expect(await turns.take(() => Promise.resolve('three'))).toBeUndefined();
  first.resolve('one');
  await Promise.all([one, two]);
  expect(done).toEqual(['one', 'two']);
});

it('goes on after work that failed', async () => {
  const turns = new Turns(1, 1);
  await expect(turns.take(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await turns.take(() => Promise.resolve('yes'))).toBe('yes');
});
