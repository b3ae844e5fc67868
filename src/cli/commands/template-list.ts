/** `relayctl template list`: the templates of the accounts. */
import { flatMapInTurn } from '../../platform/in-turn.ts';
import { templateLine } from '../../api-json/template-json.ts';
import { timestamp } from '../../api-json/timestamp.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandSpec } from '../program/command-spec.ts';
import { renderTable } from '../output/table.ts';

export const templateList: CommandSpec = {
  path: 'template list',
  summary: 'List templates',
  examples: [
    { type: 'template list', does: 'the templates of every account' },
    { type: 'template list --account shop --json', does: 'those of one account, for a script' },
  ],
  isDefault: true,
  run: listTemplates,
};

async function listTemplates(context: CommandContext): Promise<void> {
  const { reader, io, paint } = context;
  const rows = await flatMapInTurn(await context.accounts(), async (account) =>
    (await reader.listTemplates(account.id)).map((template) => ({ template, account: account.name })),
  );
  if (context.global.json) {
    for (const { template, account } of rows)
      await context.printJsonLine({ ...templateLine(template), account });
    return;
  }
  const table = renderTable(
    [
      { title: 'TEMPLATE', text: ({ template }) => template.name, shrinks: true },
      { title: 'VERSION', text: ({ template }) => String(template.latestVersion) },
      { title: 'ADDED', text: ({ template }) => timestamp(template.createdAtMs) },
      {
        title: 'ACCOUNT',
        text: ({ account }) => account,
        shrinks: true,
        hidden: !(await context.listsManyAccounts()),
      },
    ],
    rows,
    { width: io.columns, paint },
  );
  context.print(table);
}
