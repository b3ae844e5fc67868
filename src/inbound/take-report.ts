/**
 * Processes a message for a return-path token, the feedback address or postmaster: parse, determine its scope,
 * decide, write; keep unverified reports. 250 follows the commit, and is also the reply to messages that are not
 * reports or change nothing: a bounce would be backscatter.
 */
import type { RuleFiles } from '../config/config.ts';
import type { Report } from '../dsn/read/report.ts';
import type { ReadReport, ReportReading } from '../dsn/read/report-reader.ts';
import { reply } from '../smtp/server/replies.ts';
import type { SmtpPeer } from '../smtp/server/server-session.ts';
import { replyToFailure } from '../intake/store-failure.ts';
import { eventLoop } from '../platform/event-loop.ts';
import type { Mailbox } from '../smtp/address.ts';
import { clientNetwork } from '../platform/network/client-network.ts';
import type { Reply } from '../smtp/reply.ts';
import type { ReportWriter } from '../store/reports.ts';
import type { ReportAddress } from './accepted-recipients.ts';
import { findSource, type SourceContext, type SourceVerdict } from './feedback-source.ts';
import { isWorthKeeping, keepUnverified, type KeepContext } from './keep-unverified.ts';
import type { CopyExtent } from './report-copy.ts';
import { MAX_DECISIONS, reportChanges, type ChangesContext } from './report-changes.ts';
import { accountOf, standingOf, type ReportScope } from './report-standing.ts';
import { countComplaints, type SourceComplaintOptions } from './source-complaints.ts';
import type { WaitingOctets } from './waiting-octets.ts';

export interface TakeReportContext extends ChangesContext, KeepContext, Omit<SourceContext, 'files'> {
  readonly files: RuleFiles;
  readonly reports: ReportWriter;
  readonly readReport: ReadReport;
  readonly waiting: WaitingOctets;
  /** `undefined`: complaints are not counted with sources. */
  readonly sources: SourceComplaintOptions | undefined;
}

export interface IncomingReport {
  readonly bytes: Uint8Array;
  readonly extent: CopyExtent;
  readonly peer: SmtpPeer;
  readonly reversePath: Mailbox | undefined;
  /** The report addresses among its recipients, by their text in lower case. */
  readonly about: ReadonlyMap<string, ReportAddress>;
  /** The sender gets the reply and retries after 4yz. */
  readonly comesAgain: boolean;
}

const TAKEN = reply(250, '2.0.0', 'Report taken');
const BUSY = reply(451, '4.3.2', 'Too many reports at the moment, try again later');
const NOT_NOW = reply(451, '4.4.3', 'The source cannot be verified at the moment, try again later');
const TOO_EARLY = reply(
  451,
  '4.3.0',
  'The message that this is about is still being delivered, try again later',
);

/** Resolves to the reply; never rejects. */
export async function takeReport(mail: IncomingReport, context: TakeReportContext): Promise<Reply> {
  try {
    const reading = await read(mail, context);
    switch (reading.kind) {
      case 'busy':
        return BUSY;
      case 'unreadable':
        return await keepUnreadable(mail, reading.why, context);
      case 'report':
        return await takeReading(mail, reading.report, context);
    }
  } catch (error) {
    return replyToFailure(error, firstMessage(mail) ?? '', context.log);
  }
}

async function read(
  { bytes, peer }: IncomingReport,
  { waiting, readReport }: TakeReportContext,
): Promise<ReportReading> {
  const network = clientNetwork(peer.address);
  if (!waiting.take(network, bytes.length)) return { kind: 'busy' };
  try {
    return await readReport(bytes, network);
  } finally {
    waiting.release(network, bytes.length);
  }
}

/** A retry would only repeat it, so the reply is 250. Postmaster has it already. */
async function keepUnreadable(
  mail: IncomingReport,
  limit: string,
  context: TakeReportContext,
): Promise<Reply> {
  const { bytes, peer, about, comesAgain } = mail;
  context.log.warn('report not readable', {
    session: peer.id,
    client: peer.address,
    why: limit,
    messages: messagesOf(mail),
    size_bytes: bytes.length,
  });
  if (!comesAgain) return TAKEN;
  const unverified = new Map<string | undefined, string>();
  for (const address of about.values())
    unverified.set(await accountOf(address, context.messages), `unreadable (${limit})`);
  await keepAll(mail, undefined, unverified, context);
  return TAKEN;
}

async function takeReading(mail: IncomingReport, report: Report, context: TakeReportContext): Promise<Reply> {
  const { log, clock } = context;
  let source: Promise<SourceVerdict> | undefined;
  const sourceOf = () => (source ??= findSource(feedbackMail(mail), context));
  const scopes: ReportScope[] = [];
  const unverified = new Map<string | undefined, string>();
  for (const address of report.recipients.length > 0 ? mail.about.values() : []) {
    const standing = await standingOf(report, address, sourceOf, { ...context, nowMs: clock.now() });
    if (standing.kind === 'known') scopes.push(standing.scope);
    else if (standing.kind === 'unverified') unverified.set(standing.accountId, standing.why);
    else if (standing.kind === 'gone')
      log.info('report about a message that is not kept any more', { message: standing.messageId });
    else if (mail.comesAgain) return NOT_NOW;
    else unverified.set(address.accountId, 'its source could not be verified when it came');
  }
  const applied = await applyAll(report, scopes, context);
  for (const accountId of applied.unmatched) unverified.set(accountId, NOT_ITS_RECIPIENT);
  // A report that is too early is sent again and kept then.
  if (!applied.tooEarly && isWorthKeeping(report)) await keepAll(mail, report, unverified, context);
  log.info('report taken', {
    session: mail.peer.id,
    form: report.form,
    recipients: report.recipients.length,
    written: applied.written,
    messages: applied.messages.size > 0 ? [...applied.messages] : undefined,
  });
  return applied.tooEarly ? TOO_EARLY : TAKEN;
}

const NOT_ITS_RECIPIENT = 'it names a recipient that it has no say in, or does not say which of several';

async function applyAll(report: Report, scopes: readonly ReportScope[], context: TakeReportContext) {
  const most = Math.ceil(MAX_DECISIONS / Math.max(1, scopes.length));
  const messages = new Set<string>();
  const unmatched = new Set<string>();
  let written = 0;
  let tooEarly = false;
  for (const scope of scopes) {
    const { id, accountId } = scope.message.facts;
    const parts = reportChanges(report, scope, most, { ...context, nowMs: context.clock.now() });
    for await (const part of parts) {
      tooEarly ||= part.tooEarly;
      if (part.unmatched > 0) unmatched.add(accountId);
      if (part.changes.length > 0) {
        messages.add(id);
        const applied = await context.reports.applyReport(part.changes);
        written += applied.written;
        if (applied.written > 0 && context.sources !== undefined)
          await countComplaints(part.changes, context.sources);
      } else await new Promise<void>((resolve) => eventLoop.nextTurn(resolve));
    }
  }
  return { messages, unmatched, written, tooEarly };
}

/** `unverified`: the reason by account. `report`: `undefined` when it could not be parsed. */
async function keepAll(
  { bytes, peer }: IncomingReport,
  report: Report | undefined,
  unverified: ReadonlyMap<string | undefined, string>,
  context: TakeReportContext,
): Promise<void> {
  for (const [accountId, why] of unverified) {
    const kept = { bytes, clientAddress: peer.address, session: peer.id, accountId };
    await keepUnverified(kept, report, why, context);
  }
}

function feedbackMail({ bytes, extent, peer, reversePath, about }: IncomingReport) {
  const recipients = [...about.keys()];
  return { bytes, extent, clientAddress: peer.address, helo: peer.helo, reversePath, recipients };
}

function firstMessage(mail: IncomingReport): string | undefined {
  return messagesOf(mail)?.[0];
}

function messagesOf({ about }: IncomingReport): readonly string[] | undefined {
  const named = [...about.values()].flatMap(({ token }) => (token === undefined ? [] : [token.messageId]));
  return named.length > 0 ? named : undefined;
}
