/** Every bound of a credential, against what it may make: the same, less, more, and nothing said. */
import { describe, expect, test } from 'vitest';
import {
  boundsExceeded,
  withBoundsOf,
  type CredentialBounds,
} from '../../../src/policy/credential-bounds.ts';
import { containsNetwork } from '../../../src/platform/network/cidr.ts';

const UNBOUND: CredentialBounds = {
  scopes: ['admin'],
  domains: [],
  fromAddresses: [],
  networks: [],
  ratePerMinute: undefined,
  dailyQuota: undefined,
  expiresAtMs: undefined,
};

interface Axis {
  readonly own: Partial<CredentialBounds>;
  readonly within: readonly Partial<CredentialBounds>[];
  readonly beyond: readonly Partial<CredentialBounds>[];
}

const AXES: Readonly<Record<string, Axis>> = {
  domains: {
    own: { domains: ['a.test', 'b.test'] },
    within: [{ domains: ['a.test'] }, { domains: ['b.test', 'a.test'] }],
    beyond: [
      { domains: ['c.test'] },
      { domains: ['a.test', 'c.test'] },
      { domains: ['x.a.test'] },
      { domains: [] },
    ],
  },
  fromAddresses: {
    own: { fromAddresses: ['kate@a.test'] },
    within: [{ fromAddresses: ['kate@a.test'] }],
    beyond: [
      { fromAddresses: ['ann@a.test'] },
      { fromAddresses: ['kate@a.test', 'ann@a.test'] },
      { fromAddresses: [] },
    ],
  },
  networks: {
    own: { networks: ['192.0.2.0/24', '2001:db8::/32'] },
    within: [
      { networks: ['192.0.2.0/24'] },
      { networks: ['192.0.2.7/32', '2001:db8:1::/48'] },
      { networks: ['192.0.2.7'] },
    ],
    beyond: [
      { networks: ['192.0.0.0/16'] },
      { networks: ['192.0.2.0/24', '198.51.100.1/32'] },
      { networks: ['::/1'] },
      { networks: ['::ffff:192.0.2.7/128'] },
      { networks: ['nonsense'] },
      { networks: [] },
    ],
  },
  ratePerMinute: {
    own: { ratePerMinute: 10 },
    within: [{ ratePerMinute: 10 }, { ratePerMinute: 1 }],
    beyond: [{ ratePerMinute: 11 }, { ratePerMinute: undefined }],
  },
  dailyQuota: {
    own: { dailyQuota: 10 },
    within: [{ dailyQuota: 10 }, { dailyQuota: 1 }],
    beyond: [{ dailyQuota: 11 }, { dailyQuota: undefined }],
  },
  expiresAtMs: {
    own: { expiresAtMs: 1_000 },
    within: [{ expiresAtMs: 1_000 }, { expiresAtMs: 1 }],
    beyond: [{ expiresAtMs: 1_001 }, { expiresAtMs: undefined }],
  },
  scopes: {
    own: { scopes: ['send', 'domains'] },
    within: [{ scopes: ['send'] }, { scopes: ['domains', 'send'] }],
    beyond: [{ scopes: ['admin'] }, { scopes: ['send', 'webhooks'] }],
  },
};

describe.each(Object.entries(AXES))('%s', (bound, { own, within, beyond }) => {
  const holder = { ...UNBOUND, ...own };
  // In a test of one axis the others are as the holder has them.
  const wanted = (change: Partial<CredentialBounds>) => ({ ...UNBOUND, scopes: holder.scopes, ...change });

  test('the same and less are within', () => {
    for (const change of [own, ...within]) expect(boundsExceeded(wanted(change), holder)).toEqual([]);
  });

  test('more, or no bound, goes beyond, and says what the holder has', () => {
    for (const change of beyond) {
      const exceeded = boundsExceeded(wanted(change), holder);
      expect(
        exceeded.map((each) => each.bound),
        JSON.stringify(change),
      ).toEqual([bound]);
      expect(exceeded[0]!.problem).toContain('the API key itself has');
    }
  });

  test('a holder without the bound may make anything', () => {
    for (const change of [own, ...within, ...beyond])
      expect(boundsExceeded(wanted(change), { ...UNBOUND, scopes: ['admin'] })).toEqual([]);
  });
});

test('what names no bounds gets those of the holder, and is within them', () => {
  const holder = Object.assign({}, UNBOUND, ...Object.values(AXES).map(({ own }) => own)) as CredentialBounds;
  const made = withBoundsOf({ ...UNBOUND, scopes: ['send'] }, holder);
  expect(made).toEqual({ ...holder, scopes: ['send'] });
  expect(boundsExceeded(made, holder)).toEqual([]);
});

test('what names narrower bounds keeps them', () => {
  const holder = { ...UNBOUND, domains: ['a.test', 'b.test'], ratePerMinute: 10 };
  const made = withBoundsOf({ ...UNBOUND, domains: ['a.test'], ratePerMinute: 2 }, holder);
  expect([made.domains, made.ratePerMinute]).toEqual([['a.test'], 2]);
});

test('all that goes beyond is named at once', () => {
  const holder = Object.assign({}, UNBOUND, ...Object.values(AXES).map(({ own }) => own)) as CredentialBounds;
  expect(boundsExceeded(UNBOUND, holder).map(({ bound }) => bound)).toEqual([
    'scopes',
    'domains',
    'fromAddresses',
    'networks',
    'ratePerMinute',
    'dailyQuota',
    'expiresAtMs',
  ]);
});

test.each([
  ['0.0.0.0/0', '10.0.0.0/8', true],
  ['10.0.0.0/8', '10.255.0.0/16', true],
  ['10.0.0.0/8', '10.0.0.0/7', false],
  ['10.0.0.0/8', '11.0.0.0/8', false],
  ['10.0.0.1', '10.0.0.1/32', true],
  ['::/0', '10.0.0.1', false],
  ['2001:db8::/32', '2001:db8:ffff::1', true],
  ['2001:db8::/33', '2001:db8:8000::/33', false],
  ['10.0.0.0/33', '10.0.0.1', false],
  ['10.0.0.0/8/8', '10.0.0.1', false],
])('%s contains %s: %s', (outer, inner, contains) => {
  expect(containsNetwork(outer, inner)).toBe(contains);
});
