/** Every key with the value that a running relayd goes by, where it comes from, and what waits for a restart. Secrets are hidden. Pure. */
import { explainConfig } from './explain.ts';
import type { LoadedConfig } from './load.ts';
import { TAKE_OVER, type InForce, type TakeOver } from './reload.ts';
import { SETTINGS, type SettingKey } from './settings.ts';

export interface SettingInForce {
  readonly key: SettingKey;
  /** As TOML, or in words; `(secret)` for a secret. */
  readonly text: string;
  /** `default`, `relay.toml:12`, `RELAY_HOSTNAME`. */
  readonly source: string;
  /** What values there are, with their unit. */
  readonly accepted: string;
  readonly takeOver: TakeOver;
  /** What `source` has since, which a restart puts in force; `undefined`: nothing else. */
  readonly waiting: string | undefined;
  /** The missing capability, without which the key has no effect. */
  readonly pending: string | undefined;
}

export interface SettingsInForce {
  /** `undefined`: no file was read. */
  readonly file: string | undefined;
  readonly settings: readonly SettingInForce[];
}

/** `loaded`: as it was read last without a fault. `needsRestart`: of its keys, those whose old values hold. */
export function settingsInForce(
  { texts }: Pick<InForce, 'texts'>,
  loaded: LoadedConfig,
  needsRestart: readonly SettingKey[],
): SettingsInForce {
  return {
    file: loaded.file,
    settings: explainConfig(loaded).map(({ key, text, source, pending }) => ({
      ...{ key, source, pending },
      text: texts.get(key) ?? text,
      accepted: SETTINGS[key].kind.accepted,
      takeOver: TAKE_OVER[key],
      waiting: needsRestart.includes(key) ? text : undefined,
    })),
  };
}
