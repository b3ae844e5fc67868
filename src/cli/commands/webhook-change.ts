/** `relayctl webhook change`: another address, or other events, with the same secret. */
import { webhookJson } from '../../api-json/webhook-json.ts';
import { changeWebhook } from '../../admin/webhooks/change.ts';
import { adminContext } from '../program/admin-context.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { unlessRefused } from '../program/refusal.ts';
import { EVENT_OPTION, findWebhook } from '../input/webhook-input.ts';
import { renderWebhook } from '../views/webhook-view.ts';

export const webhookChange: CommandSpec = {
  path: 'webhook change',
  summary: 'Change the URL or the events of a webhook',
  arguments: '<id>',
  details: "Options that are not given change nothing. --event '*' means all events.",
  options: [{ flags: '--url <url>', meaning: 'the receiver' }, EVENT_OPTION],
  examples: [
    {
      type: 'webhook change whk_01k9q3... --url https://new.example.org/hooks/mail',
      does: 'another receiver',
    },
    { type: 'webhook change whk_01k9q3... --event bounced', does: 'from now on bounces only' },
  ],
  run: change,
};

async function change(
  context: CommandContext,
  { arguments: [id = ''], options }: CommandInput,
): Promise<void> {
  const webhook = await findWebhook(context, id);
  const events = options.list('event');
  const asked = { url: options.text('url'), events: events.length === 0 ? undefined : events };
  const changed = unlessRefused(await changeWebhook(webhook, asked, await adminContext(context)), {
    'nothing-to-change': 'add --url or --event',
  });
  if (context.global.json) context.printJson(webhookJson(changed));
  else context.print(renderWebhook(context, changed));
}
