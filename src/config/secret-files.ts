/** The files that secrets are read from, whose permissions are checked (app/data-folder.ts). Pure. */
import type { Config } from './config.ts';
import type { SettingSource } from './read-file.ts';
import { SETTINGS, type SettingKey } from './settings.ts';

export interface SecretFilesFacts {
  readonly config: Pick<Config, 'tls'>;
  readonly sources: readonly { readonly key: SettingKey; readonly source: SettingSource }[];
  /** The configuration file; it has a secret in a `[[route]]`. */
  readonly routeSecretIn: string | undefined;
  /** Files of passwords and keys that routes and sources name. */
  readonly named: readonly string[];
}

/** Each once, as it is named. */
export function secretFiles({ config, sources, routeSecretIn, named }: SecretFilesFacts): readonly string[] {
  const ofSettings = sources.flatMap(({ key, source }) =>
    SETTINGS[key].secret && source.kind !== 'default' ? [source.file] : [],
  );
  const all = [config.tls.key, ...ofSettings, routeSecretIn, ...named];
  return [...new Set(all.filter((file) => file !== undefined))];
}
