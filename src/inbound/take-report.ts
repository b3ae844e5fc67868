/**
 * What is done with a message for a return-path token or the address of feedback loops: read, match, decide, write.
 * 250 is said after the commit only, and also for what is no report or about nothing known: an answer would be
 * backscatter.
 */
import type { ReadReport, ReportReading } from '../dsn/report-reader.ts';
import { reply } from '../listener/replies.ts';
import type { SmtpPeer } from '../listener/smtp-session.ts';
import { replyToFailure } from '../listener/store-failure.ts';
import type { Clock } from '../platform/clock.ts';
import { eventLoop } from '../platform/event-loop.ts';
import { clientNetwork } from '../smtp/client-network.ts';
import type { Reply } from '../smtp/reply.ts';
import type { ReportWriter } from '../store/reports.ts';
import { MAX_DECISIONS, reportChanges, type ChangesContext } from './report-changes.ts';
import { keepUnreadable } from './unreadable-report.ts';
import type { WaitingOctets } from './waiting-octets.ts';

export interface TakeReportContext extends ChangesContext {
  readonly reports: ReportWriter;
  readonly readReport: ReadReport;
  readonly waiting: WaitingOctets;
  readonly clock: Clock;
}

const TAKEN = reply(250, '2.0.0', 'Report taken');
const BUSY = reply(451, '4.3.2', 'Too many reports at the moment, try again later');
const TOO_EARLY = reply(
  451,
  '4.3.0',
  'The message that this is about is still being delivered, try again later',
);

/**
 * `about`: the messages that the recipients' tokens name, `undefined` for a recipient without one. Resolves to the
 * reply; never rejects.
 */
export async function takeReport(
  bytes: Uint8Array,
  about: readonly (string | undefined)[],
  peer: Pick<SmtpPeer, 'id' | 'address'>,
  context: TakeReportContext,
): Promise<Reply> {
  const { log, clock, reports } = context;
  try {
    const reading = await read(bytes, clientNetwork(peer.address), context);
    if (reading.kind === 'busy') return BUSY;
    if (reading.kind === 'unreadable') {
      const messages = about.filter((messageId) => messageId !== undefined);
      keepUnreadable({ peer, why: reading.why, messages, bytes }, log);
      return TAKEN;
    }
    const { report } = reading;
    const most = Math.ceil(MAX_DECISIONS / about.length);
    const changed = new Set<string>();
    let written = 0;
    let tooEarly = false;
    for (const messageId of about) {
      const found = reportChanges(report, messageId, most, { ...context, nowMs: clock.now() });
      for (const { changes, tooEarly: early } of found) {
        tooEarly ||= early;
        for (const change of changes) changed.add(change.messageId);
        if (changes.length > 0) written += (await reports.applyReport(changes)).written;
        else await new Promise<void>((resolve) => eventLoop.nextTurn(resolve));
      }
    }
    log.info('report taken', {
      session: peer.id,
      form: report.form,
      recipients: report.recipients.length,
      written,
      messages: changed.size > 0 ? [...changed] : undefined,
    });
    return tooEarly ? TOO_EARLY : TAKEN;
  } catch (error) {
    return replyToFailure(error, about.find((id) => id !== undefined) ?? '', log);
  }
}

async function read(
  bytes: Uint8Array,
  network: string,
  { waiting, readReport }: TakeReportContext,
): Promise<ReportReading> {
  if (!waiting.take(network, bytes.length)) return { kind: 'busy' };
  try {
    return await readReport(bytes, network);
  } finally {
    waiting.release(network, bytes.length);
  }
}
