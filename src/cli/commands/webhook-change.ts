/** `relayctl webhook change`: another address, or other events, with the same secret. */
import { webhookJson } from '../../api-json/webhook-json.ts';
import { usage } from '../program/cli-failure.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { EVENT_OPTION, eventsOf, findWebhook, urlOf } from '../input/webhook-input.ts';
import { renderWebhook } from '../views/webhook-view.ts';

export const webhookChange: CommandSpec = {
  path: 'webhook change',
  summary: 'Change the address or the events of a webhook',
  arguments: '<id>',
  details: "What is not given stays. --event '*' means all events.",
  options: [{ flags: '--url <url>', meaning: 'where to' }, EVENT_OPTION],
  examples: [
    {
      type: 'webhook change whk_01k9q3... --url https://new.example.org/hooks/mail',
      does: 'another address',
    },
    { type: 'webhook change whk_01k9q3... --event bounced', does: 'bounces only from now on' },
  ],
  run: changeWebhook,
};

async function changeWebhook(context: CommandContext, input: CommandInput): Promise<void> {
  const { options } = input;
  const { id } = await findWebhook(context, input.arguments[0] ?? '');
  const text = options.text('url');
  const url = text === undefined ? undefined : urlOf(context, text);
  const events = options.list('event').length === 0 ? undefined : eventsOf(options);
  if (url === undefined && events === undefined) throw usage('nothing to change', 'add --url or --event');
  const { webhooks } = await context.writer();
  await webhooks.changeWebhook(id, { url, events }, context.services.actor);
  const changed = await findWebhook(context, id);
  if (context.global.json) context.printJson(webhookJson(changed));
  else context.print(renderWebhook(context, changed));
}
