/** `relayctl suppression remove`: an address may be mailed again. */
import { removeSuppression } from '../../admin/suppressions.ts';
import { adminContext } from '../program/admin-context.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { shellWord } from '../../platform/shell-word.ts';
import { scopeName } from '../../api-json/suppression-json.ts';
import type { SuppressionTarget } from '../../admin/suppressions.ts';
import { unlessRefused } from '../program/refusal.ts';
import { SUPPRESSION_REASONS } from '../../store/suppression-records.ts';
import { REASON_OPTION } from '../input/suppression-filter.ts';
import { readTarget, STREAM_OPTION } from '../input/suppression-input.ts';

export const suppressionRemove: CommandSpec = {
  path: 'suppression remove',
  summary: 'Remove a suppression: the address is mailed again',
  arguments: '<address>',
  details:
    'Messages that were suppressed in the meantime are not sent. An address that does not exist is suppressed ' +
    'again by its next bounce.',
  options: [STREAM_OPTION, REASON_OPTION],
  examples: [
    { type: 'suppression remove alice@example.org', does: 'of the whole account, whatever the reason' },
    { type: 'suppression remove alice@example.org --reason soft-bounces', does: 'others stay' },
    { type: 'suppression remove alice@example.org --stream broadcast', does: 'of one stream' },
  ],
  run: remove,
};

async function remove(context: CommandContext, input: CommandInput): Promise<void> {
  const target = await readTarget(context, input);
  const { address } = target;
  const reason = input.options.choice('reason', SUPPRESSION_REASONS);
  const removed = await removeSuppression({ ...target, reason }, await adminContext(context), (one) =>
    context.addressHashes(one),
  );
  const { scope } = unlessRefused(removed, {
    'not-found': `see whether it is elsewhere: relayctl suppression check ${shellWord(address)}`,
  });
  if (context.global.json) context.printJson({ address, scope: scopeName(scope), removed: true });
  else context.print(`Removed ${address}${await leftWords(context, target, scope)}`);
}

/** Others may still keep its mail back. */
async function leftWords(
  { reader, nowMs }: CommandContext,
  { account, address }: Pick<SuppressionTarget, 'account' | 'address'>,
  scope: string,
): Promise<string> {
  const left = (await reader.suppressionsOf(account.id, address)).filter(
    (one) => (one.scope === scope || one.scope === '') && (one.expiresAtMs ?? Infinity) > nowMs,
  );
  if (left.length === 0) return ': it is mailed again.';
  return `. It is still suppressed: ${left.map((one) => `${one.reason} (${scopeName(one.scope)})`).join(', ')}.`;
}
