/** `relayctl user change`: name and roles of somebody who uses the dashboard, and whether the person may sign in. */
import { unlinkIdentity } from '../../admin/people/identities.ts';
import { changePerson, findPerson } from '../../admin/people/people.ts';
import { isRefusal } from '../../admin/refusal.ts';
import { personJson } from '../../api-json/person-json.ts';
import { changedGrants, CONTENT_OPTION } from '../input/person-input.ts';
import { adminContext } from '../program/admin-context.ts';
import { usage } from '../program/cli-failure.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { unlessRefused } from '../program/refusal.ts';
import { visible } from '../../platform/visible-text.ts';
import type { PersonChange } from '../../store/people-records.ts';
import { factorWords, roleWords, standingWords } from '../views/person-view.ts';

export const userChange: CommandSpec = {
  path: 'user change',
  summary: 'Change name, roles or standing of a user of the dashboard',
  arguments: '<user>',
  details:
    'By id or e-mail address. It counts at the next request of the person; --suspend ends the open sessions.',
  options: [
    {
      flags: '--role <role>',
      meaning:
        'admin, operator, developer, read-only or none: in the account of --account, else the one for every account',
    },
    CONTENT_OPTION,
    { flags: '--name <name>', meaning: 'how the person is called' },
    { flags: '--suspend', meaning: 'may not sign in' },
    { flags: '--resume', meaning: 'may sign in again' },
    {
      flags: '--reset-factors',
      meaning:
        'takes second factors and recovery codes away, of who has lost them: the password alone signs in',
    },
    {
      flags: '--unlink-identity',
      meaning: 'forgets who the person is at the OpenID Connect provider, and ends the open sessions',
    },
  ],
  examples: [
    { type: 'user change carol@example.org --role none --account shop', does: 'no role in shop any more' },
    { type: 'user change carol@example.org --suspend', does: 'out at once' },
    { type: 'user change carol@example.org --reset-factors', does: 'her phone is lost' },
    {
      type: 'user change carol@example.org --unlink-identity',
      does: 'her next sign-in by OpenID Connect links her identity anew',
    },
  ],
  run: change,
};

async function change(context: CommandContext, input: CommandInput): Promise<void> {
  const [suspend, resume] = ['suspend', 'resume'].map((name) => input.options.flag(name));
  if (suspend === true && resume === true) throw usage('--suspend and --resume exclude each other');
  const hints = { 'not-found': 'see them: relayctl user list' };
  const before = unlessRefused(await findPerson(input.arguments[0] ?? '', context.reader), hints);
  const person = unlessRefused(
    await changeOrUnlink(
      before.id,
      {
        name: input.options.text('name'),
        grants: changedGrants(before.grants, input, await context.namedAccount()),
        isSuspended: suspend === true ? true : resume === true ? false : undefined,
        resetsFactors: input.options.flag('reset-factors') ? true : undefined,
      },
      input.options.flag('unlink-identity'),
      await adminContext(context),
    ),
    hints,
  );
  if (context.global.json) context.printJson(personJson(person));
  else
    context.print(
      visible(
        `Changed ${person.email} (${person.name}): roles: ${roleWords(person)}; second factors: ${factorWords(person)}; ${standingWords(person, context.nowMs)}.`,
      ),
    );
}

/** Unlinks first: where none is linked, nothing else changes either. */
async function changeOrUnlink(
  id: string,
  change: PersonChange,
  unlinks: boolean,
  admin: Awaited<ReturnType<typeof adminContext>>,
): ReturnType<typeof changePerson> {
  if (!unlinks) return await changePerson(id, change, admin);
  const unlinked = await unlinkIdentity(id, admin);
  const changesMore = Object.values(change).some((value) => value !== undefined);
  return isRefusal(unlinked) || !changesMore ? unlinked : await changePerson(id, change, admin);
}
