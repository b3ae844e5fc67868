/** `relayctl user list`: who uses the dashboard. */
import { personJson } from '../../api-json/person-json.ts';
import { renderTable } from '../output/table.ts';
import { relative } from '../output/time-words.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandSpec } from '../program/command-spec.ts';
import { factorWords, roleWords, standingWords } from '../views/person-view.ts';

export const userList: CommandSpec = {
  path: 'user list',
  summary: 'List who uses the dashboard',
  details: 'With --account: those who have a role in that account.',
  examples: [
    { type: 'user list', does: 'everybody' },
    { type: 'user list --json', does: 'the same for a script' },
  ],
  run: list,
};

async function list(context: CommandContext): Promise<void> {
  const { reader, nowMs, paint } = context;
  const account = await context.namedAccount();
  const people = (await reader.listPeople()).filter(
    ({ grants }) =>
      account === undefined ||
      grants.some(({ accountId }) => accountId === undefined || accountId === account.id),
  );
  if (context.global.json) {
    for (const person of people) await context.printJsonLine(personJson(person));
    return;
  }
  if (people.length === 0) {
    context.note('Nobody uses the dashboard yet: relayctl user add you@example.org --role admin');
    return;
  }
  const table = renderTable(
    [
      { title: 'USER', text: ({ email }) => email, shrinks: true },
      { title: 'NAME', text: ({ name }) => name, shrinks: true },
      { title: 'ROLES', text: roleWords, shrinks: true },
      {
        title: 'STATE',
        text: (person) => standingWords(person, nowMs),
        brush: (text) => (text === 'active' ? text : paint.warn(text)),
      },
      { title: 'SECOND FACTORS', text: factorWords, shrinks: true },
      {
        title: 'SIGNED IN',
        text: ({ lastSignInMs }) => (lastSignInMs === undefined ? 'never' : relative(lastSignInMs, nowMs)),
      },
    ],
    people,
    { width: context.io.columns, paint },
  );
  context.print(table);
}
