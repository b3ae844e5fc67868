/** `relayctl login clear`: failures and blocks of a client or a user are forgotten. */
import { clearLogins } from '../../admin/logins.ts';
import type { Cleared } from '../../policy/login-throttle.ts';
import { adminContextWithBox } from '../program/admin-context.ts';
import { usage } from '../program/cli-failure.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { askedLogins, readLogin, type AskedLogin } from '../input/login-input.ts';

export const loginClear: CommandSpec = {
  path: 'login clear',
  summary: 'Forget failed logins of a client or a user, and end their blocks',
  details:
    'At once in the running relayd, within seconds in others that share the store. A client that goes on with a wrong password is blocked again: see ' +
    'relayctl login list first.',
  options: [
    { flags: '--address <address>', meaning: 'of this client (IPv6: of its /64)' },
    { flags: '--user <name>', meaning: 'of this user name' },
    { flags: '--all', meaning: 'of everybody' },
  ],
  examples: [
    { type: 'login clear --address 192.0.2.7', does: 'its password was put right' },
    { type: 'login clear --user wordpress-8f3k2a', does: 'strangers guess at it' },
    { type: 'login clear --all', does: 'after a mistake that concerned many' },
  ],
  run: clear,
};

async function clear(context: CommandContext, { options }: CommandInput): Promise<void> {
  const asked = readLogin(options);
  const cleared = clearedBy(asked, options.flag('all'));
  await clearLogins(cleared, await adminContextWithBox(context));
  const answer = await askedLogins(context, { operation: 'login-clear', ...asked });
  const ended = answer?.ended ?? null;
  if (context.global.json) context.printJson({ cleared: true, blocks_ended: ended });
  else if (ended === null) context.print('Cleared; relayd does not run here.');
  else context.print(`Cleared. ${ended === 1 ? 'One block' : `${ended} blocks`} ended.`);
}

function clearedBy({ address, user }: AskedLogin, all: boolean): Cleared {
  const given = [address !== undefined, user !== undefined, all].filter(Boolean).length;
  if (given !== 1)
    throw usage(
      given === 0 ? 'of whom?' : '--address, --user and --all cannot be meant together',
      'give one of --address 192.0.2.7, --user wordpress-8f3k2a and --all',
    );
  if (address !== undefined) return { address };
  return user === undefined ? 'all' : { user };
}
