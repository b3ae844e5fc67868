/** `relayctl user add`: somebody who uses the dashboard, with the link that sets a password. */
import { addPerson, invitePerson } from '../../admin/people/people.ts';
import { CONTENT_OPTION, readGrant } from '../input/person-input.ts';
import { adminContext } from '../program/admin-context.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { unlessRefused } from '../program/refusal.ts';
import { printInvitation } from '../views/invitation-view.ts';

export const userAdd: CommandSpec = {
  path: 'user add',
  summary: 'Add somebody who uses the dashboard, and print the link that sets a password',
  arguments: '<email>',
  details:
    'Roles: read-only sees everything but credentials and the audit log; developer changes webhooks and templates as well; operator ' +
    'suppressions, domains and messages too; admin everything. The content of messages needs --content yes, whatever the role.',
  options: [
    {
      flags: '--role <role>',
      meaning:
        'admin, operator, developer or read-only (the default): in the account of --account, else in every account',
    },
    CONTENT_OPTION,
    { flags: '--name <name>', meaning: 'how the person is called; default: as before the @' },
  ],
  examples: [
    { type: 'user add carol@example.org --role admin', does: 'in every account' },
    { type: 'user add dan@example.org --role developer --account shop', does: 'in one account' },
  ],
  run: add,
};

async function add(context: CommandContext, input: CommandInput): Promise<void> {
  const email = input.arguments[0] ?? '';
  const name = input.options.text('name');
  const grants = [readGrant(input, await context.namedAccount())];
  const admin = await adminContext(context);
  const person = unlessRefused(await addPerson({ email, name, grants }, admin), {
    conflict: 'see them: relayctl user list',
  });
  const invitation = unlessRefused(await invitePerson(person.id, admin));
  printInvitation(invitation, `Added ${person.email}.`, context);
}
