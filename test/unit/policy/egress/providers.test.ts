/** Which provider runs the MX hosts of a domain, by the list that is shipped, and what is wrong with a list. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { loadProviders, refuseUnknownProviders } from '../../../../src/config/providers.ts';
import { parseProviders, providerOf } from '../../../../src/policy/egress/providers.ts';
import { loadConfig } from '../../../../src/config/load.ts';

const shipped = loadProviders((path) => readFileSync(path, 'utf8'));

test.each([
  ['gmail-smtp-in.l.google.com', 'google'],
  ['aspmx2.googlemail.com', 'google'],
  ['SMTP.Google.com.', 'google'],
  ['outlook-com.olc.protection.outlook.com', 'microsoft'],
  ['example-com.mail.protection.outlook.com', 'microsoft'],
  ['example-com.p-v1.mx.microsoft', 'microsoft'],
  ['mx-aol.mail.gm0.yahoodns.net', 'yahoo'],
  ['mx01.mail.icloud.com', 'apple'],
  ['mx00.gmx.net', 'gmx'],
  ['mx-ha02.web.de', 'gmx'],
  ['smtp-in.orange.fr', 'orange'],
  ['mxs.mail.ru', 'mailru'],
  ['mx3.qq.com', 'qq'],
  ['mx.yandex.net', 'yandex'],
  ['google.com.attacker.test', undefined],
  ['notgoogle.com', undefined],
  ['mx.example.com', undefined],
])('%s is run by %s', (host, provider) => {
  expect(providerOf([host], shipped)).toBe(provider);
});

test('the most preferred MX host decides, not a backup', () => {
  expect(providerOf(['mx.example.com', 'aspmx.l.google.com'], shipped)).toBeUndefined();
  expect(providerOf([], shipped)).toBeUndefined();
});

test('the most specific name decides', () => {
  const list = [
    { name: 'all', mx: ['example.net'] },
    { name: 'one', mx: ['a.example.net'] },
  ];
  expect(providerOf(['mx.a.example.net'], list)).toBe('one');
  expect(providerOf(['mx.b.example.net'], list)).toBe('all');
});

describe('a list', () => {
  const provider = (name: string, mx = '["mx.test"]') => `[[provider]]\nname = "${name}"\nmx = ${mx}\n`;

  test.each([
    ['a name twice', provider('a') + provider('a', '["b.test"]'), 'provider "a"', 'no other provider'],
    ['a host at two', provider('a') + provider('b'), 'provider "b", mx', 'mx.test at one provider'],
    ['no hosts', provider('a', '[]'), 'provider "a", mx', 'a list of host names'],
    ['a pattern', provider('a', '["*.mx.test"]'), 'provider "a", mx', 'a list of host names'],
    ['a name with spaces', provider('a b'), 'provider 1, name', 'lower-case'],
    ['another key', `${provider('a')}mxs = 1`, 'provider "a", mxs', 'one of the keys'],
  ])('with %s is refused', (_what, toml, at, expected) => {
    expect(parseProviders(toml)).toMatchObject({ at, expected: expect.stringContaining(expected) as string });
  });
});

test('a route that matches an unknown provider is refused: it would match nothing', () => {
  const { egress } = loadConfig({
    path: 'relay.toml',
    env: {},
    readFile: () => '[[route]]\nname = "x"\naction = "hold"\nmatch = { provider = ["google", "mikrosoft"] }',
    defaultHostname: 'relay.test',
    cwd: '/srv',
  }).config;
  expect(() => refuseUnknownProviders(egress, shipped)).toThrow(
    'route.x.match.provider: there is no provider "mikrosoft"; did you mean "microsoft"?',
  );
});
