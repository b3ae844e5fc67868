/** `relayctl queue release`: what was held waits for its attempt again. */
import { releaseDeliveries } from '../../admin/queue.ts';
import { adminContext } from '../program/admin-context.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { readSelection, reportChange, SELECTION_OPTIONS } from '../input/queue-selection.ts';

export const queueRelease: CommandSpec = {
  path: 'queue release',
  summary: 'Let held deliveries go on',
  arguments: '[id]',
  details:
    'With --account, --stream or --all and nothing else, what health has decided about them is lifted as well: new mail ' +
    'goes on, and bounces and complaints are counted afresh from the next full hour on. Repair the cause first.',
  options: SELECTION_OPTIONS,
  examples: [
    { type: 'queue release msg_01k9q3...', does: 'one message' },
    { type: 'queue release --account shop --stream broadcast', does: 'a stream that health held' },
    { type: 'queue release --all', does: 'everything that is held' },
  ],
  run: release,
};

async function release(context: CommandContext, input: CommandInput): Promise<void> {
  const selection = await readSelection(context, input);
  const released = await releaseDeliveries(selection, await adminContext(context));
  if ('lifted' in released && released.lifted > 0) context.note('New mail goes on.');
  reportChange(context, selection, released, 'Released');
}
