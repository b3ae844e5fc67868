/** `relayctl suppression add`: an address that is not to be mailed any more. */
import type { NewSuppression } from '../../store/records.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { suppressionJson } from '../../api-json/suppression-json.ts';
import { readTarget, STREAM_OPTION } from '../input/suppression-input.ts';

export const suppressionAdd: CommandSpec = {
  path: 'suppression add',
  summary: 'Stop mailing an address',
  arguments: '<address>',
  details:
    'What waits for the address is not sent either. Upper and lower case do not matter. ' +
    'An entry for the same address and scope is replaced.',
  options: [
    STREAM_OPTION,
    { flags: '--note <text>', meaning: 'why, for whoever looks at it later' },
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
  run: addSuppression,
};

async function addSuppression(context: CommandContext, input: CommandInput): Promise<void> {
  const writer = await context.writer();
  const account = await context.account();
  const { address, scope } = await readTarget(context, account.id, input);
  const { services, nowMs } = context;
  const suppression: NewSuppression = {
    accountId: account.id,
    scope,
    address,
    reason: 'manual',
    evidence: input.options.text('note') ?? '',
    createdAtMs: nowMs,
    expiresAtMs: input.options.pointInTimeMs('expires', nowMs),
    createdBy: services.actor,
  };
  await writer.suppressions.addSuppression(suppression, services.actor);
  if (context.global.json) context.printJson(suppressionJson({ ...suppression, accountName: account.name }));
  else context.print(`Suppressed ${address}${scope === '' ? '' : ` in stream ${scope}`}.`);
}
