import { describe, expect, it } from 'vitest';
import { RELAY_TLS_MODES } from '../../../../src/policy/egress/route-rules.ts';
import { tlsPlanOf, type TlsFacts } from '../../../../src/smtp/client/tls-plan.ts';

const MX: TlsFacts = { requireTls: false, mode: undefined, failedBefore: undefined, starttls: true };

describe('TLS', () => {
  it('is opportunistic with an MX host, and left out where its handshake failed', () => {
    expect(tlsPlanOf(MX)).toEqual({ begins: 'starttls', strength: 'lenient' });
    expect(tlsPlanOf({ ...MX, failedBefore: 'garbage' })).toEqual({
      begins: 'never',
      strength: 'lenient',
      inClearBecause: 'garbage',
    });
    expect(tlsPlanOf({ ...MX, requireTls: true, failedBefore: 'garbage' })).toEqual({
      begins: 'starttls',
      strength: 'verified',
    });
  });

  it('is with a smart host what its mode says', () => {
    expect(Object.fromEntries(RELAY_TLS_MODES.map((mode) => [mode, tlsPlanOf({ ...MX, mode })]))).toEqual({
      none: { begins: 'never', strength: 'lenient' },
      may: { begins: 'starttls', strength: 'lenient' },
      encrypt: { begins: 'starttls', strength: 'strict' },
      verify: { begins: 'starttls', strength: 'verified' },
      implicit: { begins: 'at-once', strength: 'verified' },
    });
  });

  it('is never less than the message requires, nor given up for an earlier failure where a mode requires it', () => {
    for (const mode of RELAY_TLS_MODES) {
      expect(tlsPlanOf({ ...MX, mode, requireTls: true }).strength).toBe('verified');
      const afterwards = tlsPlanOf({ ...MX, mode, failedBefore: 'garbage' });
      expect(afterwards.strength === 'lenient').toBe(mode === 'none' || mode === 'may');
    }
  });

  it('without STARTTLS is missing where it may be, and nowhere else', () => {
    const without = { ...MX, starttls: false };
    expect(tlsPlanOf(without)).toEqual({ begins: 'never', strength: 'lenient' });
    expect(tlsPlanOf({ ...without, requireTls: true })).toEqual({ begins: 'never', strength: 'verified' });
    expect(tlsPlanOf({ ...without, mode: 'implicit' }).begins).toBe('at-once');
  });
});
