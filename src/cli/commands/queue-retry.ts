/** `relayctl queue retry`: what waits is due now, and blocks of its destinations are lifted. */
import { changeDeliveries } from '../../admin/queue.ts';
import { CHANGE_OPTIONS, changeSelected } from '../change-selected.ts';
import { adminContext } from '../program/admin-context.ts';
import type { CommandSpec } from '../program/command-spec.ts';

export const queueRetry: CommandSpec = {
  path: 'queue retry',
  summary: 'Try waiting deliveries now',
  arguments: '[id]',
  details: 'The back-off of their destinations is lifted too. What is in progress is being tried already.',
  options: CHANGE_OPTIONS,
  examples: [
    { type: 'queue retry msg_01k9q3...', does: 'one message' },
    { type: 'queue retry --destination example.org', does: 'a destination that has recovered' },
    { type: 'queue retry --all', does: 'all of them, after an outage of your own' },
  ],
  run: (context, input) =>
    changeSelected(context, input, {
      question: (selected) => `Try ${selected} now`,
      asks: false,
      means: 'waiting',
      done: 'Made due now:',
      change: async (selection) => changeDeliveries('retry', selection, await adminContext(context)),
    }),
};
