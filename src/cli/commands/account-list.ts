/** `relayctl account list`: the tenants. */
import { storageJson } from '../../api-json/account-terms-json.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandSpec } from '../program/command-spec.ts';
import { relative } from '../output/time-words.ts';
import { renderTable } from '../output/table.ts';
import { accountJson } from '../json/account-json.ts';
import { storageWords } from '../views/account-terms-view.ts';

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
    for (const account of accounts)
      await context.printJsonLine({
        ...accountJson(account),
        ...storageJson(await reader.storageOf(account.id)),
      });
    return;
  }
  const domains = new Map<string, number>();
  const storage = new Map<string, string>();
  for (const account of accounts) {
    domains.set(account.id, (await reader.listDomains(account.id)).length);
    storage.set(account.id, storageWords(account, await reader.storageOf(account.id)));
  }
  const table = renderTable(
    [
      { title: 'ACCOUNT', text: ({ name }) => name, shrinks: true },
      { title: 'DOMAINS', text: ({ id }) => String(domains.get(id)), alignRight: true },
      { title: 'STORAGE', text: ({ id }) => storage.get(id) ?? '' },
      { title: 'ADDED', text: ({ createdAtMs }) => relative(createdAtMs, nowMs) },
      { title: 'ID', text: ({ id }) => id },
    ],
    accounts,
    { width: io.columns, paint },
  );
  context.print(table);
}
