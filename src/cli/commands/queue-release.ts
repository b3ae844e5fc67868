/** `relayctl queue release`: what was held waits for its attempt again. */
import { releaseDeliveries } from '../../admin/queue.ts';
import { adminContext } from '../program/admin-context.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { readSelection, reportChange, SELECTION_OPTIONS } from '../input/queue-selection.ts';

export const queueRelease: CommandSpec = {
  path: 'queue release',
  summary: 'Release held deliveries',
  arguments: '[id]',
  details:
    'With --account, --stream or --all alone, decisions of sending health about them are lifted as well: new mail ' +
    'is delivered, and bounces and complaints are counted anew from the next full hour. Repair the cause first.',
  options: SELECTION_OPTIONS,
  examples: [
    { type: 'queue release msg_01k9q3...', does: 'one message' },
    { type: 'queue release --account shop --stream broadcast', does: 'a stream held by sending health' },
    { type: 'queue release --all', does: 'all held deliveries' },
  ],
  run: release,
};

async function release(context: CommandContext, input: CommandInput): Promise<void> {
  const selection = await readSelection(context, input);
  const released = await releaseDeliveries(selection, await adminContext(context));
  if ('lifted' in released && released.lifted > 0) context.note('New mail goes on.');
  reportChange(context, selection, released, 'Released');
}
