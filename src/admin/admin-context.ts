/**
 * What operations work with. The command line and HTTP make one each; an operation takes the parts alone that it needs
 * ({@link With}), so a test gives no more.
 */
import type { Config } from '../config/config.ts';
import type { Authority } from '../dns/authoritative.ts';
import type { Resolver } from '../dns/resolver.ts';
import type { Clock } from '../platform/clock.ts';
import type { Random } from '../platform/random.ts';
import type { SecretBox } from '../platform/secret-box.ts';
import type { Credential } from '../store/directory-records.ts';
import type { StoreReads, StoreWrites } from '../store/store.ts';
import type { TemplateEngine } from '../template/template-engine.ts';

export interface AdminContext extends StoreWrites {
  readonly reader: StoreReads;
  readonly templateEngine: Pick<TemplateEngine, 'check'>;
  readonly box: SecretBox;
  readonly resolver: Resolver;
  /** Made for each look; `undefined`: the resolver alone is asked. */
  readonly openAuthority?: (() => Authority) | undefined;
  readonly config: Config;
  readonly clock: Clock;
  readonly random: Random;
  /** Who changes things, for the audit log: `relayctl:alice`, `api:crd_...`. */
  readonly actor: string;
  /** The API key that asks, which binds what it makes; `undefined`: an operator, whom nothing binds. */
  readonly holder: Credential | undefined;
}

/** Some parts of it; who asks is always one. */
export type With<Part extends keyof AdminContext> = Pick<AdminContext, Part | 'actor'>;
