/** The master key where the configuration has it, as relayctl shows and changes it. No key is ever given out: keys are named by ids. */
import type { Config } from '../../config/config.ts';

export interface DataKeyFiles {
  /** The id of the present key of the configuration. Makes none. Throws SecretBoxError. */
  readonly presentId: (config: Config) => string;
  /** `undefined`: the configuration gives the key, or it is to be given there. */
  readonly file: (config: Config) => string | undefined;
  /**
   * Puts a new key into {@link file}, with the old one durable among the previous ones before that. Returns their ids, the new one
   * first. Throws SecretBoxError.
   */
  readonly rotate: (config: Config) => readonly [string, ...string[]];
  /** Takes these keys out of the file of previous keys. Returns the ids of those that were there. */
  readonly forget: (config: Config, ids: readonly string[]) => readonly string[];
}
