/** `relayctl domain list`: the sending domains and whether they are verified. */
import { flatMapInTurn } from '../../platform/in-turn.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandSpec } from '../program/command-spec.ts';
import { relative } from '../output/time-words.ts';
import { renderTable } from '../output/table.ts';
import { rotationInBrief } from '../views/rotation-view.ts';
import { keysOf } from './domain-show.ts';
import { domainLineJson } from '../../api-json/domain-json.ts';

export const domainList: CommandSpec = {
  path: 'domain list',
  summary: 'List sending domains',
  examples: [
    { type: 'domain list', does: 'the domains of every account' },
    { type: 'domain list --account shop', does: 'those of one account' },
    {
      type: "domain list --json | jq -r 'select(.verified | not).domain'",
      does: 'those that are not verified',
    },
  ],
  run: listDomains,
};

async function listDomains(context: CommandContext): Promise<void> {
  const { reader, paint, nowMs } = context;
  const accounts = await context.accounts();
  const rows = await flatMapInTurn(accounts, async (account) =>
    flatMapInTurn(await reader.listDomains(account.id), async (domain) => [
      { domain, accountName: account.name, ...(await keysOf(reader, domain)) },
    ]),
  );
  if (context.global.json) {
    for (const row of rows) await context.printJsonLine(domainLineJson(row.domain, row));
    return;
  }
  if (rows.length === 0) {
    context.note('There are no domains. Add one: relayctl domain add example.com');
    return;
  }
  const table = renderTable(
    [
      { title: 'DOMAIN', text: ({ domain }) => domain.name, shrinks: true },
      {
        title: 'VERIFIED',
        text: ({ domain }) =>
          domain.verifiedAtMs === undefined ? 'no' : relative(domain.verifiedAtMs, nowMs),
        brush: (text, { domain }) => (domain.verifiedAtMs === undefined ? paint.bad(text) : paint.good(text)),
      },
      { title: 'DKIM', text: ({ keySet }) => keySet },
      {
        title: 'ROTATION',
        text: ({ keys }) => rotationInBrief(keys, nowMs),
        hidden: rows.every(({ keys }) => rotationInBrief(keys, nowMs) === ''),
      },
      { title: 'ADDED', text: ({ domain }) => relative(domain.createdAtMs, nowMs) },
      {
        title: 'ACCOUNT',
        text: ({ accountName }) => accountName,
        shrinks: true,
        hidden: !(await context.listsManyAccounts()),
      },
    ],
    rows,
    { width: context.io.columns, paint },
  );
  context.print(table);
}
