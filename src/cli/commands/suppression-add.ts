/** `relayctl suppression add`: suppresses an address. */
import { addSuppression } from '../../admin/suppressions.ts';
import { adminContext } from '../program/admin-context.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { suppressionJson } from '../../api-json/suppression-json.ts';
import { unlessRefused } from '../program/refusal.ts';
import { readTarget, STREAM_OPTION } from '../input/suppression-input.ts';

export const suppressionAdd: CommandSpec = {
  path: 'suppression add',
  summary: 'Suppress an address: it is not mailed any more',
  arguments: '<address>',
  details:
    'Queued deliveries to it are not sent either. Case does not matter. ' +
    'An entry for the same address and scope is replaced.',
  options: [
    STREAM_OPTION,
    { flags: '--note <text>', meaning: 'the reason, for later readers' },
    { flags: '--expires <when>', meaning: 'after a span such as 30d, or at a time such as 2027-01-31' },
  ],
  examples: [
    { type: 'suppression add alice@example.org', does: 'for the whole account' },
    {
      type: 'suppression add alice@example.org --stream broadcast --note "asked by phone"',
      does: 'newsletters only',
    },
    { type: 'suppression add alice@example.org --expires 30d', does: 'for a month' },
  ],
  run: add,
};

async function add(context: CommandContext, input: CommandInput): Promise<void> {
  const admin = await adminContext(context);
  const target = await readTarget(context, input);
  const { options } = input;
  const note = options.text('note') ?? '';
  const expiresAtMs = options.pointInTimeMs('expires', context.nowMs);
  const added = await addSuppression({ ...target, note, expiresAtMs }, admin, (one) =>
    context.addressHashes(one),
  );
  const suppression = unlessRefused(added);
  const { scope } = suppression;
  const erased = suppression.address === target.address ? '' : ' It was erased: the list has its hash.';
  if (context.global.json) context.printJson(suppressionJson(suppression));
  else context.print(`Suppressed ${target.address}${scope === '' ? '' : ` in stream ${scope}`}.${erased}`);
}
