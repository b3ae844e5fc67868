/** Webhooks of a running relay: the dispatcher on this thread, with its own read connection. */
import type { Config } from '../config/config.ts';
import type { Resolver } from '../dns/resolver.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { Random } from '../platform/random.ts';
import type { SecretBox } from '../platform/secret-box.ts';
import { openReader } from '../store/thread/open-reader.ts';
import type { WebhookWriter } from '../store/webhooks.ts';
import { startDispatcher } from '../webhook/dispatcher.ts';
import { storePlace } from './store-place.ts';
import { programVersion } from './version.ts';

/** Requests under way may end within this time; interrupted ones are repeated after the next start. */
const GRACE_MS = 3_000;

export interface WebhooksOptions {
  /** Live (config/live-config.ts). */
  readonly config: Config;
  readonly writer: WebhookWriter;
  readonly box: SecretBox;
  readonly resolver: Resolver;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Whether this node is the one that tells them now. */
  readonly tells: () => boolean;
}

export interface RunningWebhooks {
  stop(): Promise<void>;
}

/** Throws StoreError. */
export function startWebhooks({ config, resolver, ...options }: WebhooksOptions): RunningWebhooks {
  const reader = openReader(storePlace(config), options);
  const guard = {
    resolver,
    get allowPrivateAddresses() {
      return config.webhooks.allowPrivateAddresses;
    },
  };
  const sender = { guard, version: programVersion() };
  const dispatcher = startDispatcher({ ...options, reader, sender });
  return {
    async stop() {
      await dispatcher.stop(GRACE_MS);
      await reader.close();
    },
  };
}
