import { describe, expect, it } from 'vitest';
import { sourceLimits } from '../../../src/policy/checks/source-limits.ts';

const NOW = Date.UTC(2026, 10, 30, 12);
const LIMIT = { source: 'a', provider: 'google', untilMs: NOW + 3_600_000, reply: '550 5.7.1 go away' };
const WARM_UP = { source: 'b', provider: 'yahoo', ceiling: 50, reason: 'planned' } as const;

describe('the check of limits of sources', () => {
  it('fails while a provider refuses one, with its reply', () => {
    const found = sourceLimits.look({ limits: [LIMIT], warmUps: [] }, NOW);
    expect(found).toMatchObject({
      ok: false,
      detail: 'google refuses a, which is not used there until 2026-11-30 13:00 UTC: 550 5.7.1 go away',
    });
  });

  it('recovers by itself when the time is over', () => {
    expect(sourceLimits.look({ limits: [LIMIT], warmUps: [WARM_UP] }, LIMIT.untilMs)).toEqual({
      ok: true,
      detail: 'no provider refuses a source',
    });
  });

  it('warns of hosts that are no known provider’s', () => {
    const limits = Array.from({ length: 9 }, (_, at) => ({ ...LIMIT, provider: `mx${at}.example` }));
    const found = sourceLimits.look({ limits, warmUps: [] }, NOW);
    expect(found).toMatchObject({ ok: true });
    expect(found.detail.split('; ').length).toBe(5);
    expect(found.remedy).toContain('blocklists');
  });

  it('warns of a warm-up that has slowed down', () => {
    const warmUps = [WARM_UP, { ...WARM_UP, reason: 'complaints' as const }];
    const found = sourceLimits.look({ limits: [], warmUps }, NOW);
    expect(found).toMatchObject({
      ok: true,
      detail: 'the warm-up of b at yahoo has slowed down to 50 today, because of complaints',
    });
    expect(found.remedy).toContain('relayctl source show');
  });
});
