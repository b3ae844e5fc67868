/** Events that a test of webhooks wants beside those of messages. */
import type { HealthLevel } from '../../../../src/policy/health.ts';
import type { WebhookBench } from './webhook-bench.ts';

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;

/** Health decides something about the default account. */
export async function eventOfAccount(bench: WebhookBench, level: HealthLevel): Promise<void> {
  const { accountId } = bench;
  const change = {
    accountId,
    stream: '',
    level,
    reason: '12 % of 1000 deliveries bounced hard',
    perMinute: undefined,
  };
  await bench.store.health.setHealth({ ...change, atMs: bench.clock.now() }, 'health');
}
