/** `relayctl webhook list`: webhooks with their state and their backlog. */
import { webhookJson } from '../../api-json/webhook-json.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandSpec } from '../program/command-spec.ts';
import { renderTable } from '../output/table.ts';
import { eventWords, stateBrush, stateWords } from '../views/webhook-view.ts';

export const webhookList: CommandSpec = {
  path: 'webhook list',
  summary: 'List webhooks',
  examples: [
    { type: 'webhook list', does: 'of all accounts' },
    {
      type: 'webhook list --json | jq -r \'select(.state != "active").id\'',
      does: 'paused and disabled ones, for a script',
    },
  ],
  run: listWebhooks,
};

async function listWebhooks(context: CommandContext): Promise<void> {
  const { reader, nowMs, paint } = context;
  const webhooks = await reader.listWebhooks((await context.namedAccount())?.id);
  if (context.global.json) {
    for (const webhook of webhooks) await context.printJsonLine(webhookJson(webhook));
    return;
  }
  if (webhooks.length === 0) {
    context.note(
      'There are no webhooks. Add one: relayctl webhook add --url https://app.example.org/hooks/mail',
    );
    return;
  }
  const table = renderTable(
    [
      { title: 'ID', text: ({ id }) => id },
      { title: 'URL', text: ({ url }) => url, shrinks: true },
      { title: 'EVENTS', text: eventWords, shrinks: true },
      {
        title: 'STATE',
        text: (webhook) => stateWords(webhook, nowMs),
        brush: (text, webhook) => stateBrush(webhook, paint)(text),
        shrinks: true,
      },
      {
        title: 'ACCOUNT',
        text: ({ accountName }) => accountName,
        shrinks: true,
        hidden: !(await context.listsManyAccounts()),
      },
    ],
    webhooks,
    { width: context.io.columns, paint },
  );
  context.print(table);
}
