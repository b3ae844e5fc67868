/** `relayctl events --server`: what happened to the server itself, apart from the events of accounts. */
import { timestamp } from '../../api-json/timestamp.ts';
import { delay } from '../../platform/clock.ts';
import { visible } from '../../platform/visible-text.ts';
import type { ServerEvent } from '../../store/findings.ts';
import { parseServerEventId, serverEventIdOf } from '../../store/public-ids.ts';
import { counted, fullTime } from '../output/time-words.ts';
import { usage } from '../program/cli-failure.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { Options } from '../program/options.ts';

/** Of `relayctl events`, they ask for what events of the server do not have. */
const OF_ACCOUNTS = ['message', 'recipient', 'stream', 'tag'] as const;
const DEFAULT_LIMIT = 100;
const PAGE = 1_000;
const POLL_MS = 1_000;

export async function showServerEvents(context: CommandContext, options: Options): Promise<void> {
  const other = OF_ACCOUNTS.find((name) => options.text(name) !== undefined);
  if (other !== undefined || options.list('type').length > 0)
    throw usage(
      `--server does not go with --${other ?? 'type'}`,
      'events of the server are about no message',
    );
  const after = readAfter(options);
  const limit = options.wholeNumber('limit', 0) ?? (after === undefined ? DEFAULT_LIMIT : Infinity);
  // Numbers have no gaps but at the old end.
  const start = after ?? Math.max(0, (await context.reader.lastServerEvent()) - limit);
  let seen = await printAfter(context, start, limit);
  while (options.flag('follow') && !context.io.interrupted.aborted) {
    await delay(context.services.clock, POLL_MS);
    seen = await printAfter(context, seen, Infinity);
  }
}

async function printAfter(context: CommandContext, after: number, limit: number): Promise<number> {
  let seen = after;
  for (let left = limit; left > 0;) {
    const page = await context.reader.serverEvents({ after: seen, limit: Math.min(PAGE, left) });
    for (const event of page) await printEvent(context, event);
    seen = page.at(-1)?.sequence ?? seen;
    left -= page.length;
    if (page.length < PAGE || context.io.interrupted.aborted) break;
  }
  return seen;
}

function readAfter(options: Options): number | undefined {
  const text = options.text('after');
  if (text === undefined) return undefined;
  const sequence = /^\d{1,15}$/.test(text) ? Number(text) : parseServerEventId(text);
  if (sequence === undefined) throw usage(`--after ${text} is not an event id such as sev_00000000000012`);
  return sequence;
}

async function printEvent(
  context: CommandContext,
  { sequence, type, atMs, data }: ServerEvent,
): Promise<void> {
  if (context.global.json) {
    await context.printJsonLine({
      id: serverEventIdOf(sequence),
      event: type,
      timestamp: timestamp(atMs),
      ...data,
    });
    return;
  }
  const { paint } = context;
  const name = (type === 'check_recovered' ? paint.good : paint.bad)(type.padEnd(15));
  context.print(`${fullTime(atMs).slice(0, 19)}  ${name}  ${visible(wordsOf(type, data))}`);
}

function wordsOf(type: ServerEvent['type'], data: ServerEvent['data']): string {
  const text = (key: string) => String(data[key]);
  if (type === 'destination_limited') return limitedWords(data);
  return type === 'source_limited'
    ? `${text('source')} is not used for ${text('provider')} until ${text('until')}: ${text('reply')}`
    : `${text('check')}: ${text('detail')}`;
}

/** Such as: google suspended until 2027-…: 421 4.7.0 … (rule google-rate); undo: relayctl destination resume gmail.com */
function limitedWords(data: ServerEvent['data']): string {
  const text = (key: string) => String(data[key]);
  const from = data['source'] === null ? '' : ` from ${text('source')}`;
  const slow = [
    typeof data['per_minute'] === 'number' ? `${text('per_minute')} messages a minute` : undefined,
    typeof data['connections'] === 'number' ? counted(data['connections'], 'connection') : undefined,
  ].filter((part) => part !== undefined);
  const to = slow.length === 0 ? '' : ` to ${slow.join(', ')}`;
  const head = `${text('subject')}${from} ${text('change')}${to}`;
  if (data['change'] === 'lifted') return `${head} by ${text('actor')}`;
  return `${head} until ${text('until')}: ${text('reply')} (rule ${text('rule')}); undo: ${text('undone_by')}`;
}
