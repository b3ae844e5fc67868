/** `relayctl destination list`: where mail waits. */
import { suspensionJson } from '../../api-json/suspension-json.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { renderDestinations } from '../views/destination-view.ts';
import { visible } from '../../platform/visible-text.ts';
import { destinationJson } from '../../api-json/queue-json.ts';
import { limitsInForce } from '../limits-of.ts';
import { limitJson } from '../../api-json/limit-json.ts';
import { limitWords } from '../views/limit-view.ts';

export const destinationList: CommandSpec = {
  path: 'destination list',
  summary: 'List destinations with their waiting deliveries',
  options: [{ flags: '--limit <number>', meaning: 'how many at most (default: 200)' }],
  examples: [
    { type: 'destination list', does: 'the longest queue first' },
    {
      type: "destination list --json | jq -r 'select(.failures > 0).destination'",
      does: 'failing destinations',
    },
  ],
  run: listDestinations,
};

const DEFAULT_LIMIT = 200;

async function listDestinations(context: CommandContext, { options }: CommandInput): Promise<void> {
  if ((await context.namedAccount()) !== undefined) context.note('(counts are of all accounts)');
  const { destinations } = await context.reader.summary(options.wholeNumber('limit') ?? DEFAULT_LIMIT);
  const suspensions = await context.reader.suspensions();
  const suspensionOf = (name: string) =>
    suspensions.find(({ kind, subject }) => kind === 'destination' && subject === name);
  const limits = await limitsInForce(context);
  const limitsHere = (name: string) => limits.filter(({ destination }) => destination === name);
  if (context.global.json)
    for (const row of destinations)
      await context.printJsonLine({
        ...destinationJson(row),
        ...suspensionJson(suspensionOf(row.name)),
        limits: limitsHere(row.name).map(limitJson),
      });
  else if (destinations.length === 0) context.note('Nothing waits for any destination.');
  else context.print(renderDestinations(context, destinations));
  if (context.global.json) return;
  for (const limit of limits)
    context.print(`! ${visible(limitWords(limit, limit.destination, context.nowMs))}`);
}
