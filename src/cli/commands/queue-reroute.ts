/** `relayctl queue reroute`: what waits leaves by another route than the one that matches. */
import { rerouteDeliveries, unusableRoute } from '../../admin/queue.ts';
import { CHANGE_OPTIONS, changeSelected } from '../change-selected.ts';
import { adminContext } from '../program/admin-context.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { failureOf } from '../program/refusal.ts';

export const queueReroute: CommandSpec = {
  path: 'queue reroute',
  summary: 'Send waiting deliveries by another route',
  arguments: '[id]',
  details:
    'The route is a [[route]] of the configuration with the action direct or relay, or `direct`. They are due at once, held ones ' +
    'too, and keep the route at every attempt; what is scheduled keeps its time. Mail accepted later is not affected: change the routes.',
  options: [{ flags: '--route <name>', meaning: 'the route (see relayctl route list)' }, ...CHANGE_OPTIONS],
  examples: [
    {
      type: 'queue reroute --destination example.org --route smart-host',
      does: 'a destination, by the smart host',
    },
    { type: 'queue reroute msg_01k9q3... --route direct --yes', does: 'one message, past all routes' },
    { type: 'queue reroute --account shop --older-than 4h --route spare --dry-run', does: 'count them' },
  ],
  run: reroute,
};

async function reroute(context: CommandContext, input: CommandInput): Promise<void> {
  const route = input.options.requiredText('route', 'NAME');
  const { routes } = context.config.egress;
  const refusal = unusableRoute(route, routes);
  if (refusal !== undefined) throw failureOf(refusal);
  await changeSelected(context, input, {
    question: (selected) => `Send ${selected} by route ${route}`,
    asks: true,
    means: 'any',
    done: 'Rerouted',
    change: async (selection) =>
      rerouteDeliveries(selection, route, { ...(await adminContext(context)), routes }),
  });
}
