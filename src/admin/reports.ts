/**
 * Applies a kept unverified report on the word of an operator, with the effect of a verified one. Imported on demand only: it
 * loads the report reader.
 */
import { changesOfKept, type KeptChanges, type OperatorsWord } from '../inbound/apply-kept.ts';
import { silentLog } from '../platform/log.ts';
import type { BounceRules } from '../policy/bounce-rules.ts';
import type { UnverifiedReportContent } from '../store/reports.ts';
import type { With } from './admin-context.ts';
import { invalid, isRefusal, type AdminRefusal } from './refusal.ts';

type EffectContext = Pick<
  With<'reader' | 'config' | 'clock' | 'random'>,
  'reader' | 'config' | 'clock' | 'random'
> & {
  readonly bounceRules: BounceRules;
};

type Effect = Extract<KeptChanges, { kind: 'changes' }>;

/** What applying it would change. Changes nothing. */
export async function reportEffect(
  kept: UnverifiedReportContent,
  word: OperatorsWord,
  context: EffectContext,
): Promise<Effect | AdminRefusal> {
  const { reader, config, bounceRules, clock, random } = context;
  const found = await changesOfKept(kept, word, {
    messages: reader,
    content: reader,
    directory: reader,
    config,
    files: { bounceRules },
    clock,
    random,
    log: silentLog,
  });
  return found.kind === 'changes' ? (withoutEffect(kept, found) ?? found) : notApplicable(kept, found);
}

/**
 * Decided on the state of the message as it is now. Durable when it resolves: to the message, and the number of
 * deliveries changed, which is 0 when the report was applied before.
 */
export async function applyUnverifiedReport(
  kept: UnverifiedReportContent,
  word: OperatorsWord,
  context: EffectContext & With<'reports'>,
): Promise<{ readonly messageId: string; readonly changed: number } | AdminRefusal> {
  const effect = await reportEffect(kept, word, context);
  if (isRefusal(effect)) return effect;
  const { written } = await context.reports.applyKeptReport(
    kept.id,
    effect.changes,
    context.clock.now(),
    context.actor,
  );
  return { messageId: effect.messageId, changed: written };
}

function notApplicable(
  { id, accountName }: UnverifiedReportContent,
  found: Exclude<KeptChanges, Effect>,
): AdminRefusal {
  switch (found.kind) {
    case 'unreadable':
      return {
        refused: 'unreadable',
        field: undefined,
        problem: `the report ${id} could not be read when it came`,
      };
    case 'no-message':
      return invalid(
        'message',
        `the report ${id} names no message of its account`,
        (nameOf) => `add: ${nameOf('message')} msg_...`,
      );
    case 'unknown-message':
      return {
        refused: 'not-found',
        field: 'message',
        problem: `there is no message ${found.messageId} in account ${accountName}`,
      };
  }
}

function withoutEffect(
  { id }: UnverifiedReportContent,
  { messageId, changes, tooEarly, unmatched }: Effect,
): AdminRefusal | undefined {
  if (tooEarly)
    return {
      refused: 'not-settled',
      field: undefined,
      problem: `the message ${messageId} is still being delivered`,
    };
  if (changes.length > 0) return undefined;
  if (unmatched > 0)
    return invalid(
      'recipient',
      `the report ${id} does not say which recipient of ${messageId} it is about`,
      (nameOf) => `add: ${nameOf('recipient')} ADDRESS`,
    );
  return { refused: 'no-effect', field: undefined, problem: `nothing follows from the report ${id}` };
}
