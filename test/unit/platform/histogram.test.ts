/** Histograms: ranges, and what a clock that was set back gives. */
import { expect, test } from 'vitest';
import { Histogram } from '../../../src/platform/histogram.ts';

test('a value belongs to the first bound that it does not exceed, or is beyond all of them', () => {
  const histogram = new Histogram([1, 2, 5]);
  for (const value of [0.5, 1, 1.5, 2, 5, 5.1, 100]) histogram.observe(value);
  expect(histogram.figures()).toEqual({ bounds: [1, 2, 5], counts: [2, 2, 1, 2], sum: 115.1 });
});

test('a negative value counts as 0, so that the sum never falls', () => {
  const histogram = new Histogram([1]);
  histogram.observe(3);
  histogram.observe(-7);
  expect(histogram.figures()).toEqual({ bounds: [1], counts: [1, 1], sum: 3 });
});
