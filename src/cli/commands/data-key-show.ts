/** `relayctl data-key show`: the master keys by id, and what depends on each. */
import { fullTime } from '../output/time-words.ts';
import { renderTable } from '../output/table.ts';
import { lookAtDataKeys } from '../input/data-key-look.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandSpec } from '../program/command-spec.ts';
import { dataKeyJson, dataKeyWarnings } from '../views/data-key-view.ts';
import { visible } from '../../platform/visible-text.ts';

export const dataKeyShow: CommandSpec = {
  path: 'data-key show',
  summary: 'Show the master keys by id, and what depends on each',
  details:
    'The present key is what everything is made under. Of each other key: sealed values and secrets of credentials that depend on it, until when ' +
    'tokens that were made under it come back, and when it can be taken away. Keys themselves are never shown. docs/data-key.md has the steps of a change.',
  examples: [
    { type: 'data-key show', does: 'what depends on which key' },
    { type: 'data-key show --json | jq .secrets', does: 'credentials that did not log in since the change' },
  ],
  run: show,
};

async function show(context: CommandContext): Promise<void> {
  const view = await lookAtDataKeys(context);
  if (context.global.json) {
    context.printJson(dataKeyJson(view));
    return;
  }
  const { paint, nowMs } = context;
  context.print(`present key: ${view.presentId}, ${visible(view.place)}`);
  if (view.others.length > 0)
    context.print(
      renderTable(
        [
          { title: 'OTHER KEY', text: ({ keyId }) => keyId },
          { title: 'ACCEPTED', text: ({ accepted }) => (accepted ? 'yes' : 'no') },
          { title: 'SEALED', text: ({ sealed }) => String(sealed) },
          { title: 'SECRETS', text: ({ secrets }) => String(secrets) },
          { title: 'ERASED', text: ({ erased }) => String(erased) },
          {
            title: 'TOKENS UNTIL',
            text: ({ tokensUntilMs }) => (tokensUntilMs === undefined ? 'none' : fullTime(tokensUntilMs)),
          },
        ],
        view.others,
        { width: context.io.columns, paint },
      ),
    );
  for (const { name, state, dataKeys } of view.nodes)
    context.print(`node ${visible(name)} (${state}): ${dataKeys?.join(', ') ?? 'unknown'}`);
  for (const warning of dataKeyWarnings(view, nowMs)) context.print(`- ${visible(warning)}`);
}
