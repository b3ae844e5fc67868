/** `relayctl stream remove`: a stream that no credential sends in. */
import { findStream, removeStream } from '../../admin/streams.ts';
import { adminContext } from '../program/admin-context.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { unlessRefused } from '../program/refusal.ts';

export const streamRemove: CommandSpec = {
  path: 'stream remove',
  summary: 'Remove a stream that no credential sends in',
  arguments: '<name>',
  details:
    'Mail of it that waits goes on as other mail does. Its suppressions stay: a stream of the same name has them again, so that ' +
    'nobody who left it is mailed.',
  examples: [
    { type: 'stream remove newsletter', does: 'asks first' },
    { type: 'stream remove newsletter --yes', does: 'does not ask' },
  ],
  run: remove,
};

async function remove(context: CommandContext, input: CommandInput): Promise<void> {
  const account = await context.account();
  const { name } = unlessRefused(await findStream(account, input.arguments[0] ?? '', context.reader));
  await context.confirm(`Remove the stream ${name} of account ${account.name}`);
  const stream = { accountId: account.id, name };
  unlessRefused(await removeStream(stream, await adminContext(context)), {
    conflict: `give them another one: relayctl credential change NAME --stream transactional`,
  });
  if (context.global.json) context.printJson({ name, removed: true });
  else context.print(`Removed the stream ${name}.`);
}
