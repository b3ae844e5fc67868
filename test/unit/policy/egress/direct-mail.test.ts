/** What routes and sources make of port 25 and of the address of the machine. */
import { expect, test } from 'vitest';
import { ownWayOut } from '../../../../src/policy/egress/direct-mail.ts';
import { loadConfig } from '../../../../src/config/load.ts';

function wayOut(toml: string) {
  const { egress } = loadConfig({
    path: 'relay.toml',
    env: {},
    readFile: () => toml,
    defaultHostname: 'relay.test',
    cwd: '/srv',
  }).config;
  const { direct, fromSystem, sources } = ownWayOut(egress);
  return [direct, fromSystem, sources.map(({ name }) => name).join()];
}

const relay = (more = '', name = 'smart') =>
  `[[route]]\nname = "${name}"\naction = "relay"\nhost = "a.test"\n${more}\n`;
const direct = (more = '') => `[[route]]\nname = "mx"\naction = "direct"\n${more}\n`;
const source = (name: string, pool = 'default') =>
  `[[source]]\nname = "${name}"\naddress = "192.0.2.1"\npool = "${pool}"\n`;

test.each([
  ['no table', '', ['yes', true, '']],
  ['a smart host for all', relay(), ['no', false, '']],
  ['a smart host for a domain', relay('match = "a.test"'), ['yes', true, '']],
  ['a route after the one that takes all', relay() + direct(), ['no', false, '']],
  ['a smart host for all, else direct', relay('fallback = "direct"'), ['fallback', true, '']],
  ['direct, else a smart host', direct('fallback = "smart"') + relay('match = false'), ['covered', true, '']],
  [
    'direct, else a smart host for another cause',
    direct('fallback = "smart"\nfallback_on = "blocked"') + relay('match = false'),
    ['yes', true, ''],
  ],
  ['all of it held', '[[route]]\nname = "x"\naction = "hold"', ['no', false, '']],
  ['sources of the default pool', source('a') + source('b'), ['yes', false, 'a,b']],
  [
    'sources of another pool',
    direct('match = "a.test"\npool = "bulk"') + source('a', 'bulk'),
    ['yes', true, 'a'],
  ],
  ['sources of a smart host alone', relay('pool = "bulk"') + source('a', 'bulk'), ['no', false, '']],
])('%s', (_what, toml, expected) => {
  expect(wayOut(toml)).toEqual(expected);
});
