/** `relayctl suppression check`: would an address be mailed? */
import { DEFAULT_STREAM } from '../../admin/streams.ts';
import { suppressionScope } from '../../admin/suppressions.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { visible } from '../../platform/visible-text.ts';
import { removalCommand } from '../../policy/suppression-removal.ts';
import { fullTime } from '../output/time-words.ts';
import { checkSuppressions, type LookedAt } from '../../admin/suppression-check.ts';
import { SUPPRESSION_REASONS } from '../../store/suppression-records.ts';
import { lookedAtJson, scopeName, suppressionJson } from '../../api-json/suppression-json.ts';
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
  const { applies, lookedAt } = await checkSuppressions(account.id, stream, address, {
    reader: context.reader,
    nowMs: context.nowMs,
    hashes: (one) => context.addressHashes(one),
  });
  if (context.global.json) {
    context.printJson({
      suppressed: applies !== undefined,
      stream,
      ...(applies === undefined ? { address } : suppressionJson(applies)),
      looked_at: lookedAt.map(lookedAtJson),
    });
    return;
  }
  const { paint } = context;
  const others = lookedAt.filter(({ suppression }) => suppression !== applies).map(otherWords);
  if (applies === undefined) {
    context.print(`${paint.good(paint.sign.good)} ${address} is not suppressed for stream ${stream}.`);
    context.print(lookedWords(stream, others));
    return;
  }
  const until = applies.expiresAtMs === undefined ? '' : `, until ${fullTime(applies.expiresAtMs)}`;
  const evidence = applies.evidence === '' ? '' : `\n  ${visible(applies.evidence)}`;
  context.print(
    `${paint.bad(paint.sign.bad)} ${address} is suppressed (${applies.reason}, ${scopeWords(applies.scope)}) since ${fullTime(applies.createdAtMs)}${until}.${evidence}`,
  );
  context.print(`  To mail it again: ${removalCommand(address, applies, account.name)}`);
  context.print(lookedWords(stream, others));
}

function lookedWords(stream: string, others: readonly string[]): string {
  const looked = `  Looked at: the whole account and stream ${stream}, for ${SUPPRESSION_REASONS.join(', ')}.`;
  return others.length === 0
    ? looked
    : `${looked}\n${others.map((words) => `  Also there: ${words}`).join('\n')}`;
}

function otherWords({ suppression: { reason, scope, expiresAtMs }, unless }: LookedAt): string {
  const why =
    unless === 'other-stream'
      ? ', which says nothing of this stream'
      : unless === 'expired' && expiresAtMs !== undefined
        ? `, over since ${fullTime(expiresAtMs)}`
        : ', which applies too';
  return `${reason}, ${scopeWords(scope)}${why}.`;
}

function scopeWords(scope: string): string {
  return scope === '' ? `the whole ${scopeName(scope)}` : `stream ${scope}`;
}
