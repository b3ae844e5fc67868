/** What a new configuration changes while relayd runs, and what waits for a restart. */
import { describe, expect, test } from 'vitest';
import { loadConfig, type LoadedConfig } from '../../../src/config/load.ts';
import { inForceAtStart, planReload, ReloadError, TAKE_OVER } from '../../../src/config/reload.ts';
import { SETTING_KEYS } from '../../../src/config/settings.ts';

function load(toml: string, env: Readonly<Record<string, string>> = {}): LoadedConfig {
  const readFile = () => toml;
  return loadConfig({ path: 'relay.toml', env, readFile, defaultHostname: 'machine.example', cwd: '/srv' });
}

function plan(before: string, after: string) {
  return planReload(inForceAtStart(load(before)), load(after));
}

test('every key says how it is taken over, in the order of settings.ts', () => {
  expect(Object.keys(TAKE_OVER)).toEqual(SETTING_KEYS);
});

describe('planReload', () => {
  test('the same configuration changes nothing', () => {
    const { changed, needsRestart, described } = plan('hostname = "a.test"', 'hostname = "a.test"');
    expect({ changed, needsRestart, described }).toEqual({ changed: [], needsRestart: [], described: [] });
  });

  test('the same value in other words is no change', () => {
    expect(plan('[delivery]\nmax_age = "4d"', '[delivery]\nmax_age = "96h"').described).toEqual([]);
  });

  test('names what changed and from what to what, as it was written', () => {
    const { changed, described, inForce } = plan(
      '[delivery]\nmax_age = "4d"',
      'hostname = "b.test"\n[delivery]\nmax_age = "2d"',
    );
    expect(changed).toEqual(['hostname', 'delivery.max_age']);
    expect(described).toEqual(['hostname: "machine.example" -> "b.test"', 'delivery.max_age: "4d" -> "2d"']);
    expect(inForce.config).toMatchObject({ hostname: 'b.test', delivery: { maxAgeMs: 2 * 86_400_000 } });
  });

  test('a key that needs a restart keeps its value, until the restart or until it is set back', () => {
    const before = '[http]\nlisten = ["127.0.0.1:1"]';
    const first = plan(before, 'hostname = "b.test"\n[http]\nlisten = ["127.0.0.1:2"]');
    expect(first).toMatchObject({ changed: ['hostname'], needsRestart: ['http.listen'] });
    expect(first.inForce.config.http.listen).toEqual([{ host: '127.0.0.1', port: 1 }]);
    const again = planReload(first.inForce, load('[http]\nlisten = ["127.0.0.1:3"]'));
    expect(again.needsRestart).toEqual(['http.listen']);
    expect(again.described).toContain('http.listen: [ "127.0.0.1:1" ] -> [ "127.0.0.1:3" ]');
    expect(planReload(again.inForce, load(before)).needsRestart).toEqual([]);
  });

  test('never says what a secret is', () => {
    const key = (octet: number) => Buffer.alloc(32, octet).toString('base64');
    const before = inForceAtStart(load('', { RELAY_DATA_KEY: key(1) }));
    const found = planReload(before, load('', { RELAY_DATA_KEY: key(2) }));
    expect(found.needsRestart).toEqual(['data_key']);
    expect(found.described).toEqual(['data_key: (secret)']);
    expect([...found.inForce.texts.values()].join()).not.toContain(key(1));
  });

  test('refuses what does not go together with a value that has to stay', () => {
    const before = '[inbound]\nlisten = ["127.0.0.1:25"]\npostmaster = "me@elsewhere.test"';
    expect(() => plan(before, '')).toThrow(ReloadError);
    expect(() => plan(before, '')).toThrow(
      /restart needed for inbound\.listen: .* needs inbound\.postmaster/,
    );
  });
});
