/** `relayctl webhook remove`: it is told nothing more, and its log goes. */
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
  run: removeWebhook,
};

async function removeWebhook(context: CommandContext, input: CommandInput): Promise<void> {
  const { id, url } = await findWebhook(context, input.arguments[0] ?? '');
  await context.confirm(`Remove webhook ${id} to ${url} and its log`);
  const { webhooks } = await context.writer();
  await webhooks.removeWebhook(id, context.services.actor);
  if (context.global.json) context.printJson({ id, removed: true });
  else context.print(`Removed ${id}.`);
}
