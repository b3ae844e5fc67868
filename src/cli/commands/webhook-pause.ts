/** `relayctl webhook pause`: nothing is sent for a while, and nothing is lost. */
import { changeWebhook } from '../../admin/webhooks/change.ts';
import { adminContext } from '../program/admin-context.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { unlessRefused } from '../program/refusal.ts';
import { findWebhook } from '../input/webhook-input.ts';

export const webhookPause: CommandSpec = {
  path: 'webhook pause',
  summary: 'Pause a webhook; its events wait until it is resumed',
  arguments: '<id>',
  details: 'Events wait as long as events are kept (retention.events).',
  examples: [
    { type: 'webhook pause whk_01k9q3...', does: 'while the receiver is rebuilt' },
    { type: 'webhook resume whk_01k9q3...', does: 'send all events that waited' },
  ],
  run: pause,
};

async function pause(context: CommandContext, input: CommandInput): Promise<void> {
  const webhook = await findWebhook(context, input.arguments[0] ?? '');
  const { id } = unlessRefused(
    await changeWebhook(webhook, { state: 'paused' }, await adminContext(context)),
  );
  if (context.global.json) context.printJson({ id, state: 'paused' });
  else context.print(`Paused ${id}. Go on with: relayctl webhook resume ${id}`);
}
