/** `relayctl suppression remove`: an address may be mailed again. */
import { removeSuppression } from '../../admin/suppressions.ts';
import { adminContext } from '../program/admin-context.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { shellWord } from '../../platform/shell-word.ts';
import { scopeName } from '../../api-json/suppression-json.ts';
import { unlessRefused } from '../program/refusal.ts';
import { readTarget, STREAM_OPTION } from '../input/suppression-input.ts';

export const suppressionRemove: CommandSpec = {
  path: 'suppression remove',
  summary: 'Remove a suppression: the address is mailed again',
  arguments: '<address>',
  details:
    'Messages that were suppressed in the meantime are not sent. An address that does not exist is suppressed ' +
    'again by its next bounce.',
  options: [STREAM_OPTION],
  examples: [
    { type: 'suppression remove alice@example.org', does: 'of the whole account' },
    { type: 'suppression remove alice@example.org --stream broadcast', does: 'of one stream' },
  ],
  run: remove,
};

async function remove(context: CommandContext, input: CommandInput): Promise<void> {
  const target = await readTarget(context, input);
  const { address } = target;
  const removed = await removeSuppression(target, await adminContext(context));
  const { scope } = unlessRefused(removed, {
    'not-found': `see whether it is elsewhere: relayctl suppression check ${shellWord(address)}`,
  });
  if (context.global.json) context.printJson({ address, scope: scopeName(scope), removed: true });
  else context.print(`Removed ${address}: it is mailed again.`);
}
