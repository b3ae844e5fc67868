/** What the rules make of the replies of source-replies.ts, counted: as they are, and under codes that speak of the recipient. */
import type { BounceRules } from '../../../src/policy/bounce-rules.ts';
import { classify } from '../../../src/policy/classify.ts';
import { suppressionFor } from '../../../src/policy/suppression.ts';
import { parseReply } from '../../../src/smtp/reply.ts';
import { classesOf, underAddressCode, type SourceReplies } from './source-replies.ts';

/** The codes that suppress by themselves. */
export const ADDRESS_CODES = ['5.1.1', '5.1.2', '5.1.3', '5.1.6', '5.1.10'] as const;

export function judge(said: string, rules: BounceRules) {
  const reply = parseReply(said);
  const classification = classify({ reply, stage: 'rcpt', text: '' }, rules);
  const facts = { reply, stage: 'rcpt', sharedBy: 1, via: 'smtp', classification } as const;
  return { classification, suppresses: suppressionFor(facts) !== undefined };
}

export interface SourceFigures {
  readonly kept: number;
  readonly others: number;
  readonly suppressed: number;
  readonly gone: number;
  readonly classes: number;
  readonly misses: readonly string[];
}

/** `kept`: others' replies that suppress under no code. `suppressed`: unknown recipients that do under 5.1.1. `classes`: right class as they are. */
export function readSources(sources: readonly SourceReplies[], rules: BounceRules): SourceFigures {
  const figures = { kept: 0, others: 0, suppressed: 0, gone: 0, classes: 0 };
  const misses: string[] = [];
  for (const { program, gone, others } of sources) {
    for (const reply of gone) {
      figures.gone++;
      if (judge(underAddressCode(reply, '5.1.1'), rules).suppresses) figures.suppressed++;
      else misses.push(`${program}: not suppressed: ${reply}`);
    }
    for (const [row, reply] of others) {
      figures.others++;
      const wrong = [reply, ...ADDRESS_CODES.map((code) => underAddressCode(reply, code))].filter(
        (said) => judge(said, rules).suppresses,
      );
      if (wrong.length === 0) figures.kept++;
      else misses.push(`${program}: suppressed by ${wrong.length}: ${wrong[0] ?? ''}`);
      const found = judge(reply, rules).classification.class;
      if (classesOf(row).includes(found)) figures.classes++;
      else misses.push(`${program}: ${found}, not ${row}: ${reply}`);
    }
  }
  return { ...figures, misses };
}
