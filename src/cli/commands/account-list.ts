/** `relayctl account list`: the tenants. */
import type { CommandContext } from '../program/command-context.ts';
import type { CommandSpec } from '../program/command-spec.ts';
import { relative } from '../output/time-words.ts';
import { renderTable } from '../output/table.ts';
import { accountJson } from '../json/account-json.ts';

export const accountList: CommandSpec = {
  path: 'account list',
  summary: 'List accounts',
  examples: [
    { type: 'account list', does: 'all of them' },
    { type: 'account list --json | jq -r .name', does: 'names, for a script' },
  ],
  run: listAccounts,
};

async function listAccounts(context: CommandContext): Promise<void> {
  const { reader, io, paint, nowMs } = context;
  const accounts = await context.accounts();
  if (context.global.json) {
    for (const account of accounts) await context.printJsonLine(accountJson(account));
    return;
  }
  const domains = new Map<string, number>();
  for (const { id } of accounts) domains.set(id, (await reader.listDomains(id)).length);
  const table = renderTable(
    [
      { title: 'ACCOUNT', text: ({ name }) => name, shrinks: true },
      { title: 'DOMAINS', text: ({ id }) => String(domains.get(id)), alignRight: true },
      { title: 'ADDED', text: ({ createdAtMs }) => relative(createdAtMs, nowMs) },
      { title: 'ID', text: ({ id }) => id },
    ],
    accounts,
    { width: io.columns, paint },
  );
  context.print(table);
}
