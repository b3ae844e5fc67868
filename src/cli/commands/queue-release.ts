/** `relayctl queue release`: what was held waits for its attempt again. */
import { releaseDeliveries } from '../../admin/queue.ts';
import { CHANGE_OPTIONS, changeSelected } from '../change-selected.ts';
import { adminContext } from '../program/admin-context.ts';
import type { CommandSpec } from '../program/command-spec.ts';

export const queueRelease: CommandSpec = {
  path: 'queue release',
  summary: 'Release held deliveries',
  arguments: '[id]',
  details:
    'With --account, --stream or --all alone, decisions of sending health about them are lifted as well: new mail ' +
    'is delivered, and bounces and complaints are counted anew from the next full hour. Repair the cause first.',
  options: CHANGE_OPTIONS,
  examples: [
    { type: 'queue release msg_01k9q3...', does: 'one message' },
    { type: 'queue release --account shop --stream broadcast', does: 'a stream held by sending health' },
    { type: 'queue release --all', does: 'all held deliveries' },
  ],
  run: (context, input) =>
    changeSelected(context, input, {
      question: (selected) => `Release ${selected}`,
      asks: false,
      means: 'held',
      done: 'Released',
      change: async (selection) => {
        const released = await releaseDeliveries(selection, await adminContext(context));
        if ('lifted' in released && released.lifted > 0) context.note('New mail goes on.');
        return released;
      },
    }),
};
