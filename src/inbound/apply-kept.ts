/**
 * Applies a kept report by order of an operator: the same decision as for a verified one, on the message that the
 * report or the operator names. For relayctl only.
 */
import type { Config, RuleFiles } from '../config/config.ts';
import type { Report } from '../dsn/read/report.ts';
import { createDsnWriter, type DsnWriterOptions } from '../dsn/write/write-dsns.ts';
import type { ContentReader } from '../store/content-reader.ts';
import type { ReportReader, UnverifiedReportContent } from '../store/reports.ts';
import { MAX_KEPT_RECIPIENTS } from './keep-unverified.ts';
import { reportChanges, type ReportChanges } from './report-changes.ts';

export interface ApplyContext extends DsnWriterOptions {
  readonly messages: ReportReader;
  readonly content: ContentReader;
  readonly config: Config;
  readonly files: Pick<RuleFiles, 'bounceRules'>;
}

export interface OperatorsWord {
  /** `msg_` id; `undefined`: from the report. */
  readonly messageId: string | undefined;
  /** `undefined`: from the report. */
  readonly recipient: string | undefined;
}

export type KeptChanges =
  | (ReportChanges & { readonly kind: 'changes'; readonly messageId: string })
  /** The report could not be parsed when it arrived. */
  | { readonly kind: 'unreadable' }
  /** Neither the report nor the operator names a message. */
  | { readonly kind: 'no-message' }
  /** The report's account has no such message. */
  | { readonly kind: 'unknown-message'; readonly messageId: string };

/** The source of applied reports in events; their complaints count fully. */
const OPERATOR = 'operator';

export async function changesOfKept(
  kept: UnverifiedReportContent,
  word: OperatorsWord,
  context: ApplyContext,
): Promise<KeptChanges> {
  if (kept.reading === undefined) return { kind: 'unreadable' };
  const messageId = word.messageId ?? kept.messageId;
  if (messageId === undefined) return { kind: 'no-message' };
  const message = await context.messages.reportedMessage(messageId);
  if (message?.facts.accountId !== kept.accountId) return { kind: 'unknown-message', messageId };
  const report = vouchedFor(JSON.parse(kept.reading) as Report, word.recipient);
  const scope = { message, within: message.deliveries, source: OPERATOR, copyTells: true };
  const parts = reportChanges(report, scope, MAX_KEPT_RECIPIENTS, {
    content: context.content,
    config: { ...context.config, health: { ...context.config.health, sourceComplaints: undefined } },
    files: context.files,
    writeDsns: createDsnWriter(context),
    log: context.log,
    nowMs: context.clock.now(),
  });
  const found: ReportChanges[] = [];
  for await (const part of parts) found.push(part);
  return {
    kind: 'changes',
    messageId,
    changes: found.flatMap(({ changes }) => changes),
    tooEarly: found.some(({ tooEarly }) => tooEarly),
    unmatched: found.reduce((sum, { unmatched }) => sum + unmatched, 0),
  };
}

/** The operator has read the report, so the returned copy counts as much as the report. */
function vouchedFor(report: Report, recipient: string | undefined): Report {
  const recipients = report.recipients.map((one) => ({ ...one, namedByCopy: false }));
  if (recipient === undefined) return { ...report, recipients };
  const named = { recipient, originalRecipient: undefined };
  return { ...report, recipients: recipients.slice(0, 1).map((one) => ({ ...one, ...named })) };
}
