/** `relayctl message list`: the latest messages and how their deliveries stand. */
import { DELIVERY_STATES } from '../../policy/delivery-state.ts';
import type { DeliveryState } from '../../policy/delivery-state.ts';
import type { MessageView } from '../../store/views.ts';
import { findMessages } from '../../admin/find-messages.ts';
import { usage } from '../program/cli-failure.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { domainName } from '../input/lookup.ts';
import type { Options } from '../program/options.ts';
import { unlessRefused } from '../program/refusal.ts';
import { listRefused } from '../views/refused-view.ts';
import { stateLook } from '../output/paint.ts';
import { shortSpan } from '../output/time-words.ts';
import { renderTable } from '../output/table.ts';
import { messageJson } from '../../api-json/message-json.ts';

export const messageList: CommandSpec = {
  path: 'message list',
  summary: 'List messages, the newest first',
  options: [
    { flags: '--state <state>', meaning: `with a delivery in this state: ${DELIVERY_STATES.join(', ')}` },
    { flags: '--destination <domain>', meaning: 'with a delivery to this destination' },
    {
      flags: '--search <text>',
      meaning: 'with this in a recipient, the sender or the subject, or this Message-ID',
    },
    { flags: '--recipient <address>', meaning: 'to this address; or to one with this part' },
    { flags: '--sender <part>', meaning: 'with this in the reverse-path or the From address' },
    { flags: '--subject <text>', meaning: 'with this in the subject' },
    { flags: '--message-id <id>', meaning: 'with this Message-ID field' },
    {
      flags: '--reply <text>',
      meaning: 'with this in a reply that failed, or this queue id in one that accepted',
    },
    {
      flags: '--since <time>',
      meaning: 'accepted since: 2027-01-31, 2027-01-31T08:00:00Z, or a span ago such as 7d',
    },
    { flags: '--until <time>', meaning: 'accepted before' },
    { flags: '--stream <stream>', meaning: 'of this stream' },
    { flags: '--tag <tag>', meaning: 'with this tag' },
    { flags: '--refused', meaning: 'messages of authenticated clients that were refused after DATA' },
    { flags: '--before <id>', meaning: 'older than this message: the next page' },
    { flags: '--limit <number>', meaning: 'how many at most (default: 50)' },
  ],
  examples: [
    { type: 'message list --state bounced --limit 200', does: 'recent bounces' },
    { type: 'message list --search "order 4711" --since 7d', does: 'what a customer asks for' },
    {
      type: 'message list --reply "mailbox full" --recipient @example.org',
      does: 'why a domain turned mail away',
    },
    { type: 'message list --refused', does: 'messages refused in the last day, with the reason' },
  ],
  run: listMessages,
};

const DEFAULT_LIMIT = 50;
/** Rows that one read of the store brings at most. */
const PAGE = 500;

async function listMessages(context: CommandContext, { options }: CommandInput): Promise<void> {
  const limit = options.wholeNumber('limit') ?? DEFAULT_LIMIT;
  if (options.flag('refused')) {
    refuseFilters(options);
    await listRefused(context, { before: options.text('before'), limit });
    return;
  }
  const filter = await readFilter(context, options);
  const messages: MessageView[] = [];
  let before = options.text('before');
  let isBehind = false;
  for (let shown = 0; shown < limit && !context.io.interrupted.aborted;) {
    const page = unlessRefused(
      await findMessages({ ...filter, before, limit: Math.min(PAGE, limit - shown) }, Infinity, {
        reader: context.reader,
        clock: context.services.clock,
      }),
    );
    if (context.global.json)
      for (const message of page.messages) await context.printJsonLine(messageJson(message));
    else messages.push(...page.messages);
    shown += page.messages.length;
    before = page.next;
    isBehind ||= page.indexBehind;
    if (before === undefined) break;
  }
  if (isBehind)
    context.note('The index of texts is being filled: a search takes longer until then (relayctl status).');
  if (context.global.json) return;
  if (messages.length === 0) {
    context.note('There are no such messages.');
    return;
  }
  context.print(renderMessages(context, messages));
}

function refuseFilters(options: Options): void {
  const given = [
    ...['state', 'destination', 'recipient', 'stream', 'tag', 'search', 'sender', 'subject', 'message-id'],
    ...['reply', 'since', 'until'],
  ].find((name) => options.text(name) !== undefined);
  if (given === undefined) return;
  throw usage(
    `--${given} does not go with --refused: what was turned away has no deliveries`,
    'list all of it and choose: relayctl message list --refused --json | jq ...',
  );
}

async function readFilter(context: CommandContext, options: Options) {
  const destination = options.text('destination');
  return {
    accountId: (await context.namedAccount())?.id,
    state: options.choice('state', DELIVERY_STATES),
    destination: destination === undefined ? undefined : domainName(destination),
    stream: options.text('stream'),
    tag: options.text('tag'),
    search: options.text('search'),
    recipient: options.text('recipient'),
    sender: options.text('sender'),
    subject: options.text('subject'),
    messageId: options.text('message-id'),
    reply: options.text('reply'),
    sinceMs: options.timeOrSpanAgoMs('since', context.nowMs),
    untilMs: options.timeOrSpanAgoMs('until', context.nowMs),
  };
}

function renderMessages({ io, paint, nowMs }: CommandContext, messages: readonly MessageView[]): string {
  return renderTable(
    [
      { title: 'ID', text: ({ facts }) => facts.id },
      { title: 'AGE', text: ({ facts }) => shortSpan(nowMs - facts.acceptedAtMs), alignRight: true },
      {
        title: 'STATE',
        text: stateSummary,
        brush: (text, message) => stateLook(worstState(message), paint).brush(text),
      },
      { title: 'TO', text: recipientSummary, shrinks: true },
      { title: 'FROM', text: ({ facts }) => facts.headerFrom, shrinks: true, drops: true },
      { title: 'SUBJECT', text: ({ facts }) => facts.subject ?? '', shrinks: true },
    ],
    messages,
    { width: io.columns, paint },
  );
}

/** `delivered` when that is so for all, else the worst of them: `1 bounced of 3`. */
function stateSummary(message: MessageView): string {
  const worst = worstState(message);
  const count = message.deliveries.filter(({ state }) => state === worst).length;
  return count === message.deliveries.length ? worst : `${count} ${worst} of ${message.deliveries.length}`;
}

/** `delivered`, or with several recipients `2 delivered, 1 bounced`. */
export function stateCounts({ deliveries }: MessageView): string {
  const counts = new Map<DeliveryState, number>();
  for (const { state } of deliveries) counts.set(state, (counts.get(state) ?? 0) + 1);
  if (deliveries.length === 1) return [...counts.keys()][0] ?? '';
  return [...counts].map(([state, count]) => `${count} ${state}`).join(', ');
}

function recipientSummary({ deliveries }: MessageView): string {
  const first = deliveries[0]?.recipient ?? '';
  return deliveries.length > 1 ? `${first} +${deliveries.length - 1}` : first;
}

const WORST_FIRST: readonly DeliveryState[] = [
  'bounced',
  'expired',
  'suppressed',
  'cancelled',
  'held',
  'deferred',
  'queued',
  'scheduled',
  'delivered',
];

function worstState({ deliveries }: MessageView): DeliveryState {
  return WORST_FIRST.find((state) => deliveries.some((delivery) => delivery.state === state)) ?? 'delivered';
}
