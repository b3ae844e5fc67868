/**
 * Setting webhooks up, for the command line and HTTP alike: what may be given, what is made of it, and a test that shows at
 * once whether a receiver answers. The store is written by the caller.
 */
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

/** Each one costs a read of the event log: so many of an account are plenty. */
export const MOST_WEBHOOKS = 50;
/** How long a replaced secret goes on to sign, unless said otherwise; and at the most. */
export const SECRET_OVERLAP_MS = 24 * 3_600_000;
export const LONGEST_OVERLAP_MS = 30 * SECRET_OVERLAP_MS;

/** Names as they were given, `*` and none at all for every event; else the one that is unknown. */
export function eventTypesOf(
  names: readonly string[],
): { readonly types: readonly AnyEventType[] } | { readonly unknown: string } {
  if (names.length === 0 || names.includes(EVERY_EVENT)) return { types: [] };
  const unknown = names.find((name) => !ALL_EVENT_TYPES.includes(name as AnyEventType));
  if (unknown !== undefined) return { unknown };
  return { types: [...new Set(names as readonly AnyEventType[])] };
}

/** `url` as {@link checkWebhookUrl} gave it. The secret is to be shown once. */
export function makeWebhook(
  facts: Pick<NewWebhook, 'accountId' | 'url' | 'events'>,
  tools: { readonly box: SecretBox; readonly random: Random; readonly nowMs: number },
): { readonly webhook: NewWebhook; readonly secret: string } {
  const { box, random, nowMs } = tools;
  const id = makeId('whk_', nowMs, random);
  const { sealed, secret } = makeSealedKey(id, box, random);
  return { webhook: { id, ...facts, sealedSecret: sealed, createdAtMs: nowMs }, secret };
}

export interface TestTools extends Pick<SenderOptions, 'guard' | 'version' | 'ca'> {
  readonly box: SecretBox;
  readonly clock: Clock;
  readonly random: Random;
}

/** Sends a signed event `test`; it stands in no log, and changes nothing of the webhook. SecretBoxError. */
export async function testWebhook(webhook: Webhook, tools: TestTools): Promise<WebhookAttempt> {
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
