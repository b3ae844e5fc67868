/** Creation and test of webhooks, for the command line and HTTP alike. The caller writes to the store. */
import type { Clock } from '../platform/clock.ts';
import { makeId } from '../platform/ids.ts';
import type { Random } from '../platform/random.ts';
import type { SecretBox } from '../platform/secret-box.ts';
import { ALL_EVENT_TYPES, type AnyEventType } from '../policy/delivery-state.ts';
import { EVERY_EVENT } from '../api-json/webhook-json.ts';
import type { NewWebhook, Webhook, WebhookAttempt } from '../store/webhooks.ts';
import { testBody } from './payload.ts';
import { judge } from './response.ts';
import { attemptOf } from './outcomes.ts';
import { createSender, type SenderOptions } from './sender.ts';
import { signatureHeaders } from './signature.ts';
import { makeSealedKey, signingKeys } from './webhook-keys.ts';

/** Per account: each webhook costs a read of the event log. */
export const MOST_WEBHOOKS = 50;
/** Default and longest time for which a replaced secret still signs. */
export const SECRET_OVERLAP_MS = 24 * 3_600_000;
export const LONGEST_OVERLAP_MS = 30 * SECRET_OVERLAP_MS;

/** The given names, or the first unknown one; `*` or none at all stands for every event. */
export function eventTypesOf(
  names: readonly string[],
): { readonly types: readonly AnyEventType[] } | { readonly unknown: string } {
  if (names.length === 0 || names.includes(EVERY_EVENT)) return { types: [] };
  const unknown = names.find((name) => !ALL_EVENT_TYPES.includes(name as AnyEventType));
  if (unknown !== undefined) return { unknown };
  return { types: [...new Set(names as readonly AnyEventType[])] };
}

/** `url` from {@link checkWebhookUrl}. The returned secret is shown once. */
export function makeWebhook(
  facts: Pick<NewWebhook, 'accountId' | 'url' | 'events'>,
  tools: { readonly box: SecretBox; readonly random: Random; readonly nowMs: number },
): { readonly webhook: NewWebhook; readonly secret: string } {
  const { box, random, nowMs } = tools;
  const id = makeId('whk_', nowMs, random);
  const { sealed, secret } = makeSealedKey(id, box, random);
  return { webhook: { id, ...facts, sealedSecret: sealed, createdAtMs: nowMs }, secret };
}

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
