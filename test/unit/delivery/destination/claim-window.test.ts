/** How many deliveries a destination may hold: more where it drains fast, fewer where it drains slowly. */
import { expect, test } from 'vitest';
import { ClaimWindow } from '../../../../src/delivery/destination/claim-window.ts';

/** Filled at 0, and drained to half after `ms`. */
function drainedAfter(ms: number, size = 100, largest = 500): number {
  const window = new ClaimWindow(size);
  window.filled(0);
  expect(window.hasDrained(size / 2 + 1)).toBe(false);
  expect(window.hasDrained(size / 2)).toBe(true);
  window.reopen(ms, largest);
  return window.size;
}

test('a window that drains fast doubles, up to the largest', () => {
  expect(drainedAfter(499)).toBe(200);
  expect(drainedAfter(499, 100, 150)).toBe(150);
});

test('one that drains in between stays, and one that drains slowly is halved', () => {
  expect(drainedAfter(500)).toBe(100);
  expect(drainedAfter(2_000)).toBe(100);
  expect(drainedAfter(2_001)).toBe(50);
});

test('a slow one stays worth a few messages, and a small one is not made larger by being slow', () => {
  expect(drainedAfter(2_001, 30)).toBe(20);
  expect(drainedAfter(2_001, 4)).toBe(4);
});

test('one that never was full has not drained, and counts from when it was first full', () => {
  const window = new ClaimWindow(10);
  expect(window.hasDrained(0)).toBe(false);
  window.filled(0);
  window.filled(400);
  window.reopen(600, 500);
  expect(window.size).toBe(10);
  expect(window.hasDrained(0)).toBe(false);
});

test('where memory is short it shrinks, and never grows by that', () => {
  const window = new ClaimWindow(50);
  window.shrinkTo(80);
  expect(window.size).toBe(50);
  window.shrinkTo(7);
  expect(window.size).toBe(7);
});

test('one that is held to a few has drained when none is left, and that says nothing of its pace', () => {
  const window = new ClaimWindow(100);
  window.holdToFew();
  expect(window.hasDrained(1)).toBe(false);
  expect(window.hasDrained(0)).toBe(true);
  window.reopen(0, 500);
  expect(window.size).toBe(100);
  expect(window.hasDrained(0)).toBe(false);
});
