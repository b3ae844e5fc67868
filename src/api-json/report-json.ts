/** An unverified report as `--json` and the dashboard have it. */
import type { Report } from '../dsn/read/report.ts';
import { formatReply } from '../smtp/reply.ts';
import type { UnverifiedReport, UnverifiedReportContent } from '../store/reports.ts';
import { timestamp } from './timestamp.ts';

export function reportJson(report: UnverifiedReport) {
  return {
    id: report.id,
    account: report.accountName,
    received_at: timestamp(report.receivedAtMs),
    kind: report.kind,
    form: report.form === '' ? null : report.form,
    recipient: report.recipient ?? null,
    message_id: report.messageId ?? null,
    client: report.client,
    why: report.why,
    applied_at: timestamp(report.appliedAtMs),
  };
}

/** What it says, and its header section: texts of a stranger. `reading`: as it was parsed; `undefined`: it could not be read. */
export function reportContentJson({ headers }: UnverifiedReportContent, reading: Report | undefined) {
  return {
    recipients: (reading?.recipients ?? []).map((one) => ({
      recipient: one.recipient ?? null,
      original_recipient: one.originalRecipient ?? null,
      kind: one.kind,
      action: one.action,
      status: one.status ?? null,
      reply: one.reply === undefined ? null : formatReply(one.reply),
      text: one.text,
      remote_mta: one.remoteMta ?? null,
      feedback_type: one.feedbackType ?? null,
    })),
    returned: {
      message_id_field: reading?.returned?.messageId ?? null,
      subject: reading?.returned?.subject ?? null,
      to: reading?.returned?.to ?? [],
    },
    headers: Buffer.from(headers).toString(),
  };
}
