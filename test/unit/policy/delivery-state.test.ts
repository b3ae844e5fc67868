import { describe, expect, it } from 'vitest';
import {
  DELIVERY_STATES,
  FINAL_STATES,
  isFinal,
  mayFollow,
  WAITING_STATES,
} from '../../../src/policy/delivery-state.ts';

describe('the states of a delivery', () => {
  it('end in a final one, which only a report may change from delivered to bounced', () => {
    for (const from of FINAL_STATES) {
      const next = DELIVERY_STATES.filter((to) => mayFollow(from, to));
      expect(next).toEqual(from === 'delivered' ? ['bounced'] : []);
    }
  });

  it('let every waiting delivery be settled, cancelled and held', () => {
    for (const from of WAITING_STATES) {
      for (const to of [...FINAL_STATES, 'held', 'queued', 'deferred'] as const) {
        expect({ from, to, allowed: mayFollow(from, to) }).toEqual({ from, to, allowed: true });
      }
    }
  });

  it('let a held delivery go on or end, without an attempt', () => {
    expect(DELIVERY_STATES.filter((to) => mayFollow('held', to))).toEqual([
      'scheduled',
      'queued',
      'deferred',
      'expired',
      'cancelled',
    ]);
  });

  it('are final or not', () => {
    expect(DELIVERY_STATES.filter(isFinal)).toEqual([...FINAL_STATES]);
  });
});
