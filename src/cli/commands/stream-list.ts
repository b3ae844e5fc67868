/** `relayctl stream list`: the streams of the accounts. */
import { flatMapInTurn } from '../../platform/in-turn.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandSpec } from '../program/command-spec.ts';
import { renderTable } from '../output/table.ts';
import { streamJson } from '../../api-json/stream-json.ts';

export const streamList: CommandSpec = {
  path: 'stream list',
  summary: 'List streams',
  examples: [
    { type: 'stream list', does: 'the streams of every account' },
    { type: 'stream list --account shop --json', does: 'those of one account, for a script' },
  ],
  run: listStreams,
};

async function listStreams(context: CommandContext): Promise<void> {
  const { reader, io, paint } = context;
  const rows = await flatMapInTurn(await context.accounts(), async (account) =>
    (await reader.listStreams(account.id)).map((stream) => ({ stream, account: account.name })),
  );
  if (context.global.json) {
    for (const { stream, account } of rows) await context.printJsonLine(streamJson(stream, account));
    return;
  }
  const table = renderTable(
    [
      { title: 'STREAM', text: ({ stream }) => stream.name, shrinks: true },
      { title: 'KIND', text: ({ stream }) => stream.kind },
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
