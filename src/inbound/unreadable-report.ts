/**
 * The one place for reports that the reader gave up on (report-reader.ts): a retry would only repeat it, so the client
 * hears 250, and what is known of the report is said here. It changes nothing.
 */
import type { ReportReading } from '../dsn/report-reader.ts';
import type { SmtpPeer } from '../listener/smtp-session.ts';
import type { Log } from '../platform/log.ts';

export interface UnreadableReport {
  readonly peer: Pick<SmtpPeer, 'id' | 'address'>;
  readonly why: Extract<ReportReading, { kind: 'unreadable' }>['why'];
  /** The messages that its tokens name. */
  readonly messages: readonly string[];
  /** What was kept of it to be read. */
  readonly bytes: Uint8Array;
}

export function keepUnreadable({ peer, why, messages, bytes }: UnreadableReport, log: Log): void {
  log.warn('report not readable', {
    session: peer.id,
    client: peer.address,
    why,
    messages: messages.length > 0 ? messages : undefined,
    sizeBytes: bytes.length,
  });
}
