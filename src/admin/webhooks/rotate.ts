/** A new secret for a webhook, which signs beside the old one for a while. */
import type { Webhook } from '../../store/webhooks.ts';
import { makeSealedKey } from '../../webhook/webhook-keys.ts';
import type { With } from '../admin-context.ts';
import { invalid, type AdminRefusal } from '../refusal.ts';

/** Default and longest time for which a replaced secret still signs. */
export const SECRET_OVERLAP_MS = 24 * 3_600_000;
export const LONGEST_OVERLAP_MS = 30 * SECRET_OVERLAP_MS;

/** `overlapMs` 0: the old one ends at once. Durable when it resolves to the new one, to be shown once. */
export async function rotateWebhookSecret(
  { id }: Pick<Webhook, 'id'>,
  overlapMs: number,
  { webhooks, box, clock, random, actor }: With<'webhooks' | 'box' | 'clock' | 'random'>,
): Promise<{ readonly secret: string; readonly oldUntilMs: number } | AdminRefusal> {
  if (overlapMs > LONGEST_OVERLAP_MS)
    return invalid('overlapMs', (nameOf) => `${nameOf('overlapMs')} is 30 days at the most`);
  const { sealed, secret } = makeSealedKey(id, box, random);
  const nowMs = clock.now();
  const oldUntilMs = nowMs + overlapMs;
  await webhooks.rotateWebhookSecret(id, sealed, oldUntilMs, nowMs, actor);
  return { secret, oldUntilMs };
}
