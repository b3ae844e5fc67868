import { expect, test } from 'vitest';
import { earliestAtMs, waitsFor } from '../../../src/api-json/waits-for.ts';
import type { DeliveryView } from '../../../src/store/views.ts';

const NOW_MS = 1_000_000;

function delivery(parts: Partial<DeliveryView>): DeliveryView {
  return {
    ...{ id: 'dlv_1', recipient: 'a@d.example', destination: 'd.example', state: 'queued', attempts: 0 },
    ...{
      nextAttemptAtMs: NOW_MS,
      claimed: false,
      lastReply: undefined,
      settledAtMs: undefined,
      history: undefined,
    },
    ...parts,
  };
}

test.each<[string, Partial<DeliveryView>, number | undefined]>([
  ['its own time', {}, NOW_MS],
  [
    'that of its destination, where it is later',
    { obstacle: { suspended: false, blockedUntilMs: NOW_MS + 5, waitsFor: 'rule x' } },
    NOW_MS + 5,
  ],
  [
    'its own, where that is later',
    {
      nextAttemptAtMs: NOW_MS + 9,
      obstacle: { suspended: false, blockedUntilMs: NOW_MS + 5, waitsFor: undefined },
    },
    NOW_MS + 9,
  ],
  [
    'nobody knows while it is suspended',
    { obstacle: { suspended: true, blockedUntilMs: undefined, waitsFor: undefined } },
    undefined,
  ],
  ['nor while it is held', { state: 'held', nextAttemptAtMs: undefined }, undefined],
])('the earliest time of a delivery is %s', (_words, parts, atMs) => {
  expect(earliestAtMs(delivery(parts))).toBe(atMs);
});

test.each<[string, Partial<DeliveryView>]>([
  ['somebody to release it', {}],
  ['somebody to release it: held by route keep', { heldBy: 'keep' }],
  ['its account is suspended by an operator', { heldForAccount: true }],
])('what is held waits for: %s', (words, parts) => {
  expect(waitsFor(delivery({ state: 'held', nextAttemptAtMs: undefined, ...parts }), NOW_MS)).toBe(words);
});
