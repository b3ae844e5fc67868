/** `relayctl queue list`: waiting deliveries. */
import { FINAL_STATES } from '../../policy/delivery-state.ts';
import type { DeliveryView, MessageView } from '../../store/views.ts';
import { usage } from '../program/cli-failure.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { NARROWING_OPTIONS, readSelection } from '../input/queue-selection.ts';
import { stateLook } from '../output/paint.ts';
import { shortSpan } from '../output/time-words.ts';
import { renderTable } from '../output/table.ts';
import { queuedJson } from '../../api-json/message-json.ts';
import { earliestAtMs, waitsFor } from '../../api-json/waits-for.ts';

export const queueList: CommandSpec = {
  path: 'queue list',
  summary: 'List waiting deliveries, the newest message first',
  arguments: '[id]',
  options: [...NARROWING_OPTIONS, { flags: '--limit <number>', meaning: 'how many at most (default: 100)' }],
  examples: [
    { type: 'queue list', does: 'all waiting deliveries' },
    { type: 'queue list --destination example.org --state deferred', does: 'what one destination defers' },
    { type: "queue list --sender '*@shop.example' --older-than 1h", does: 'what a sender waits for' },
    { type: 'queue list --json | jq -r .waits_for | sort | uniq -c', does: 'reasons, counted' },
  ],
  run: listQueue,
};

const DEFAULT_LIMIT = 100;

interface Row {
  readonly message: MessageView;
  readonly delivery: DeliveryView;
}

async function listQueue(context: CommandContext, input: CommandInput): Promise<void> {
  const { options } = input;
  const asked = options.text('state');
  if (FINAL_STATES.some((state) => state === asked))
    throw usage(`nothing waits as ${asked ?? ''}`, `see those: relayctl message list --state ${asked ?? ''}`);
  const selection = await readSelection(context, input, input.arguments.length === 0);
  const limit = options.wholeNumber('limit') ?? DEFAULT_LIMIT;
  const messages = await context.reader.listQueue(selection, limit);
  const rows = messages.flatMap((message) =>
    message.deliveries.map((delivery): Row => ({ message, delivery })),
  );
  if (context.global.json) {
    for (const { message, delivery } of rows)
      await context.printJsonLine(queuedJson(message, delivery, context.nowMs));
    return;
  }
  if (rows.length === 0) {
    context.note('Nothing waits.');
    return;
  }
  context.print(renderRows(context, rows));
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
        text: ({ delivery }) => nextWords(earliestAtMs(delivery), nowMs),
        alignRight: true,
      },
      { title: 'TO', text: ({ delivery }) => delivery.recipient, shrinks: true },
      { title: 'WAITS FOR', text: ({ delivery }) => waitsFor(delivery, nowMs), shrinks: true, drops: true },
    ],
    rows,
    { width: io.columns, paint },
  );
}

function nextWords(atMs: number | undefined, nowMs: number): string {
  if (atMs === undefined) return '';
  return atMs <= nowMs ? 'now' : shortSpan(atMs - nowMs);
}
