/** `relayctl webhook show`: one webhook with the end of its delivery log. */
import { webhookDeliveryJson, webhookJson } from '../../api-json/webhook-json.ts';
import { usage } from '../program/cli-failure.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { eventSequenceOf, findWebhook } from '../input/webhook-input.ts';
import { renderLog, renderWebhook } from '../views/webhook-view.ts';

const DEFAULT_LIMIT = 20;

export const webhookShow: CommandSpec = {
  path: 'webhook show',
  summary: 'Show a webhook and its delivery log',
  arguments: '<id>',
  options: [
    { flags: '--failed', meaning: 'failed events only' },
    { flags: '--pending', meaning: 'only events that wait for a retry' },
    { flags: '--before <event>', meaning: 'events before this one' },
    { flags: '--limit <number>', meaning: `how many events at most (default: ${DEFAULT_LIMIT})` },
  ],
  examples: [
    { type: 'webhook show whk_01k9q3...', does: 'the latest events, newest first' },
    {
      type: 'webhook show whk_01k9q3... --failed',
      does: 'failed events, with the responses of the receiver',
    },
    { type: 'webhook show whk_01k9q3... --json | jq .deliveries', does: 'the log, for a script' },
  ],
  run: showWebhook,
};

async function showWebhook(context: CommandContext, input: CommandInput): Promise<void> {
  const { options } = input;
  const webhook = await findWebhook(context, input.arguments[0] ?? '');
  if (options.flag('failed') && options.flag('pending'))
    throw usage('--failed and --pending exclude each other');
  const before = options.text('before');
  const log = await context.reader.webhookDeliveries({
    webhookId: webhook.id,
    state: options.flag('failed') ? 'failed' : options.flag('pending') ? 'pending' : undefined,
    before: before === undefined ? undefined : eventSequenceOf(before, '--before'),
    limit: options.wholeNumber('limit') ?? DEFAULT_LIMIT,
  });
  if (context.global.json) {
    context.printJson({ ...webhookJson(webhook), deliveries: log.map(webhookDeliveryJson) });
    return;
  }
  context.print(renderWebhook(context, webhook));
  context.print(log.length === 0 ? '\nNo events so far.' : `\n${renderLog(context, log)}`);
}
