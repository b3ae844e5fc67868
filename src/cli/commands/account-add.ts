/** `relayctl account add`: a tenant with domains, credentials and suppressions of its own. */
import { makeId } from '../../platform/ids.ts';
import type { Account } from '../../store/records.ts';
import { CliFailure, usage } from '../program/cli-failure.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { accountJson } from '../json/account-json.ts';

export const accountAdd: CommandSpec = {
  path: 'account add',
  summary: 'Add an account',
  arguments: '<name>',
  details: 'An account owns domains, credentials, streams and suppressions. `default` exists from the start.',
  examples: [
    { type: 'account add shop', does: 'a tenant of its own' },
    { type: 'domain add shop.example --account shop', does: 'and a domain for it' },
  ],
  run: addAccount,
};

async function addAccount(context: CommandContext, input: CommandInput): Promise<void> {
  const name = input.arguments[0] ?? '';
  if (!/^[a-z0-9][a-z0-9._-]{0,63}$/.test(name))
    throw usage(
      `${name} cannot be the name of an account`,
      'use lower-case letters, digits, -, _ and .: shop',
    );
  const writer = await context.writer();
  if ((await context.reader.accountByName(name)) !== undefined)
    throw new CliFailure('conflict', `there is an account ${name} already`, {
      hint: 'see them: relayctl account list',
    });
  const { services, nowMs } = context;
  const account: Account = { id: makeId('acc_', nowMs, services.random), name, createdAtMs: nowMs };
  await writer.directory.addAccount(account, services.actor);
  if (context.global.json) context.printJson(accountJson(account));
  else context.print(`Added account ${name}. Use it: relayctl domain add example.com --account ${name}`);
}
