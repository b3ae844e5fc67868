/** `relayctl account resume`: its mail goes out again. */
import { resumeAccount } from '../../admin/suspensions.ts';
import { visible } from '../../platform/visible-text.ts';
import { counted } from '../output/time-words.ts';
import { adminContext } from '../program/admin-context.ts';
import { notFound } from '../program/cli-failure.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';

export const accountResume: CommandSpec = {
  path: 'account resume',
  summary: 'Send mail of a suspended account again, and release what was held for that',
  arguments: '<name>',
  details:
    'What was held before, by an operator, a route or sending health, stays held: relayctl queue release --account NAME.',
  examples: [
    { type: 'account resume shop', does: 'after suspend' },
    { type: 'account show shop', does: 'whether it is suspended, until when and why' },
  ],
  run: resume,
};

async function resume(context: CommandContext, { arguments: [name = ''] }: CommandInput): Promise<void> {
  const account = await context.reader.accountByName(name);
  if (account === undefined) throw await context.noAccount(name);
  const resumed = await resumeAccount(account, await adminContext(context));
  if (resumed === undefined)
    throw notFound(
      `the account ${visible(account.name)} is not suspended`,
      `see it: relayctl account show ${visible(account.name)}`,
    );
  const { released } = resumed;
  if (context.global.json) context.printJson({ account: account.name, suspended: false, released });
  else
    context.print(
      `Resumed ${visible(account.name)}. Released ${counted(released, 'delivery', 'deliveries')}.`,
    );
}
