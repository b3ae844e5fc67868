/** `relayctl webhook add`: creates a webhook. Its signing secret is shown once. */
import { newWebhookJson } from '../../api-json/webhook-json.ts';
import { addWebhook } from '../../admin/webhooks/add.ts';
import { adminContextWithBox } from '../program/admin-context.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { unlessRefused } from '../program/refusal.ts';
import { EVENT_OPTION } from '../input/webhook-input.ts';
import { eventWords } from '../views/webhook-view.ts';

export const webhookAdd: CommandSpec = {
  path: 'webhook add',
  summary: 'Create a webhook: events are posted to a URL as they happen',
  details:
    'Each event is a POST of JSON, signed as Standard Webhooks describe, with a secret that is shown once. It is ' +
    'retried for a day and a half until the receiver answers 2xx. Events of one message arrive in order. The first ' +
    'event is the next one to happen. Fields and verification: docs/webhooks.md.',
  options: [{ flags: '--url <url>', meaning: 'the receiver: https, not in a private network' }, EVENT_OPTION],
  examples: [
    { type: 'webhook add --url https://app.example.org/hooks/mail', does: 'every event' },
    {
      type: 'webhook add --url https://app.example.org/hooks/mail --event bounced --event complained',
      does: 'some events',
    },
  ],
  run: add,
};

async function add(context: CommandContext, { options }: CommandInput): Promise<void> {
  const url = options.requiredText('url', 'https://app.example.org/hooks/mail');
  const admin = await adminContextWithBox(context);
  const account = await context.account();
  const input = { account, url, events: options.list('event') };
  const { webhook, secret } = unlessRefused(await addWebhook(input, admin));
  if (context.global.json) {
    context.printJson(newWebhookJson(webhook, secret, account.name));
    return;
  }
  context.print(
    [
      `Added webhook ${context.paint.name(webhook.id)} to ${webhook.url}`,
      `  events    ${eventWords(webhook)}`,
      `  secret    ${secret}`,
      '',
      'The secret is not shown again. Give it to the receiver, then try it:',
      `  relayctl webhook test ${webhook.id}`,
    ].join('\n'),
  );
}
