/** `relayctl user invite`: another link, for somebody who has lost the password or let the first one expire. */
import { invitePerson } from '../../admin/people/people.ts';
import { adminContext } from '../program/admin-context.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { unlessRefused } from '../program/refusal.ts';
import { printInvitation } from '../views/invitation-view.ts';

export const userInvite: CommandSpec = {
  path: 'user invite',
  summary: 'Print a link that sets a new password of a user',
  arguments: '<user>',
  details: 'By id or e-mail address. The link before is void. Sessions end when the link is used.',
  examples: [
    { type: 'user invite carol@example.org', does: 'prints the link; it is good for an hour' },
    { type: 'user invite carol@example.org --json', does: 'the same for a script' },
  ],
  run: invite,
};

async function invite(context: CommandContext, input: CommandInput): Promise<void> {
  const invitation = unlessRefused(
    await invitePerson(input.arguments[0] ?? '', await adminContext(context)),
    {
      'not-found': 'see them: relayctl user list',
      conflict: 'let the user sign in again first: relayctl user change USER --resume',
    },
  );
  printInvitation(invitation, `${invitation.person.email} is invited.`, context);
}
