/**
 * Keeps a report that changes nothing, in a form that an operator can read and apply. Bounded, because a stranger
 * wrote it: 64 KiB of header, and the first recipients that it names.
 */
import type { Report, ReportedRecipient } from '../dsn/read/report.ts';
import { readReportToken } from '../dsn/report-token.ts';
import { headerEnd } from '../message/header-section.ts';
import type { Clock } from '../platform/clock.ts';
import { makeId } from '../platform/ids.ts';
import type { AcceptedHashes } from '../platform/keyed-hash.ts';
import type { Log } from '../platform/log.ts';
import type { Random } from '../platform/random.ts';
import { spaced } from '../platform/visible-text.ts';
import type { DirectoryReader } from '../store/directory.ts';
import type { NewUnverifiedReport, ReportReader, ReportWriter } from '../store/reports.ts';

export interface KeepContext {
  readonly directory: Pick<DirectoryReader, 'accountByName'>;
  readonly messages: ReportReader;
  readonly reports: Pick<ReportWriter, 'keepReport'>;
  readonly hashes: AcceptedHashes;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export interface UnverifiedMail {
  readonly bytes: Uint8Array;
  readonly clientAddress: string;
  readonly session: string;
  /** The owner of the address; `undefined`: the relay's own, which belongs to the default account. */
  readonly accountId: string | undefined;
}

export const MAX_KEPT_HEADER_BYTES = 64 * 1024;
export const MAX_KEPT_RECIPIENTS = 20;
const MAX_TEXT_CHARACTERS = 500;
const MAX_ADDRESS_CHARACTERS = 320;
const DEFAULT_ACCOUNT = 'default';
const MESSAGE_ID = /^msg_[0-9a-z]{26}$/;

/** `report`: parsed; `undefined`: not readable. Durable when it resolves. Rejects with StoreError. */
export async function keepUnverified(
  mail: UnverifiedMail,
  report: Report | undefined,
  why: string,
  context: KeepContext,
): Promise<void> {
  const { directory, reports, clock, random, log } = context;
  const accountId = mail.accountId ?? (await directory.accountByName(DEFAULT_ACCOUNT))?.id;
  if (accountId === undefined) throw new Error('there is no default account');
  const [first] = report?.recipients ?? [];
  const receivedAtMs = clock.now();
  const kept: NewUnverifiedReport = {
    id: makeId('rpt_', receivedAtMs, random),
    accountId,
    receivedAtMs,
    kind: first?.kind ?? 'unreadable',
    form: report?.form ?? '',
    recipient: clipped(first?.originalRecipient ?? first?.recipient),
    messageId: report && (await hintedMessage(report, accountId, context)),
    client: mail.clientAddress,
    why: why.slice(0, MAX_TEXT_CHARACTERS),
    reading: report && JSON.stringify(shortened(report)),
    headers: headerOf(mail.bytes),
  };
  await reports.keepReport(kept);
  const { id, kind, messageId: message } = kept;
  log.info('report kept unverified', { session: mail.session, report: id, kind, message, why });
}

/** Automatic replies and messages that are not reports are dropped. */
export function isWorthKeeping({ recipients }: Report): boolean {
  return recipients.some(({ kind }) => kind !== 'auto-reply');
}

/** The message named by the report, if it is the account's own. */
async function hintedMessage(
  { returned }: Report,
  accountId: string,
  { messages, hashes }: KeepContext,
): Promise<string | undefined> {
  const byToken = returned?.reportToken && readReportToken(returned.reportToken, hashes);
  const id = byToken ?? returned?.relayMessageId ?? '';
  if (!MESSAGE_ID.test(id)) return undefined;
  return (await messages.reportedMessage(id))?.facts.accountId === accountId ? id : undefined;
}

function shortened({ recipients, returned, form }: Report): Report {
  return { form, returned, recipients: recipients.slice(0, MAX_KEPT_RECIPIENTS).map(shortenedRecipient) };
}

function shortenedRecipient(one: ReportedRecipient): ReportedRecipient {
  const text = (value: string) => value.slice(0, MAX_TEXT_CHARACTERS);
  return {
    ...one,
    recipient: clipped(one.recipient),
    originalRecipient: clipped(one.originalRecipient),
    remoteMta: clipped(one.remoteMta),
    text: text(one.text),
    reply: one.reply && { ...one.reply, text: text(one.reply.text) },
  };
}

function clipped(text: string | undefined): string | undefined {
  return text === undefined ? undefined : spaced(text.slice(0, MAX_ADDRESS_CHARACTERS));
}

function headerOf(bytes: Uint8Array): Uint8Array {
  const end = headerEnd(bytes.subarray(0, MAX_KEPT_HEADER_BYTES));
  return Uint8Array.from(bytes.subarray(0, end < 0 ? MAX_KEPT_HEADER_BYTES : end));
}
