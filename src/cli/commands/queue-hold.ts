/** `relayctl queue hold`: what waits stays where it is until it is released. */
import { changeDeliveries } from '../../admin/queue.ts';
import { adminContext } from '../program/admin-context.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { readSelection, reportChange, SELECTION_OPTIONS } from '../input/queue-selection.ts';

export const queueHold: CommandSpec = {
  path: 'queue hold',
  summary: 'Hold waiting deliveries until they are released',
  arguments: '[id]',
  details: 'Attempts in progress and mail accepted later are not held.',
  options: SELECTION_OPTIONS,
  examples: [
    { type: 'queue hold msg_01k9q3...', does: 'one message' },
    { type: 'queue hold --destination example.org', does: 'everything to a destination' },
    { type: 'queue hold --account shop', does: 'everything of an account' },
  ],
  run: hold,
};

async function hold(context: CommandContext, input: CommandInput): Promise<void> {
  const selection = await readSelection(context, input);
  const changed = await changeDeliveries('hold', selection, await adminContext(context));
  reportChange(context, selection, changed, 'Held');
}
