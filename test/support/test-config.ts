/** A whole configuration for services under test: the defaults, changed where a test says so. */
import type { Config } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/load.ts';

/** Some settings of some sections. */
export type ConfigChanges = {
  readonly [Section in keyof Config]?: Config[Section] extends object
    ? Partial<Config[Section]>
    : Config[Section];
};

const DEFAULTS = loadConfig({
  path: undefined,
  env: {},
  cwd: '/nowhere',
  readFile: () => {
    throw Object.assign(new Error('not there'), { code: 'ENOENT' });
  },
  defaultHostname: 'relay.test',
}).config;

export function testConfig(changes: ConfigChanges = {}): Config {
  const changed: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(DEFAULTS) as [keyof Config, unknown][]) {
    const change: unknown = changes[name];
    changed[name] = isSection(value) && isSection(change) ? { ...value, ...change } : (change ?? value);
  }
  return changed as unknown as Config;
}

function isSection(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !(value instanceof Uint8Array);
}
