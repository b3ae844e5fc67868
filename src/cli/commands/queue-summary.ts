/** `relayctl queue` and `relayctl queue summary`: what waits, where, since when. */
import type { QueueSummary } from '../../store/views.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { renderDestinations } from '../views/destination-view.ts';
import { relative } from '../output/time-words.ts';
import { queueJson } from '../../api-json/queue-json.ts';

export const queueSummary: CommandSpec = {
  path: 'queue summary',
  summary: 'Count waiting deliveries by state and destination',
  isDefault: true,
  options: [{ flags: '--limit <number>', meaning: 'destinations at most (default: 20)' }],
  examples: [
    { type: 'queue', does: 'the same as queue summary' },
    { type: 'queue summary --json | jq .deferred', does: 'one figure, for a script' },
  ],
  run: summarize,
};

const DEFAULT_DESTINATIONS = 20;

async function summarize(context: CommandContext, { options }: CommandInput): Promise<void> {
  if ((await context.namedAccount()) !== undefined) context.note('(counts are of all accounts)');
  const summary = await context.reader.summary(options.wholeNumber('limit') ?? DEFAULT_DESTINATIONS);
  if (context.global.json) {
    context.printJson(queueJson(summary));
    return;
  }
  context.print(queueLine(summary, context.nowMs));
  if (summary.destinations.length > 0)
    context.print('\n' + renderDestinations(context, summary.destinations));
}

/** `12 queued, 3 deferred; the oldest message was accepted 4 min ago` */
export function queueLine(
  { scheduled, queued, deferred, held, oldestAtMs }: QueueSummary,
  nowMs: number,
): string {
  const counts = [
    [queued, 'queued'],
    [deferred, 'deferred'],
    [held, 'held'],
    [scheduled, 'scheduled'],
  ] as const;
  const words = counts.filter(([count]) => count > 0).map(([count, state]) => `${count} ${state}`);
  if (words.length === 0) return 'nothing waits';
  const oldest =
    oldestAtMs === undefined ? '' : `; the oldest message was accepted ${relative(oldestAtMs, nowMs)}`;
  return words.join(', ') + oldest;
}
