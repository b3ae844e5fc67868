/** Which cases a benchmark has. */
import { expect, it } from 'vitest';
import { benchCases } from '../../../bench/cases.ts';

it('has small and middle messages over one, 20 and 100 connections, new, reused and by HTTP, and large ones over 20', () => {
  const cases = benchCases({ quick: false, secure: false });
  const names = ['4k', '50k'].flatMap((size) =>
    [1, 20, 100].flatMap((connections) =>
      ['new', 'reuse', 'http'].map((kind) => `${size}-${connections}-${kind}`),
    ),
  );
  expect(cases.map(({ name }) => name)).toEqual([...names, '100k-20-reuse']);
  expect(cases.at(-1)).toMatchObject({ sizeBytes: 100_000, connections: 20, reuse: true, count: 3_000 });
});
