/**
 * The third gathered set: reports and replies of more than a hundred programs, providers and filters, from public threads,
 * help pages, manuals and samples, the pages in some twenty languages. Gathered and labelled by somebody who had read neither
 * the rules nor the other sets; nothing was run on it first. Each entry names its source.
 */
import { GATEWAY_ANSWERS } from './gateway-answers.ts';
import { carryReply, readAnswers, readEntry, readNotice, type GatheredReply } from './gathered-entry.ts';
import { POSTFIX_NOTICES } from './postfix-notices.ts';
import { PROGRAM_REPORTS } from './program-reports.ts';
import { REGIONAL_ANSWERS } from './regional-answers.ts';
import { REGIONAL_REPORTS } from './regional-reports.ts';
import type { SourceReport } from './source-reports.ts';
import { SUITE_REPORTS } from './suite-reports.ts';

/** The direct replies, with the stage that each came at. */
export const GATHERED_THIRD_REPLIES: readonly GatheredReply[] = [
  ...REGIONAL_ANSWERS,
  ...GATEWAY_ANSWERS,
].flatMap(readAnswers);

/** All of it as reports: those that were reports, and the replies as Postfix reports them. */
export const GATHERED_THIRD: readonly SourceReport[] = [
  ...POSTFIX_NOTICES.map(readNotice),
  ...[...REGIONAL_REPORTS, ...PROGRAM_REPORTS, ...SUITE_REPORTS].map(readEntry),
  ...GATHERED_THIRD_REPLIES.map(carryReply),
];
