/** `relayctl source show`: one source: its pool, providers that refuse it, plan, today's count and forecast of its warm-up. */
import { sourceStateJson } from '../../api-json/source-json.ts';
import { matchesEverything } from '../../policy/egress/route-rules.ts';
import { DEFAULT_POOL } from '../../policy/egress/source.ts';
import { findSource } from '../input/find-source.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { statesOfSources } from '../source-state.ts';
import { renderSource } from '../views/source-view.ts';

export const sourceShow: CommandSpec = {
  path: 'source show',
  summary: 'Show a source: its routes, the providers that refuse it, and its warm-up',
  arguments: '<name>',
  details:
    'Of a source in warm-up: the day of the plan that it has reached at each provider, how many recipients were handed over ' +
    'today (UTC) of how many, why the ceiling is what it is, and the ceilings of the days to come if all goes well.',
  examples: [
    { type: 'source show out-1', does: 'plan, count of today and forecast' },
    {
      type: "source show out-1 --json | jq '.forecast[] | {provider, today}'",
      does: 'the counts for a script',
    },
  ],
  run: showSource,
};

async function showSource(context: CommandContext, { arguments: [name = ''] }: CommandInput): Promise<void> {
  const { egress } = context.config;
  const source = findSource(context, name);
  const [state] = await statesOfSources(context, [source]);
  if (state === undefined) return;
  const named = egress.routes
    .filter(
      ({ action, pool }) =>
        (action === 'direct' || action === 'relay') && (pool ?? DEFAULT_POOL) === source.pool,
    )
    .map((rule) => rule.name);
  const byNone = source.pool === DEFAULT_POOL && !egress.routes.some(({ match }) => matchesEverything(match));
  const routes = byNone ? [...named, 'mail that no route matches'] : named;
  if (context.global.json) context.printJson({ ...sourceStateJson(state), routes: named });
  else context.print(renderSource(context, state, routes));
}
