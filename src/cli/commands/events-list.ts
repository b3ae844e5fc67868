/** `relayctl events`: events of deliveries and accounts; with `--follow`, new ones as they happen. */
import { delay } from '../../platform/clock.ts';
import { ALL_EVENT_TYPES } from '../../policy/delivery-state.ts';
import type { AnyEventType } from '../../policy/delivery-state.ts';
import { formatMailbox } from '../../smtp/address.ts';
import { parseEventId } from '../../store/public-ids.ts';
import type { EventFilter } from '../../store/queue-admin.ts';
import type { StoredEvent } from '../../store/views.ts';
import { usage } from '../program/cli-failure.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import type { Options } from '../program/options.ts';
import { mailboxOf } from '../program/options.ts';
import { visible } from '../../platform/visible-text.ts';
import type { Paint } from '../output/paint.ts';
import { fullTime } from '../output/time-words.ts';
import { showServerEvents } from './server-events.ts';
import { eventJson } from '../../api-json/event-json.ts';

export const eventsList: CommandSpec = {
  path: 'events',
  summary: 'Show events: accepted, delivered, deferred, bounced, ...',
  details:
    'Oldest first. Without --after the latest are shown, with --after all that follow that event: a script ' +
    'resumes there.',
  options: [
    { flags: '-f, --follow', meaning: 'then show new events as they happen, until interrupted' },
    {
      flags: '--server',
      meaning: 'those of the server: checks that failed and recovered (no webhook is told of them)',
    },
    { flags: '--message <id>', meaning: 'of this message' },
    { flags: '--recipient <address>', meaning: 'to this address' },
    { flags: '--type <event>', meaning: `of this type: ${ALL_EVENT_TYPES.join(', ')}`, repeats: true },
    { flags: '--stream <name>', meaning: 'of this stream' },
    { flags: '--tag <tag>', meaning: 'of messages with this tag' },
    { flags: '--after <id>', meaning: 'after this event' },
    {
      flags: '--limit <number>',
      meaning: 'how many at most before following (default: 100, with --after: all)',
    },
  ],
  examples: [
    { type: 'events --follow', does: 'live events' },
    { type: 'events --server --follow', does: 'what the checks of relayd find' },
    { type: 'events --type bounced --limit 20', does: 'the latest bounces' },
    { type: 'events --message msg_01k9q3... --json', does: 'all events of one message, for a script' },
  ],
  run: showEvents,
};

const DEFAULT_LIMIT = 100;
const PAGE = 1000;
const POLL_MS = 250;

type Filter = Omit<EventFilter, 'after' | 'limit'>;

async function showEvents(context: CommandContext, { options }: CommandInput): Promise<void> {
  if (options.flag('server')) {
    await showServerEvents(context, options);
    return;
  }
  const filter = await readFilter(context, options);
  const after = readAfter(options);
  const limit = options.wholeNumber('limit', 0) ?? (after === undefined ? DEFAULT_LIMIT : Infinity);
  const last = await context.reader.lastEventSequence();
  if (after === undefined)
    for (const event of await latest(context, filter, last, limit)) await printEvent(context, event);
  else await printAfter(context, filter, after, limit);
  if (options.flag('follow')) await follow(context, filter, Math.max(last, after ?? 0));
}

async function readFilter(context: CommandContext, options: Options): Promise<Filter> {
  const recipient = options.text('recipient');
  const types = options.list('type');
  const unknown = types.find((type) => !ALL_EVENT_TYPES.includes(type as AnyEventType));
  if (unknown !== undefined) throw usage(`--type ${unknown} is none of ${ALL_EVENT_TYPES.join(', ')}`);
  return {
    accountId: (await context.namedAccount())?.id,
    messageId: options.text('message'),
    recipient: recipient === undefined ? undefined : formatMailbox(mailboxOf(recipient, '--recipient')),
    types,
    stream: options.text('stream'),
    tag: options.text('tag'),
  };
}

function readAfter(options: Options): number | undefined {
  const text = options.text('after');
  if (text === undefined) return undefined;
  const sequence = /^\d{1,15}$/.test(text) ? Number(text) : parseEventId(text);
  if (sequence === undefined) throw usage(`--after ${text} is not an event id such as evt_00000000012345`);
  return sequence;
}

/** The newest `limit` events up to `last`, oldest first: looks back over ever wider stretches until there are enough. */
async function latest(
  context: CommandContext,
  filter: Filter,
  last: number,
  limit: number,
): Promise<readonly StoredEvent[]> {
  if (filter.messageId !== undefined)
    return (await readRange(context, filter, 0, last)).slice(limit === 0 ? last : -limit);
  let found: readonly StoredEvent[] = [];
  let end = last;
  for (let width = Math.max(limit, PAGE); end > 0 && found.length < limit; width *= 2) {
    const start = Math.max(0, end - width);
    found = [...(await readRange(context, filter, start, end)), ...found];
    end = start;
  }
  return limit === 0 ? [] : found.slice(-limit);
}

/** Events with a sequence over `start` and up to `end`. */
async function readRange(
  context: CommandContext,
  filter: Filter,
  start: number,
  end: number,
): Promise<readonly StoredEvent[]> {
  const found: StoredEvent[] = [];
  for (let after = start; ;) {
    const { events, next, more } = await context.reader.readEvents({ ...filter, after, limit: PAGE });
    for (const event of events) if (event.sequence <= end) found.push(event);
    after = next;
    if (!more || after >= end) return found;
  }
}

/** Prints what follows `after`, at most `limit`; returns the sequence up to which it has looked. */
async function printAfter(
  context: CommandContext,
  filter: Filter,
  after: number,
  limit: number,
): Promise<number> {
  let seen = after;
  for (let count = 0; count < limit;) {
    const page = await context.reader.readEvents({
      ...filter,
      after: seen,
      limit: Math.min(PAGE, limit - count),
    });
    for (const event of page.events) await printEvent(context, event);
    count += page.events.length;
    seen = page.next;
    if (!page.more || context.io.interrupted.aborted) break;
  }
  return seen;
}

async function follow(context: CommandContext, filter: Filter, from: number): Promise<void> {
  let seen = from;
  await context.reader.changed();
  seen = await printAfter(context, filter, seen, Infinity);
  while (!context.io.interrupted.aborted) {
    await delay(context.services.clock, POLL_MS);
    if (await context.reader.changed()) seen = await printAfter(context, filter, seen, Infinity);
  }
}

/** Resolves when the reader is ready for the next. */
async function printEvent(context: CommandContext, event: StoredEvent): Promise<void> {
  if (context.global.json) await context.printJsonLine(eventJson(event));
  else {
    context.print(eventLine(event, context.paint));
    await context.io.drained();
  }
}

const EVENT_BRUSH: Readonly<Record<AnyEventType, 'good' | 'warn' | 'bad' | 'name'>> = {
  accepted: 'name',
  delivered: 'good',
  deferred: 'warn',
  bounced: 'bad',
  expired: 'bad',
  suppressed: 'warn',
  complained: 'bad',
  opened: 'name',
  clicked: 'name',
  unsubscribed: 'warn',
  cancelled: 'warn',
  refused: 'bad',
  health_changed: 'warn',
  domain_changed: 'warn',
  report_unverified: 'warn',
  webhook_paused: 'bad',
  webhook_disabled: 'bad',
};

function eventLine(event: StoredEvent, paint: Paint): string {
  const { atMs, type, recipient, messageId, accountName, stream, data } = event;
  const reply = data['reply'] ?? data['reason'];
  const why = typeof reply === 'string' && reply !== '' ? `  ${paint.dim(visible(reply))}` : '';
  const name = paint[EVENT_BRUSH[type]](type.padEnd(12));
  const level = typeof data['level'] === 'string' ? `${data['level']}: ` : '';

  const whom =
    recipient ?? `${level}account ${accountName}${stream === undefined ? '' : ` stream ${stream}`}`;
  const which = messageId ?? data['webhook_id'] ?? data['domain'] ?? data['report_id'];
  const id = typeof which === 'string' ? `  ${paint.dim(which)}` : '';
  return `${fullTime(atMs).slice(0, 19)}  ${name}  ${visible(whom)}${id}${why}`;
}
