/** `relayctl queue retry`: what waits is due now, and blocks of its destinations are lifted. */
import { changeDeliveries } from '../../admin/queue.ts';
import { adminContext } from '../program/admin-context.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { readSelection, reportChange, SELECTION_OPTIONS } from '../input/queue-selection.ts';

export const queueRetry: CommandSpec = {
  path: 'queue retry',
  summary: 'Try waiting deliveries now',
  arguments: '[id]',
  details: 'The back-off of their destinations is lifted too.',
  options: SELECTION_OPTIONS,
  examples: [
    { type: 'queue retry msg_01k9q3...', does: 'one message' },
    { type: 'queue retry --destination example.org', does: 'a destination that has recovered' },
    { type: 'queue retry --all', does: 'all of them, after an outage of your own' },
  ],
  run: retry,
};

async function retry(context: CommandContext, input: CommandInput): Promise<void> {
  const selection = await readSelection(context, input);
  const changed = await changeDeliveries('retry', selection, await adminContext(context));
  reportChange(context, selection, changed, 'Made due now:');
}
