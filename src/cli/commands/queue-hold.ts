/** `relayctl queue hold`: what waits stays where it is until it is released. */
import { changeDeliveries } from '../../admin/queue.ts';
import { CHANGE_OPTIONS, changeSelected } from '../change-selected.ts';
import { adminContext } from '../program/admin-context.ts';
import type { CommandSpec } from '../program/command-spec.ts';

export const queueHold: CommandSpec = {
  path: 'queue hold',
  summary: 'Hold waiting deliveries until they are released',
  arguments: '[id]',
  details:
    'Mail accepted later is not held. An attempt in progress goes on: what it delivers is delivered, anything else is held then.',
  options: CHANGE_OPTIONS,
  examples: [
    { type: 'queue hold msg_01k9q3...', does: 'one message' },
    { type: 'queue hold --destination example.org', does: 'everything to a destination' },
    { type: 'queue hold --account shop --stream news --younger-than 1h', does: 'what a stream sent lately' },
  ],
  run: (context, input) =>
    changeSelected(context, input, {
      question: (selected) => `Hold ${selected}`,
      asks: false,
      means: 'waiting',
      done: 'Held',
      change: async (selection) => changeDeliveries('hold', selection, await adminContext(context)),
    }),
};
