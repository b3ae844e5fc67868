/** `relayctl webhook rotate`: a new secret, which signs beside the old one for a while. */
import { newWebhookJson } from '../../api-json/webhook-json.ts';
import { timestamp } from '../../api-json/timestamp.ts';
import { LONGEST_OVERLAP_MS, SECRET_OVERLAP_MS } from '../../webhook/webhook-admin.ts';
import { makeSealedKey } from '../../webhook/webhook-keys.ts';
import { usage } from '../program/cli-failure.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { fullTime } from '../output/time-words.ts';
import { findWebhook } from '../input/webhook-input.ts';

export const webhookRotate: CommandSpec = {
  path: 'webhook rotate',
  summary: 'Make a new secret; both sign until the old one ends',
  arguments: '<id>',
  details: 'With --overlap 0s the old secret ends at once: for one that became known to others.',
  options: [{ flags: '--overlap <span>', meaning: 'how long the old one goes on to sign (default: 24h)' }],
  examples: [
    { type: 'webhook rotate whk_01k9q3...', does: 'a new secret, shown once' },
    { type: 'webhook rotate whk_01k9q3... --overlap 0s', does: 'the old one ends at once' },
  ],
  run: rotateSecret,
};

async function rotateSecret(context: CommandContext, input: CommandInput): Promise<void> {
  const webhook = await findWebhook(context, input.arguments[0] ?? '');
  const overlapMs = input.options.durationMs('overlap') ?? SECRET_OVERLAP_MS;
  if (overlapMs > LONGEST_OVERLAP_MS) throw usage('--overlap is 30d at the most');
  const { services, nowMs } = context;
  const { webhooks } = await context.writer();
  const box = await services.openSecretBox(context.config);
  const { sealed, secret } = makeSealedKey(webhook.id, box, services.random);
  const untilMs = nowMs + overlapMs;
  await webhooks.rotateWebhookSecret(webhook.id, sealed, untilMs, services.actor);
  if (context.global.json) {
    context.printJson({
      ...newWebhookJson(webhook, secret, webhook.accountName),
      old_secret_until: timestamp(untilMs),
    });
    return;
  }
  context.print(
    [
      `Made a new secret for ${context.paint.name(webhook.id)}; it is not shown again:`,
      `  ${secret}`,
      overlapMs === 0
        ? 'The old one does not sign any more.'
        : `The old one signs beside it until ${fullTime(untilMs)}.`,
    ].join('\n'),
  );
}
