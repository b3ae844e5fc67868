/** `relayctl node remove`: forgets a node that is down. */
import { removeNode } from '../../admin/nodes.ts';
import { adminContext } from '../program/admin-context.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { unlessRefused } from '../program/refusal.ts';

export const nodeRemove: CommandSpec = {
  path: 'node remove',
  summary: 'Forget a node that is down',
  arguments: '<name>',
  details:
    'Nothing of its mail is lost: others have taken it over. A relayd that starts under the name makes the node anew.',
  examples: [
    { type: 'node remove mx2', does: 'asks first' },
    { type: 'node remove mx2 --yes', does: 'does not ask' },
  ],
  run: remove,
};

async function remove(context: CommandContext, input: CommandInput): Promise<void> {
  const name = input.arguments[0] ?? '';
  await context.confirm(`Forget the node ${name}`);
  unlessRefused(await removeNode(name, await adminContext(context)));
  if (context.global.json) context.printJson({ name, removed: true });
  else context.print(`Removed ${name}.`);
}
