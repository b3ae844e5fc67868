/** `relayctl account add`: a tenant with domains, credentials and suppressions of its own. */
import { addAccount } from '../../admin/accounts.ts';
import { adminContext } from '../program/admin-context.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { unlessRefused } from '../program/refusal.ts';
import { readTerms, TERM_OPTIONS } from '../input/account-terms-input.ts';
import { accountJson } from '../json/account-json.ts';

export const accountAdd: CommandSpec = {
  path: 'account add',
  summary: 'Add an account',
  arguments: '<name>',
  details: 'An account owns domains, credentials, streams and suppressions. `default` exists from the start.',
  options: TERM_OPTIONS,
  examples: [
    { type: 'account add shop', does: 'a tenant of its own' },
    {
      type: 'account add shop --limit messages_per_day=2000 --retain-content 1d',
      does: 'with limits of its own',
    },
    { type: 'domain add shop.example --account shop', does: 'and a domain for it' },
  ],
  run: add,
};

async function add(context: CommandContext, input: CommandInput): Promise<void> {
  const name = input.arguments[0] ?? '';
  const terms = readTerms(input.options, false);
  const account = unlessRefused(await addAccount({ name, ...terms }, await adminContext(context)), {
    conflict: 'see them: relayctl account list',
  });
  if (context.global.json) context.printJson(accountJson(account));
  else context.print(`Added account ${name}. Use it: relayctl domain add example.com --account ${name}`);
}
