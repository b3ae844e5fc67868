/** The configuration in force for display: each key, its value as TOML, and its source. Secrets are hidden. */
import { stringify } from 'smol-toml';
import type { LoadedConfig } from './load.ts';
import type { SettingSource } from './read-file.ts';
import { isTable } from './egress/table-fields.ts';
import { SETTINGS } from './settings.ts';
import type { SettingKey } from './settings.ts';

export interface ExplainedSetting {
  readonly key: SettingKey;
  /** As given, for JSON; `(secret)` for a secret, `null` for none. */
  readonly value: unknown;
  /** The value as TOML, or in words if there is none. */
  readonly text: string;
  /** `default`, `relay.toml:12`, `RELAY_HOSTNAME`. */
  readonly source: string;
  /** The missing capability, without which the key has no effect. */
  readonly pending: string | undefined;
}

const HIDDEN = '(secret)';

export function explainConfig({ config, sources }: LoadedConfig): readonly ExplainedSetting[] {
  return sources.map(({ key, value, source }) => {
    const setting = SETTINGS[key];
    const facts = { key, source: describeSource(source), pending: setting.pending };
    if (setting.secret && source.kind !== 'default') return { ...facts, value: HIDDEN, text: HIDDEN };
    const written = value ?? determined(key, config);
    const found = setting.kind.shown === undefined ? written : setting.kind.shown(written);
    if (found === undefined) return { ...facts, value: null, text: `(${setting.defaultInWords ?? 'none'})` };
    return { ...facts, value: found, text: tomlValue(found) };
  });
}

/** What the start finds out where nothing is given. */
function determined(key: SettingKey, { hostname, node }: LoadedConfig['config']): string | undefined {
  if (key === 'hostname') return hostname;
  return key === 'node.name' ? node.name : undefined;
}

export function describeSource(source: SettingSource): string {
  switch (source.kind) {
    case 'default':
      return 'default';
    case 'file':
      return source.line === undefined ? source.file : `${source.file}:${source.line}`;
    case 'environment':
      return source.file === undefined ? source.variable : `${source.variable} (${source.file})`;
  }
}

function tomlValue(value: unknown): string {
  if (Array.isArray(value) && value.some(isTable)) return `[${value.map(inlineTable).join(', ')}]`;
  return stringify({ value })
    .replace(/^value = /, '')
    .trimEnd();
}

/** On one line, as TOML has it too: `{ name = "office", match = { account = "shop" } }`. */
function inlineTable(table: unknown): string {
  if (!isTable(table)) return tomlValue(table);
  const pairs = Object.entries(table).map(
    ([key, value]) => `${key} = ${isTable(value) ? inlineTable(value) : tomlValue(value)}`,
  );
  return `{ ${pairs.join(', ')} }`;
}
