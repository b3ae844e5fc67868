/** What the dashboard says of the settings of a running relayd. */
import { expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/load.ts';
import { inForceAtStart, planReload } from '../../../src/config/reload.ts';
import { settingsInForce } from '../../../src/config/settings-in-force.ts';

const load = (toml: string) =>
  loadConfig({
    ...{ path: 'relay.toml', env: {}, cwd: '/srv', defaultHostname: 'relay.test' },
    readFile: () => toml,
  });

test('after a reload, old values stand where a restart is needed, with what waits', () => {
  const start = load('[log]\nlevel = "info"\nformat = "text"\n');
  const after = load('[log]\nlevel = "warn"\nformat = "json"\n');
  const { inForce, needsRestart } = planReload(inForceAtStart(start), after);
  const { file, settings } = settingsInForce(inForce, after, needsRestart);
  const of = (key: string) => settings.find((one) => one.key === key);
  expect(file).toBe('/srv/relay.toml');
  expect(of('log.level')).toMatchObject({ text: '"warn"', source: 'relay.toml:2', waiting: undefined });
  expect(of('log.format')).toMatchObject({ text: '"text"', waiting: '"json"', takeOver: 'restart' });
});

test('a secret is hidden, also one that waits', () => {
  const keys = [7, 9].map((octet) => Buffer.alloc(32, octet).toString('base64'));
  const [start, after] = keys.map((key) => load(`data_key = "${key}"\n`));
  const { inForce, needsRestart } = planReload(inForceAtStart(start!), after!);
  const { settings } = settingsInForce(inForce, after!, needsRestart);
  expect(needsRestart).toEqual(['data_key']);
  for (const key of keys) expect(JSON.stringify(settings)).not.toContain(key);
});
