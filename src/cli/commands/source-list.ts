/** `relayctl source list`: the addresses that mail leaves from. */
import type { SourceState } from '../../admin/source-state.ts';
import { sourceStateJson } from '../../api-json/source-json.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandSpec } from '../program/command-spec.ts';
import { renderTable } from '../output/table.ts';
import { shortSpan } from '../output/time-words.ts';
import { statesOfSources } from '../source-state.ts';
import { warmUpWords } from '../views/source-view.ts';

export const sourceList: CommandSpec = {
  path: 'source list',
  summary: 'List the sources: local addresses, pools, warm-up, and providers that refuse them',
  details:
    'Sources are [[source]] tables of the configuration (docs/routes.md). Without one, mail leaves from the address that the ' +
    'system chooses.',
  isDefault: true,
  examples: [
    { type: 'source list', does: 'each with its pool and its state' },
    {
      type: "source list --json | jq -r 'select(.limits != []).name'",
      does: 'those that a provider refuses',
    },
  ],
  run: listSources,
};

async function listSources(context: CommandContext): Promise<void> {
  const { io, paint, nowMs } = context;
  const states = await statesOfSources(context);
  if (context.global.json) {
    for (const state of states) await context.printJsonLine(sourceStateJson(state));
    return;
  }
  if (states.length === 0) {
    context.note('There are no sources: mail leaves from the address that the system chooses.');
    return;
  }
  const limited = ({ suspension, limits }: SourceState) =>
    suspension !== undefined
      ? 'all (suspended)'
      : limits.map(({ provider, untilMs }) => `${provider} (${shortSpan(untilMs - nowMs)})`).join(', ');
  const table = renderTable(
    [
      { title: 'SOURCE', text: ({ source }) => source.name, shrinks: true },
      { title: 'POOL', text: ({ source }) => source.pool, shrinks: true },
      { title: 'WEIGHT', text: ({ source }) => String(source.weight), alignRight: true, drops: true },
      { title: 'ADDRESS', text: ({ source }) => source.addresses.join(', ') },
      { title: 'EHLO', text: ({ source }) => source.hostname, shrinks: true },
      { title: 'WARM-UP', text: warmUpWords },
      {
        title: 'NOT USED FOR',
        text: limited,
        brush: (text) => (text === '' ? text : paint.warn(text)),
      },
    ],
    states,
    { width: io.columns, paint },
  );
  context.print(table);
}
