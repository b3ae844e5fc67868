/** Which rows of a long list are drawn. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { virtualWindow, wantsMore } from '../../src/ui/pure/virtual-window.ts';

const views = fc.record({
  count: fc.nat(100_000),
  rowHeight: fc.integer({ min: 20, max: 200 }),
  scrolled: fc.integer({ min: -2_000, max: 20_000_000 }),
  viewHeight: fc.integer({ min: 0, max: 3_000 }),
});

test('the drawn rows and the space around them are as high as the whole list', () => {
  fc.assert(
    fc.property(views, (view) => {
      const { first, end, before, after } = virtualWindow(view);
      expect(first).toBeGreaterThanOrEqual(0);
      expect(end).toBeGreaterThanOrEqual(first);
      expect(end).toBeLessThanOrEqual(view.count);
      expect(before + (end - first) * view.rowHeight + after).toBe(view.count * view.rowHeight);
    }),
  );
});

test('every row in sight is drawn, and no more than a few others', () => {
  fc.assert(
    fc.property(views, (view) => {
      const { first, end } = virtualWindow(view);
      const { count, rowHeight, scrolled, viewHeight } = view;
      const top = Math.max(0, scrolled);
      for (const at of [top, top + viewHeight / 2, top + viewHeight - 1]) {
        const row = Math.floor(at / rowHeight);
        if (viewHeight === 0 || row < 0 || row >= count) continue;
        expect(row >= first && row < end).toBe(true);
      }
      expect(end - first).toBeLessThanOrEqual(Math.ceil(viewHeight / rowHeight) + 18);
    }),
  );
});

test('a list of 100,000 draws as few rows as one of a hundred', () => {
  const view = { rowHeight: 40, viewHeight: 800, scrolled: 40 * 50_000 };
  const { first, end } = virtualWindow({ ...view, count: 100_000 });
  expect([first, end]).toEqual([49_992, 50_028]);
});

test('the next page is asked for before the end is in sight', () => {
  const at = (scrolled: number) => virtualWindow({ count: 200, rowHeight: 40, viewHeight: 400, scrolled });
  expect(wantsMore(at(0), 200)).toBe(false);
  expect(wantsMore(at(40 * 160), 200)).toBe(true);
  expect(wantsMore(virtualWindow({ count: 0, rowHeight: 40, viewHeight: 400, scrolled: 0 }), 0)).toBe(true);
});
