/** `relayctl webhook rotate`: a new secret, which signs beside the old one for a while. */
import { newWebhookJson } from '../../api-json/webhook-json.ts';
import { timestamp } from '../../api-json/timestamp.ts';
import { rotateWebhookSecret, SECRET_OVERLAP_MS } from '../../admin/webhooks/rotate.ts';
import { adminContextWithBox } from '../program/admin-context.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { fullTime } from '../output/time-words.ts';
import { unlessRefused } from '../program/refusal.ts';
import { findWebhook } from '../input/webhook-input.ts';

export const webhookRotate: CommandSpec = {
  path: 'webhook rotate',
  summary: 'Make a new secret; both sign until the old one ends',
  arguments: '<id>',
  details: 'With --overlap 0s the old secret ends at once, for example when it has leaked.',
  options: [{ flags: '--overlap <span>', meaning: 'how long the old secret also signs (default: 24h)' }],
  examples: [
    { type: 'webhook rotate whk_01k9q3...', does: 'a new secret, shown once' },
    { type: 'webhook rotate whk_01k9q3... --overlap 0s', does: 'the old one ends at once' },
  ],
  run: rotate,
};

async function rotate(context: CommandContext, input: CommandInput): Promise<void> {
  const webhook = await findWebhook(context, input.arguments[0] ?? '');
  const overlapMs = input.options.durationMs('overlap') ?? SECRET_OVERLAP_MS;
  const rotated = await rotateWebhookSecret(webhook, overlapMs, await adminContextWithBox(context));
  const { secret, oldUntilMs } = unlessRefused(rotated);
  if (context.global.json) {
    const old = { old_secret_until: timestamp(oldUntilMs) };
    context.printJson({ ...newWebhookJson(webhook, secret, webhook.accountName), ...old });
    return;
  }
  context.print(
    [
      `Made a new secret for ${context.paint.name(webhook.id)}; it is not shown again:`,
      `  ${secret}`,
      overlapMs === 0
        ? 'The old one does not sign any more.'
        : `The old one signs beside it until ${fullTime(oldUntilMs)}.`,
    ].join('\n'),
  );
}
