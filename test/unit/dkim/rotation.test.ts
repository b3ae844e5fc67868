/** When keys of a rotation begin to sign, and when old ones may go. */
import { expect, test } from 'vitest';
import {
  IN_TRANSIT_MS,
  isDueToRotate,
  isDueToSwitch,
  mayBeRemoved,
  SPREAD_MS,
  switchAtMs,
  type KeyLife,
} from '../../../src/dkim/rotation.ts';
import { delegatedSelector, generationOf, selectorOfMonth } from '../../../src/dkim/selectors.ts';

const active: KeyLife = { selector: 'a', state: 'active', createdAtMs: 0, activatedAtMs: 0 };
const pending = (selector: string, seenSinceMs?: number): KeyLife => ({
  ...{ selector, state: 'pending', createdAtMs: 0 },
  seenSinceMs,
});

test('new keys sign when the last of them has been seen for the time that a zone needs to spread', () => {
  expect(switchAtMs([active])).toBeUndefined();
  expect(switchAtMs([active, pending('b')])).toBeUndefined();
  expect(switchAtMs([active, pending('b', 5), pending('c')])).toBeUndefined();
  const both = [active, pending('b', 5), pending('c', 9)];
  expect(switchAtMs(both)).toBe(9 + SPREAD_MS);
  expect(isDueToSwitch(both, 8 + SPREAD_MS)).toBe(false);
  expect(isDueToSwitch(both, 9 + SPREAD_MS)).toBe(true);
});

test('an old record may go after a week, and not while mail from before waits', () => {
  const old: KeyLife = { selector: 'a', state: 'retired', createdAtMs: 0, retiredAtMs: 100 };
  expect(mayBeRemoved(old, undefined, 99 + IN_TRANSIT_MS)).toBe(false);
  expect(mayBeRemoved(old, undefined, 100 + IN_TRANSIT_MS)).toBe(true);
  expect(mayBeRemoved(old, 100, 2 * IN_TRANSIT_MS)).toBe(false);
  expect(mayBeRemoved(old, 101, 2 * IN_TRANSIT_MS)).toBe(true);
  expect(mayBeRemoved(active, undefined, 2 * IN_TRANSIT_MS)).toBe(false);
});

test('keys are rotated by their age since they began to sign, one rotation at a time, and not unless somebody wants it', () => {
  expect(isDueToRotate([active], undefined, 1e15)).toBe(false);
  expect(isDueToRotate([active], 50, 49)).toBe(false);
  expect(isDueToRotate([active], 50, 50)).toBe(true);
  expect(isDueToRotate([active, pending('b')], 50, 50)).toBe(false);
  expect(isDueToRotate([{ ...active, activatedAtMs: 30 }], 50, 79)).toBe(false);
  expect(isDueToRotate([], 50, 50)).toBe(false);
});

test('selectors tell the month, and are labels', () => {
  const request = { token: 'abcdefghijklmnop', nowMs: Date.UTC(2026, 0, 31) };
  expect(selectorOfMonth('rsa-sha256', request)).toBe('postern-202601-abcdefghijklmnop-rsa');
  const rotated = selectorOfMonth('ed25519-sha256', { ...request, tail: 'k3w0k3w0' });
  expect(rotated).toBe('postern-202601-abcdefghijklmnop-k3w0k3w0-ed');
  expect(rotated.length).toBeLessThan(64);
});

test('those of delegated names count generations, past others of the same domain', () => {
  const token = 'abcdefghijklmnop';
  const third = delegatedSelector('ed25519-sha256', token, 3);
  expect(third).toBe('postern-abcdefghijklmnop-3-ed');
  expect(generationOf(token, [])).toBe(0);
  expect(generationOf(token, ['postern-202601-abcdefghijklmnop-rsa', 'postern-other-9-rsa'])).toBe(0);
  expect(generationOf(token, [delegatedSelector('rsa-sha256', token, 12), third])).toBe(12);
});
