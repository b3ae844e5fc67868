/** `relayctl account change`: the terms of a tenant. */
import { changeAccount } from '../../admin/accounts.ts';
import { visible } from '../../platform/visible-text.ts';
import { readTerms, TERM_OPTIONS } from '../input/account-terms-input.ts';
import { accountJson } from '../json/account-json.ts';
import { adminContext } from '../program/admin-context.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { unlessRefused } from '../program/refusal.ts';
import { termWords } from '../views/account-terms-view.ts';

export const accountChange: CommandSpec = {
  path: 'account change',
  summary: 'Change the limits and the retention of an account',
  arguments: '<name>',
  details:
    'It counts within a second, in open sessions too. Limits are those of all credentials of the account together; each ' +
    'credential may have its own besides, and a message has to keep both. Retention can be shorter than what is ' +
    'configured, not longer. Over --storage mail is refused with 452 until retention has made room.\n\n' +
    'An account keeps its name: routes and rules of shaping go by it.',
  options: TERM_OPTIONS,
  examples: [
    {
      type: 'account change shop --limit recipients_per_day=50000',
      does: 'for all its credentials together',
    },
    { type: 'account change shop --retain-content 1d --retain-events 7d', does: 'what is kept of its mail' },
    { type: 'account change shop --storage 10GB', does: 'keep at most so much content' },
    { type: 'account change shop --limit recipients_per_day=none --retain-content default', does: 'without' },
  ],
  run: change,
};

async function change(
  context: CommandContext,
  { arguments: [name = ''], options }: CommandInput,
): Promise<void> {
  const account = await context.reader.accountByName(name);
  if (account === undefined) throw await context.noAccount(name);
  const terms = readTerms(options, true);
  const changed = unlessRefused(await changeAccount(account, terms, await adminContext(context)), {
    'nothing-to-change': 'see what there is: relayctl account change --help',
  });
  if (context.global.json) context.printJson(accountJson(changed));
  else context.print(`Changed ${visible(changed.name)}: ${termWords(changed)}.`);
}
