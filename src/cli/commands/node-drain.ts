/** `relayctl node drain`: a node takes no new mail and finishes what it has. */
import { drainNode } from '../../admin/nodes.ts';
import { adminContext } from '../program/admin-context.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { unlessRefused } from '../program/refusal.ts';

export const nodeDrain: CommandSpec = {
  path: 'node drain',
  summary: 'Let a node take no new mail and finish what it has',
  arguments: '<name>',
  details:
    'Within five seconds it answers new sessions 421, messages 451 and requests that send 503, and /readyz 503, so that ' +
    'balancers send clients elsewhere; what it has in hand it delivers. It stays so after a restart, until --off.',
  options: [{ flags: '--off', meaning: 'take mail again' }],
  examples: [
    { type: 'node drain mx2', does: 'before an upgrade of mx2' },
    { type: 'node list', does: 'when nothing is in hand, stop it' },
    { type: 'node drain mx2 --off', does: 'go on' },
  ],
  run: drain,
};

async function drain(context: CommandContext, input: CommandInput): Promise<void> {
  const name = input.arguments[0] ?? '';
  const draining = !input.options.flag('off');
  unlessRefused(await drainNode(name, draining, await adminContext(context)));
  if (context.global.json) context.printJson({ name, draining });
  else if (draining)
    context.print(
      `${name} takes no new mail within five seconds. To go on: relayctl node drain ${name} --off`,
    );
  else context.print(`${name} takes mail again within five seconds.`);
}
