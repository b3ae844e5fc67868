/** `relayctl webhook replay`: sends events again: by id, by time, after an event, or the failed ones. */
import { replayWebhook, type ReplayInput } from '../../admin/webhooks/replay.ts';
import { adminContext } from '../program/admin-context.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import type { Options } from '../program/options.ts';
import { counted } from '../output/time-words.ts';
import { unlessRefused } from '../program/refusal.ts';
import { eventSequenceOf, findWebhook, pastTimeMs } from '../input/webhook-input.ts';

export const webhookReplay: CommandSpec = {
  path: 'webhook replay',
  summary: 'Send events again',
  arguments: '<id>',
  details:
    'They keep their ids (webhook-id), so a receiver that stores ids can ignore repeats. One of --event-id, --failed, ' +
    '--since, --after is required. A range has only the events that the webhook subscribes to. Events not yet sent ' +
    'are sent in any case.',
  options: [
    { flags: '--event-id <event>', meaning: 'this event', repeats: true },
    { flags: '--failed', meaning: 'all failed events' },
    { flags: '--since <time>', meaning: 'from this time: a span back such as 2h, or RFC 3339' },
    { flags: '--until <time>', meaning: 'up to this time (default: now)' },
    { flags: '--after <event>', meaning: 'after this event' },
  ],
  examples: [
    { type: 'webhook replay whk_01k9q3... --failed', does: 'failed events' },
    { type: 'webhook replay whk_01k9q3... --since 2h', does: 'the last two hours' },
    { type: 'webhook replay whk_01k9q3... --event-id evt_00000000012345', does: 'one event' },
  ],
  run: replay,
};

async function replay(context: CommandContext, input: CommandInput): Promise<void> {
  const webhook = await findWebhook(context, input.arguments[0] ?? '');
  const asked = readReplay(context, input.options);
  const { replayed } = unlessRefused(await replayWebhook(webhook, asked, await adminContext(context)));
  if (context.global.json) {
    context.printJson({ id: webhook.id, replayed });
    return;
  }
  const rests = webhook.state === 'active' ? '' : `, as soon as it is resumed (it is ${webhook.state})`;
  context.print(`${counted(replayed, 'event')} will be told once more${rests}.`);
}

function readReplay({ nowMs }: CommandContext, options: Options): ReplayInput {
  const after = options.text('after');
  return {
    eventIds: options.list('event-id').map((id) => eventSequenceOf(id, '--event-id')),
    failed: options.flag('failed'),
    sinceMs: pastTimeMs(options, 'since', nowMs),
    untilMs: pastTimeMs(options, 'until', nowMs),
    after: after === undefined ? undefined : eventSequenceOf(after, '--after'),
  };
}
