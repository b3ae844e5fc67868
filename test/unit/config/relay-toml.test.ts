/** config/relay.toml is what operators read: it names every key, once, with the default that the code has. */
import { readFileSync } from 'node:fs';
import { parse } from 'smol-toml';
import { expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/load.ts';
import { readToml } from '../../../src/config/read-file.ts';
import { SETTING_KEYS, SETTINGS, type SettingKey } from '../../../src/config/settings.ts';
import { ROUTE_KEYS } from '../../../src/config/egress/route-table.ts';
import { SOURCE_KEYS } from '../../../src/config/egress/source-table.ts';

const file = new URL('../../../config/relay.toml', import.meta.url);
const shipped = readFileSync(file, 'utf8');
/** With every key switched on: a commented key is a `#` directly before its name, or before its place in a table. */
const switchedOn = shipped.replace(/^#(?=(?: {2})?[a-z_]+ = |\[\[)/gm, '');

test('as shipped it changes nothing', () => {
  const input = { env: {}, defaultHostname: 'machine.example', cwd: '/srv' };
  const missing = () => {
    throw Object.assign(new Error('missing'), { code: 'ENOENT' });
  };
  const withFile = loadConfig({ ...input, path: 'relay.toml', readFile: () => shipped });
  expect(withFile.config).toEqual(loadConfig({ ...input, readFile: missing }).config);
  expect(withFile.warnings).toEqual([]);
});

test('it names every key in the order of the code, and no other', () => {
  const { values, problems } = readToml('relay.toml', switchedOn);
  expect(problems).toEqual([]);
  expect(values.map(({ key }) => key)).toEqual(SETTING_KEYS);
});

test.each(SETTING_KEYS)('%s shows the default', (key) => {
  const inTable = (table: unknown, name: string) => (table as Record<string, unknown> | undefined)?.[name];
  const written = key.split('.').reduce<unknown>(inTable, parse(switchedOn));
  const setting = SETTINGS[key];
  if (setting.kind.writtenAs === 'tables') expectEveryKey(key, written);
  else if (setting.default !== undefined) expect(written).toEqual(setting.default);
  // The example of a key without a default is a value that would be taken; the master key's is a placeholder.
  else if (key !== 'data_key') expect(setting.kind.schema.safeParse(written).success).toBe(true);
  else expect(setting.kind.schema.safeParse(written).success).toBe(false);
});

/** The tables are an example: together they show every key that there is, and would be taken. */
function expectEveryKey(key: SettingKey, written: unknown): void {
  const tables = written as readonly Record<string, unknown>[];
  const shown = new Set(tables.flatMap((table) => Object.keys(table)));
  const known = (key === 'route' ? ROUTE_KEYS : SOURCE_KEYS).filter((name) => name !== 'password');
  expect([...shown].sort()).toEqual([...known].sort());
  expect(SETTINGS[key].kind.schema.safeParse(written).error).toBeUndefined();
}
