import { expect, it } from 'vitest';
import { LineWindow } from '../../../src/policy/line-ration.ts';

const takes = (window: LineWindow, network: string, most: number) =>
  Array.from({ length: most }, () => window.take(network)).filter(Boolean).length;

it('gives each network its lines, and says how many more there would have been', () => {
  const window = new LineWindow({ perNetwork: 3, inAll: 100 });
  expect([takes(window, 'a', 10), takes(window, 'b', 2), takes(window, 'c', 4)]).toEqual([3, 2, 3]);
  expect(window.leftOut()).toEqual([
    { network: 'a', lines: 7 },
    { network: 'c', lines: 1 },
  ]);
});

it('gives no more than so many in all, however many networks there are, and counts the others together', () => {
  const window = new LineWindow({ perNetwork: 3, inAll: 5 });
  const taken = Array.from({ length: 1_000 }, (_, i) => window.take(`network ${i}`)).filter(Boolean);
  expect(taken).toHaveLength(5);
  expect(window.take('network 1')).toBe(false);
  expect(window.leftOut()).toEqual([
    { network: 'network 1', lines: 1 },
    { networks: 0, lines: 995 },
  ]);
});

it('names the networks with most, and sums the rest', () => {
  const window = new LineWindow({ perNetwork: 1, inAll: 1_000 });
  for (let i = 1; i <= 30; i++) takes(window, `network ${i}`, 1 + i);
  const leftOut = window.leftOut();
  expect(leftOut).toHaveLength(21);
  expect(leftOut[0]).toEqual({ network: 'network 30', lines: 30 });
  expect(leftOut.at(-1)).toEqual({ networks: 10, lines: 55 });
});
