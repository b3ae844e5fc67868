/** `relayctl webhook add`: an address that is told of events. The secret that signs is shown once. */
import { newWebhookJson } from '../../api-json/webhook-json.ts';
import { makeWebhook, MOST_WEBHOOKS } from '../../webhook/webhook-admin.ts';
import { CliFailure } from '../program/cli-failure.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { EVENT_OPTION, eventsOf, urlOf } from '../input/webhook-input.ts';
import { eventWords } from '../views/webhook-view.ts';

export const webhookAdd: CommandSpec = {
  path: 'webhook add',
  summary: 'Tell an address of events as they happen',
  details:
    'Each event is a POST of JSON, signed by the scheme of Standard Webhooks with the secret that is shown here, once. It is ' +
    'repeated for a day and a half until the receiver answers 2xx; events of one message come in order. It begins with the ' +
    'next event; see docs/webhooks.md for the fields and how to verify them.',
  options: [
    { flags: '--url <url>', meaning: 'where to; https, and not inside a private network' },
    EVENT_OPTION,
  ],
  examples: [
    { type: 'webhook add --url https://app.example.org/hooks/mail', does: 'every event' },
    {
      type: 'webhook add --url https://app.example.org/hooks/mail --event bounced --event complained',
      does: 'some events',
    },
  ],
  run: addWebhook,
};

async function addWebhook(context: CommandContext, { options }: CommandInput): Promise<void> {
  const url = urlOf(context, options.requiredText('url', 'https://app.example.org/hooks/mail'));
  const events = eventsOf(options);
  const { webhooks } = await context.writer();
  const { services, nowMs } = context;
  const account = await context.account();
  if ((await context.reader.listWebhooks(account.id)).length >= MOST_WEBHOOKS)
    throw new CliFailure(
      'conflict',
      `account ${account.name} has ${MOST_WEBHOOKS} webhooks, which is the most`,
    );
  const box = await services.openSecretBox(context.config);
  const facts = { accountId: account.id, url, events };
  const { webhook, secret } = makeWebhook(facts, { box, random: services.random, nowMs });
  await webhooks.addWebhook(webhook, services.actor);
  if (context.global.json) {
    context.printJson(newWebhookJson(webhook, secret, account.name));
    return;
  }
  const { paint } = context;
  context.print(
    [
      `Added webhook ${paint.name(webhook.id)} to ${url}`,
      `  events    ${eventWords(webhook)}`,
      `  secret    ${secret}`,
      '',
      'The secret is not shown again. Give it to the receiver, then try it:',
      `  relayctl webhook test ${webhook.id}`,
    ].join('\n'),
  );
}
