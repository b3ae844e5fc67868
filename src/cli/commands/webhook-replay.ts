/** `relayctl webhook replay`: events that are told once more: by id, by time, behind a cursor, or those that failed. */
import type { ReplaySelection } from '../../store/webhooks.ts';
import { replayRange } from '../../webhook/replay-range.ts';
import { usage } from '../program/cli-failure.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import type { Options } from '../program/options.ts';
import { counted } from '../output/time-words.ts';
import { eventSequenceOf, findWebhook, pastTimeMs } from '../input/webhook-input.ts';

export const webhookReplay: CommandSpec = {
  path: 'webhook replay',
  summary: 'Tell events once more',
  arguments: '<id>',
  details:
    'They have the id that they had (webhook-id), so a receiver that keeps ids knows them again. One of --event-id, --failed, ' +
    '--since, --after is needed. A range takes the events that the webhook asks for; what it has not been told yet ' +
    'comes anyway.',
  options: [
    { flags: '--event-id <event>', meaning: 'this event', repeats: true },
    { flags: '--failed', meaning: 'all that were given up' },
    { flags: '--since <time>', meaning: 'from then on: a span back such as 2h, or RFC 3339' },
    { flags: '--until <time>', meaning: 'up to then (default: now)' },
    { flags: '--after <event>', meaning: 'behind this event' },
  ],
  examples: [
    { type: 'webhook replay whk_01k9q3... --failed', does: 'what was given up' },
    { type: 'webhook replay whk_01k9q3... --since 2h', does: 'the last two hours' },
    { type: 'webhook replay whk_01k9q3... --event-id evt_00000000012345', does: 'one event' },
  ],
  run: replayEvents,
};

async function replayEvents(context: CommandContext, input: CommandInput): Promise<void> {
  const webhook = await findWebhook(context, input.arguments[0] ?? '');
  const selection = await selectionOf(context, input.options);
  const { webhooks } = await context.writer();
  const { actor } = context.services;
  const replayed = await webhooks.replayWebhook(webhook.id, selection, context.nowMs, actor);
  if (context.global.json) {
    context.printJson({ id: webhook.id, replayed });
    return;
  }
  const rests = webhook.state === 'active' ? '' : `, as soon as it is resumed (it is ${webhook.state})`;
  context.print(`${counted(replayed, 'event')} will be told once more${rests}.`);
}

async function selectionOf({ reader, nowMs }: CommandContext, options: Options): Promise<ReplaySelection> {
  const ids = options.list('event-id');
  const sinceMs = pastTimeMs(options, 'since', nowMs);
  const untilMs = pastTimeMs(options, 'until', nowMs);
  const after = options.text('after');
  const isRange = sinceMs !== undefined || after !== undefined;
  const given = [ids.length > 0, options.flag('failed'), isRange].filter(Boolean).length;
  if (given !== 1) throw usage('which events?', 'give one of --event-id, --failed, --since and --after');
  if (untilMs !== undefined && !isRange) throw usage('--until goes with --since or --after');
  if (options.flag('failed')) return { kind: 'failed' };
  if (ids.length > 0)
    return { kind: 'events', sequences: ids.map((id) => eventSequenceOf(id, '--event-id')) };
  return replayRange(
    { after: after === undefined ? undefined : eventSequenceOf(after, '--after'), sinceMs, untilMs },
    reader,
  );
}
