/** `relayctl webhook resume`: ends a pause, or the disabling after a 410 of the receiver. */
import { changeWebhook } from '../../admin/webhooks/change.ts';
import { adminContext } from '../program/admin-context.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { unlessRefused } from '../program/refusal.ts';
import { findWebhook } from '../input/webhook-input.ts';

export const webhookResume: CommandSpec = {
  path: 'webhook resume',
  summary: 'Resume a webhook; events that waited are sent first',
  arguments: '<id>',
  options: [{ flags: '--skip', meaning: 'skip the events that happened while it was paused' }],
  examples: [
    { type: 'webhook resume whk_01k9q3...', does: 'all events that waited, in order' },
    { type: 'webhook resume whk_01k9q3... --skip', does: 'new events only' },
  ],
  run: resume,
};

async function resume(context: CommandContext, input: CommandInput): Promise<void> {
  const webhook = await findWebhook(context, input.arguments[0] ?? '');
  const skip = input.options.flag('skip');
  const change = { state: 'active', skip } as const;
  const { id } = unlessRefused(await changeWebhook(webhook, change, await adminContext(context)));
  if (context.global.json) context.printJson({ id, state: 'active', skipped: skip });
  else context.print(`Resumed ${id}${skip ? ', from now on' : ''}.`);
}
