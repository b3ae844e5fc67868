/** Ids that are derived: they round-trip and sort. */
import { describe, expect, test } from 'vitest';
import { deliveryIdOf, eventIdOf, parseDeliveryId, parseEventId } from '../../../src/store/public-ids.ts';

describe('public ids', () => {
  test('a delivery is its message and a number', () => {
    expect(deliveryIdOf('msg_01k9q3abc', 12)).toBe('dlv_01k9q3abc-12');
    expect(parseDeliveryId('dlv_01k9q3abc-12')).toEqual({ messageId: 'msg_01k9q3abc', number: 12 });
    for (const wrong of ['msg_01k9q3abc', 'dlv_01k9q3abc', 'dlv_01k9q3abc-0', 'dlv_-1', 'dlv_a-1x']) {
      expect(parseDeliveryId(wrong)).toBeUndefined();
    }
  });

  test('events sort as text as their sequences do', () => {
    const ids = [1, 9, 10, 123_456].map(eventIdOf);
    expect(ids.toSorted()).toEqual(ids);
    expect(ids.map(parseEventId)).toEqual([1, 9, 10, 123_456]);
    expect(parseEventId('evt_x')).toBeUndefined();
  });
});
