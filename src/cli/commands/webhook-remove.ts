/** `relayctl webhook remove`: removes a webhook and its delivery log. */
import { removeWebhook } from '../../admin/webhooks/change.ts';
import { adminContext } from '../program/admin-context.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { findWebhook } from '../input/webhook-input.ts';

export const webhookRemove: CommandSpec = {
  path: 'webhook remove',
  summary: 'Remove a webhook and its delivery log',
  arguments: '<id>',
  details: 'To stop it for a while and lose nothing: relayctl webhook pause.',
  examples: [
    { type: 'webhook remove whk_01k9q3...', does: 'asks first' },
    { type: 'webhook remove whk_01k9q3... --yes', does: 'does not ask' },
  ],
  run: remove,
};

async function remove(context: CommandContext, input: CommandInput): Promise<void> {
  const webhook = await findWebhook(context, input.arguments[0] ?? '');
  const { id, url } = webhook;
  await context.confirm(`Remove webhook ${id} to ${url} and its log`);
  await removeWebhook(webhook, await adminContext(context));
  if (context.global.json) context.printJson({ id, removed: true });
  else context.print(`Removed ${id}.`);
}
