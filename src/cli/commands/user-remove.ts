/** `relayctl user remove`: somebody uses the dashboard no more. */
import { findPerson, removePerson } from '../../admin/people/people.ts';
import { visible } from '../../platform/visible-text.ts';
import { adminContext } from '../program/admin-context.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { unlessRefused } from '../program/refusal.ts';

export const userRemove: CommandSpec = {
  path: 'user remove',
  summary: 'Remove a user of the dashboard, with every session',
  arguments: '<user>',
  details: 'By id or e-mail address. What the person did stays in the audit log, by id.',
  examples: [
    { type: 'user remove carol@example.org', does: 'asks first' },
    { type: 'user remove carol@example.org --yes', does: 'does not ask' },
  ],
  run: remove,
};

async function remove(context: CommandContext, input: CommandInput): Promise<void> {
  const hints = { 'not-found': 'see them: relayctl user list' };
  const { id, email } = unlessRefused(await findPerson(input.arguments[0] ?? '', context.reader), hints);
  await context.confirm(`Remove the user ${email}`);
  unlessRefused(await removePerson(id, await adminContext(context)), hints);
  if (context.global.json) context.printJson({ id, email, removed: true });
  else context.print(`Removed ${visible(email)}.`);
}
