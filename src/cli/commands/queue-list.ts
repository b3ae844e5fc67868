/** `relayctl queue list`: waiting deliveries. */
import { FINAL_STATES } from '../../policy/delivery-state.ts';
import type { DeliveryState } from '../../policy/delivery-state.ts';
import type { DeliveryView, MessageView } from '../../store/views.ts';
import { usage } from '../program/cli-failure.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { domainName } from '../input/lookup.ts';
import { stateLook } from '../output/paint.ts';
import { shortSpan } from '../output/time-words.ts';
import { renderTable } from '../output/table.ts';
import { queuedJson } from '../../api-json/message-json.ts';

export const queueList: CommandSpec = {
  path: 'queue list',
  summary: 'List waiting deliveries, the newest message first',
  options: [
    { flags: '--destination <domain>', meaning: 'to this destination only' },
    { flags: '--state <state>', meaning: 'scheduled, queued, deferred or held' },
    { flags: '--limit <number>', meaning: 'how many at most (default: 100)' },
  ],
  examples: [
    { type: 'queue list', does: 'all waiting deliveries' },
    { type: 'queue list --destination example.org --state deferred', does: 'what one destination defers' },
    { type: 'queue list --json | jq -r .last_reply | sort | uniq -c', does: 'reasons, counted' },
  ],
  run: listQueue,
};

const WAITING = ['scheduled', 'queued', 'deferred', 'held'] as const satisfies readonly DeliveryState[];
const DEFAULT_LIMIT = 100;
const PAGE = 500;

interface Row {
  readonly message: MessageView;
  readonly delivery: DeliveryView;
}

async function listQueue(context: CommandContext, { options }: CommandInput): Promise<void> {
  const asked = options.text('state');
  if (FINAL_STATES.some((state) => state === asked))
    throw usage(`nothing waits as ${asked ?? ''}`, `see those: relayctl message list --state ${asked ?? ''}`);
  const state = options.choice('state', WAITING);
  const destination = options.text('destination');
  const rows = await waitingRows(context, {
    states: state === undefined ? WAITING : [state],
    destination: destination === undefined ? undefined : domainName(destination),
    limit: options.wholeNumber('limit') ?? DEFAULT_LIMIT,
  });
  if (context.global.json) {
    for (const { message, delivery } of rows) await context.printJsonLine(queuedJson(message, delivery));
    return;
  }
  if (rows.length === 0) {
    context.note('Nothing waits.');
    return;
  }
  context.print(renderRows(context, rows));
}

/** Newest message first over all states; each state is read page by page until the limit is reached. */
async function waitingRows(
  context: CommandContext,
  wanted: { states: readonly DeliveryState[]; destination: string | undefined; limit: number },
): Promise<readonly Row[]> {
  const messages = new Map<string, MessageView>();
  for (const state of wanted.states) {
    let before: string | undefined;
    for (let count = 0; count < wanted.limit;) {
      const page = await context.reader.listMessages({
        accountId: (await context.namedAccount())?.id,
        state,
        destination: wanted.destination,
        recipient: undefined,
        stream: undefined,
        tag: undefined,
        before,
        limit: Math.min(PAGE, wanted.limit - count),
      });
      for (const message of page) messages.set(message.facts.id, message);
      count += page.length;
      before = page.at(-1)?.facts.id;
      if (before === undefined) break;
    }
  }
  return [...messages.values()]
    .sort((a, b) => (a.facts.id < b.facts.id ? 1 : -1))
    .flatMap((message) =>
      message.deliveries
        .filter(
          ({ state, destination }) =>
            wanted.states.includes(state) && (wanted.destination ?? destination) === destination,
        )
        .map((delivery) => ({ message, delivery })),
    )
    .slice(0, wanted.limit);
}

function renderRows({ io, paint, nowMs }: CommandContext, rows: readonly Row[]): string {
  return renderTable(
    [
      { title: 'DELIVERY', text: ({ delivery }) => delivery.id },
      {
        title: 'AGE',
        text: ({ message }) => shortSpan(nowMs - message.facts.acceptedAtMs),
        alignRight: true,
      },
      {
        title: 'STATE',
        text: ({ delivery }) => (delivery.claimed ? 'in progress' : delivery.state),
        brush: (text, { delivery }) => stateLook(delivery.state, paint).brush(text),
      },
      { title: 'TRIES', text: ({ delivery }) => String(delivery.attempts), alignRight: true },
      {
        title: 'NEXT',
        text: ({ delivery: { nextAttemptAtMs } }) =>
          nextAttemptAtMs === undefined
            ? ''
            : nextAttemptAtMs <= nowMs
              ? 'now'
              : shortSpan(nextAttemptAtMs - nowMs),
        alignRight: true,
      },
      { title: 'TO', text: ({ delivery }) => delivery.recipient, shrinks: true },
      { title: 'LAST REPLY', text: ({ delivery }) => delivery.lastReply ?? '', shrinks: true, drops: true },
    ],
    rows,
    { width: io.columns, paint },
  );
}
