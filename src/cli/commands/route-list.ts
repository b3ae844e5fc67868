/** `relayctl route list`: the routes in their order. */
import { matchesEverything } from '../../policy/egress/route-rules.ts';
import { visible } from '../../platform/visible-text.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandSpec } from '../program/command-spec.ts';
import { renderTable } from '../output/table.ts';
import { routeJson } from '../../api-json/route-json.ts';
import { actionWords, fallbackWords, matchWords } from '../views/route-view.ts';

export const routeList: CommandSpec = {
  path: 'route list',
  summary: 'List the routes in their order: the first that matches decides',
  details:
    'Routes are [[route]] tables of the configuration (docs/routes.md). Mail that none matches goes direct, to the MX hosts of ' +
    'its domain. Secrets are not shown.',
  isDefault: true,
  examples: [
    { type: 'route list', does: 'what each matches and where it leads' },
    { type: 'route list --json | jq -r \'select(.action == "relay").host\'', does: 'the smart hosts' },
  ],
  run: listRoutes,
};

async function listRoutes(context: CommandContext): Promise<void> {
  const { config, io, paint } = context;
  const { routes } = config.egress;
  if (context.global.json) {
    for (const rule of routes) await context.printJsonLine(routeJson(rule));
    return;
  }
  if (routes.length === 0) {
    context.note('There are no routes: all mail goes direct, to the MX hosts of its domain.');
    return;
  }
  const table = renderTable(
    [
      { title: 'ROUTE', text: ({ name }) => name, shrinks: true },
      { title: 'MATCHES', text: ({ match }) => matchWords(match), shrinks: true },
      { title: 'MAIL GOES', text: actionWords, shrinks: true },
      {
        title: 'FROM',
        text: ({ pool }) => pool ?? '',
        drops: true,
        hidden: routes.every(({ pool }) => pool === undefined),
      },
      {
        title: 'ELSE',
        text: (rule) => fallbackWords(rule)?.split(',', 1)[0] ?? '',
        hidden: routes.every(({ fallback }) => fallback === undefined),
      },
    ],
    routes,
    { width: io.columns, paint },
  );
  context.print(table);
  if (!routes.some(({ match }) => matchesEverything(match)))
    context.note('(mail that none matches goes direct)');
  for (const warning of await unknownAccounts(context)) context.warn(warning);
}

/** A route that names an account which there is not matches nothing of it. */
async function unknownAccounts(context: CommandContext): Promise<readonly string[]> {
  if (!context.services.storeExists(context.config)) return [];
  const known = (await context.reader.listAccounts()).map(({ name }) => name);
  return context.config.egress.routes.flatMap(({ name, match: { accounts } }) =>
    accounts
      .filter((account) => !known.includes(account))
      .map((account) => `route ${visible(name)}: there is no account ${visible(account)}`),
  );
}
