/** `relayctl queue cancel`: what waits is never sent. */
import { changeDeliveries } from '../../admin/queue.ts';
import { adminContext } from '../program/admin-context.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { readSelection, reportChange, SELECTION_OPTIONS, selectionWords } from '../input/queue-selection.ts';

export const queueCancel: CommandSpec = {
  path: 'queue cancel',
  summary: 'Cancel waiting deliveries permanently',
  arguments: '[id]',
  details:
    'Cancelled deliveries are not tried again and their senders get no failure report; a `cancelled` event is recorded. ' +
    'Attempts in progress are not affected.',
  options: SELECTION_OPTIONS,
  examples: [
    { type: 'queue cancel msg_01k9q3...', does: 'one message; asks first' },
    { type: 'queue cancel --destination exmaple.org --yes', does: 'everything to a mistyped domain' },
  ],
  run: cancel,
};

async function cancel(context: CommandContext, input: CommandInput): Promise<void> {
  const selection = await readSelection(context, input);
  await context.confirm(`Cancel ${selectionWords(selection, context.global.account)} for good`);
  const changed = await changeDeliveries('cancel', selection, await adminContext(context));
  reportChange(context, selection, changed, 'Cancelled');
}
