/** `relayctl account list`: the tenants. */
import type { CommandContext } from '../command-context.ts';
import type { CommandSpec } from '../command-spec.ts';
import { relative } from '../output/time-words.ts';
import { renderTable } from '../output/table.ts';
import { accountShape } from '../shapes/account-shape.ts';

export const accountList: CommandSpec = {
  path: 'account list',
  summary: 'List accounts',
  examples: [
    { type: 'account list', does: 'all of them' },
    { type: 'account list --json | jq -r .name', does: 'names, for a script' },
  ],
  run: listAccounts,
};

function listAccounts(context: CommandContext): void {
  const { reader, io, paint, nowMs } = context;
  const accounts = context.accounts();
  if (context.global.json) {
    for (const account of accounts) context.printJsonLine(accountShape(account));
    return;
  }
  const table = renderTable(
    [
      { title: 'ACCOUNT', text: ({ name }) => name, shrinks: true },
      { title: 'DOMAINS', text: ({ id }) => String(reader.listDomains(id).length), alignRight: true },
      { title: 'ADDED', text: ({ createdAtMs }) => relative(createdAtMs, nowMs) },
      { title: 'ID', text: ({ id }) => id },
    ],
    accounts,
    { width: io.columns, paint },
  );
  context.print(table);
}
