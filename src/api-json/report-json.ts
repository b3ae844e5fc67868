/** An unverified report as `--json` prints it. */
import type { UnverifiedReport } from '../store/reports.ts';
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
