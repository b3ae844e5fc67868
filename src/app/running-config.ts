/**
 * The configuration of this relayd: one live object for its readers (config/live-config.ts), what a reload would change,
 * and the result of the last one for the check of that name.
 */
import type { Config } from '../config/config.ts';
import { liveConfig, type LiveConfig } from '../config/live-config.ts';
import type { LoadedConfig } from '../config/load.ts';
import { inForceAtStart, planReload, type InForce, type ReloadPlan } from '../config/reload.ts';
import { settingsInForce, type SettingsInForce } from '../config/settings-in-force.ts';
import type { ConfigurationFacts } from '../policy/checks/configuration.ts';

export class RunningConfig {
  readonly #live: LiveConfig;
  #inForce: InForce;
  #loaded: LoadedConfig;
  #needsRestart: ReloadPlan['needsRestart'] = [];
  #facts: ConfigurationFacts = { needsRestart: [], failure: undefined };

  constructor(loaded: LoadedConfig) {
    this.#loaded = loaded;
    this.#inForce = inForceAtStart(loaded);
    this.#live = liveConfig(this.#inForce.config);
  }

  get live(): Config {
    return this.#live.config;
  }

  /** As it is now, which does not change any more: for another thread. */
  get current(): Config {
    return this.#inForce.config;
  }

  /** Where it was read from; `null`: the defaults hold. */
  get file(): string | null {
    return this.#inForce.file ?? null;
  }

  /** As it was read last without a fault: where values came from. */
  get loaded(): LoadedConfig {
    return this.#loaded;
  }

  /** For people to look at. */
  get settings(): SettingsInForce {
    return settingsInForce(this.#inForce, this.#loaded, this.#needsRestart);
  }

  get facts(): ConfigurationFacts {
    return this.#facts;
  }

  /** Throws ReloadError. */
  plan(loaded: LoadedConfig): ReloadPlan {
    return planReload(this.#inForce, loaded);
  }

  /** From now on it holds, for all who read {@link live}. */
  take({ inForce, needsRestart }: ReloadPlan, loaded: LoadedConfig): void {
    this.#inForce = inForce;
    this.#loaded = loaded;
    this.#live.take(inForce.config);
    this.#needsRestart = needsRestart;
    this.#facts = { needsRestart, failure: undefined };
  }

  /** A reload changed nothing; a restart would fail as well. */
  failed(reason: string): void {
    this.#facts = { ...this.#facts, failure: reason };
  }
}
