/** `relayctl webhook pause`: nothing is sent for a while, and nothing is lost. */
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { findWebhook } from '../input/webhook-input.ts';

export const webhookPause: CommandSpec = {
  path: 'webhook pause',
  summary: 'Stop telling events; they wait until it is resumed',
  arguments: '<id>',
  details: 'Events wait as long as events are kept (retention.events).',
  examples: [
    { type: 'webhook pause whk_01k9q3...', does: 'while the receiver is rebuilt' },
    { type: 'webhook resume whk_01k9q3...', does: 'and then everything that waited' },
  ],
  run: pauseWebhook,
};

async function pauseWebhook(context: CommandContext, input: CommandInput): Promise<void> {
  const { id } = await findWebhook(context, input.arguments[0] ?? '');
  const { actor } = context.services;
  const { webhooks } = await context.writer();
  await webhooks.pauseWebhook(id, `paused by ${actor}`, context.nowMs, actor);
  if (context.global.json) context.printJson({ id, state: 'paused' });
  else context.print(`Paused ${id}. Go on with: relayctl webhook resume ${id}`);
}
