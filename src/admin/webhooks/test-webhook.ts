/** A test of a webhook shows at once whether its receiver answers, and whether it knows the secret. */
import type { Clock } from '../../platform/clock.ts';
import { makeId } from '../../platform/ids.ts';
import type { Random } from '../../platform/random.ts';
import type { SecretBox } from '../../platform/secret-box.ts';
import type { Webhook, WebhookAttempt } from '../../store/webhooks.ts';
import { attemptOf } from '../../webhook/outcomes.ts';
import { testBody } from '../../webhook/payload.ts';
import { judge } from '../../webhook/response.ts';
import { createSender, type SenderOptions } from '../../webhook/sender.ts';
import { signatureHeaders } from '../../webhook/signature.ts';
import { signingKeys } from '../../webhook/webhook-keys.ts';

export interface WebhookTestOptions extends Pick<SenderOptions, 'guard' | 'version' | 'ca'> {
  readonly box: SecretBox;
  readonly clock: Clock;
  readonly random: Random;
}

/** Sends a signed `test` event. It is not recorded and leaves the webhook unchanged. Rejects with SecretBoxError. */
export async function testWebhook(webhook: Webhook, tools: WebhookTestOptions): Promise<WebhookAttempt> {
  const { box, clock, random } = tools;
  const atMs = clock.now();
  const startedMs = clock.monotonic();
  const keys = signingKeys(webhook, box, atMs);
  const body = testBody(webhook.id, webhook.accountName, atMs);
  const id = makeId('evt_test_', atMs, random);
  const sender = createSender({ ...tools, connections: 1 });
  try {
    const headers = { ...signatureHeaders({ id, atMs, body, keys }) };
    const answer = await sender.send({ url: webhook.url, headers, body });
    const durationMs = clock.monotonic() - startedMs;
    return attemptOf(answer, judge(answer, clock.now()), { atMs, durationMs });
  } finally {
    sender.close();
  }
}
