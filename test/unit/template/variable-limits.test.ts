/** What may be given to fill a template with. */
import { describe, expect, it } from 'vitest';
import { measureVariables } from '../../../src/template/variable-limits.ts';

const nested = (depth: number) => JSON.parse('['.repeat(depth) + ']'.repeat(depth)) as unknown;

describe('variables', () => {
  it.each([
    ['a hundred thousand lists in one another', { x: nested(100_000) }, /nested deeper than 20/],
    ['a long list', { x: new Array(50_001).fill(0) }, /more than 50000 values/],
    ['many short lists', { x: new Array(30_000).fill([1]) }, /more than 50000 values/],
    ['much text', { x: 'x'.repeat(600_000), y: ['y'.repeat(600_000)] }, /more than 1048576 characters/],
    ['long names', { x: { ['n'.repeat(1_100_000)]: 1 } }, /more than 1048576 characters/],
  ])('are refused with %s', (_what, given, expected) => {
    expect(measureVariables(given)).toEqual({ problem: expect.stringMatching(expected) as string });
  });

  it('are counted', () => {
    expect(measureVariables({ name: 'Ada', items: [1, { n: null }] })).toEqual({ size: 4 + 3 + 5 + 1 + 5 });
    expect(measureVariables({ x: nested(20) })).toHaveProperty('size');
  });
});
