/** `relayctl queue cancel`: what waits is never sent. */
import { changeDeliveries } from '../../admin/queue.ts';
import { CHANGE_OPTIONS, changeSelected } from '../change-selected.ts';
import { adminContext } from '../program/admin-context.ts';
import type { CommandSpec } from '../program/command-spec.ts';

export const queueCancel: CommandSpec = {
  path: 'queue cancel',
  summary: 'Cancel waiting deliveries permanently',
  arguments: '[id]',
  details:
    'Cancelled deliveries are not tried again and their senders get no failure report; a `cancelled` event is recorded. ' +
    'An attempt in progress goes on: what it delivers is delivered, anything else is cancelled then.',
  options: CHANGE_OPTIONS,
  examples: [
    { type: 'queue cancel msg_01k9q3...', does: 'one message; asks first' },
    { type: 'queue cancel --destination exmaple.org --yes', does: 'everything to a mistyped domain' },
    {
      type: 'queue cancel --sender news@shop.example --subject "half price" --dry-run',
      does: 'a campaign: count it',
    },
  ],
  run: (context, input) =>
    changeSelected(context, input, {
      question: (selected) => `Cancel ${selected} for good`,
      asks: true,
      means: 'any',
      done: 'Cancelled',
      change: async (selection) => changeDeliveries('cancel', selection, await adminContext(context)),
    }),
};
