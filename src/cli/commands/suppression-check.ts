/** `relayctl suppression check`: would an address be mailed? */
import { DEFAULT_STREAM } from '../../admin/streams.ts';
import { suppressionScope } from '../../admin/suppressions.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { visible } from '../../platform/visible-text.ts';
import { fullTime } from '../output/time-words.ts';
import { shellWord } from '../../platform/shell-word.ts';
import { scopeName, suppressionJson } from '../../api-json/suppression-json.ts';
import { unlessRefused } from '../program/refusal.ts';
import { readTarget } from '../input/suppression-input.ts';

export const suppressionCheck: CommandSpec = {
  path: 'suppression check',
  summary: 'Show whether an address is suppressed, and why',
  arguments: '<address>',
  options: [{ flags: '--stream <stream>', meaning: 'for mail of this stream (default: transactional)' }],
  examples: [
    { type: 'suppression check alice@example.org', does: 'for ordinary mail' },
    { type: 'suppression check alice@example.org --stream broadcast', does: 'for newsletters' },
    {
      type: 'suppression check alice@example.org --json | jq .suppressed',
      does: 'true or false, for a script',
    },
  ],
  run: checkSuppression,
};

async function checkSuppression(context: CommandContext, input: CommandInput): Promise<void> {
  const { account, address, stream: typed } = await readTarget(context, input);
  const { scope } = unlessRefused(await suppressionScope(account.id, typed, context.reader));
  const stream = scope === '' ? DEFAULT_STREAM : scope;
  const found = await context.reader.suppressionFor(account.id, stream, address, context.nowMs);
  if (context.global.json) {
    context.printJson({
      suppressed: found !== undefined,
      stream,
      ...(found === undefined ? { address } : suppressionJson(found)),
    });
    return;
  }
  const { paint } = context;
  if (found === undefined) {
    context.print(`${paint.good(paint.sign.good)} ${address} is not suppressed for stream ${stream}.`);
    return;
  }
  const until = found.expiresAtMs === undefined ? '' : `, until ${fullTime(found.expiresAtMs)}`;
  const evidence = found.evidence === '' ? '' : `\n  ${visible(found.evidence)}`;
  const option = found.scope === '' ? '' : ` --stream ${found.scope}`;
  context.print(
    `${paint.bad(paint.sign.bad)} ${address} is suppressed (${found.reason}, ${scopeWords(found.scope)}) since ${fullTime(found.createdAtMs)}${until}.${evidence}`,
  );
  context.print(`  To mail it again: relayctl suppression remove ${shellWord(address)}${option}`);
}

function scopeWords(scope: string): string {
  return scope === '' ? `the whole ${scopeName(scope)}` : `stream ${scope}`;
}
