/** Ids of traces: the same everywhere, and sampled in their share. */
import { expect, test } from 'vitest';
import { isSampled, traceIdsOf } from '../../../src/telemetry/trace-ids.ts';

const ids = Array.from({ length: 2_000 }, (_, index) => traceIdsOf(`msg_${index}`));

test('a message has one trace, and no other message has it', () => {
  expect(traceIdsOf('msg_7')).toEqual(traceIdsOf('msg_7'));
  expect(new Set(ids.map(({ traceId }) => traceId)).size).toBe(ids.length);
  for (const { traceId, rootSpanId } of ids) {
    expect(traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(rootSpanId).toMatch(/^[0-9a-f]{16}$/);
  }
});

test('a share of the messages is sampled, and a larger share has those of a smaller one', () => {
  const sampled = (share: number) => ids.filter((one) => isSampled(one, share));
  expect(sampled(1)).toHaveLength(ids.length);
  expect(sampled(0.1).length).toBeGreaterThan(120);
  expect(sampled(0.1).length).toBeLessThan(280);
  const half = new Set(sampled(0.5));
  expect(sampled(0.1).every((one) => half.has(one))).toBe(true);
});
