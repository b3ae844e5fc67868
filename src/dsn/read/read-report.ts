/**
 * Reads a report of any form into one list of recipients: what happened to each, and about which message. The order of
 * belief: feedback reports (RFC 5965), the fields for programs (RFC 3464) with what the notice for people adds to them,
 * the notice alone, an automatic reply (RFC 3834). Classifies nothing: policy/ does.
 *
 * Made for strangers' input: it resolves whatever comes in, looks at 2 MiB at most, and its time and memory are bounded
 * (report-parts.ts has the limits). It does not say who really sent the report: match it by its token or message id.
 */
import { decodeEncodedWords } from '../../message/encoded-words.ts';
import { addressesIn, firstAddress } from './addresses-in-text.ts';
import { isAutoReply } from './auto-reply.ts';
import {
  embeddedDeliveryStatus,
  MAX_REPORTED,
  readDeliveryStatus,
  type ReportedDelivery,
} from './delivery-status.ts';
import { readFeedbackReport } from './feedback-report.ts';
import { firstValue, type Field } from './field-block.ts';
import { joinWords } from './joined-words.ts';
import { noticeFamily, type NoticeFamily } from './notice-families.ts';
import { splitNotice, type NoticeText } from './notice-text.ts';
import { readNotice } from './read-notice.ts';
import { findReply } from './reply-in-text.ts';
import { readParts, type ReportMail } from './report-parts.ts';
import type { Report, ReportedRecipient, ReportKind, ReturnedMessage } from './report.ts';
import { isReturnedType, returnedFields, returnedMessage } from './returned-message.ts';
import { readSesNotification } from './ses-notification.ts';

/** A report within a report is looked into, but no further. */
const MAX_DEPTH = 2;
const MAX_SENDERS = 5;

const DAEMON =
  /\b(?:mailer-?daemon|mdaemon|postmaster|post_master|mail[ ._-]?delivery[ ._-]?(?:system|subsystem|service|agent)|mail ?administrator|mailsystem|smtp ?agent)\b/i;
const SUBJECT =
  /undeliver|not (?:be )?deliver|deliver(?:y|ing)? (?:\w+ )?(?:report|status|fail|error|problem|notif)|fail(?:ed|ure)? (?:notice|deliver)|mail(?:er)? (?:system )?(?:error|fail)|returned (?:mail|e-?mail|message|to sender)|return(?:ing)? (?:message )?to sender|could not (?:be )?(?:send|sent|deliver)|message blocked|(?:message|mail) rejected|non-?delivery|unzustellbar|non remis|no entregado|\u914d\u4fe1(?:\u4e0d\u80fd|\u3067\u304d)|\u9001\u4fe1\u3067\u304d|\u30a8\u30e9\u30fc/i;

/** Reads `bytes`, a whole message. Never rejects. */
export async function readReport(bytes: Uint8Array): Promise<Report> {
  return await readAtDepth(bytes, 1);
}

async function readAtDepth(bytes: Uint8Array, depth: number): Promise<Report> {
  const mail = await readParts(bytes);
  const report = await readMail(mail, depth);
  const senders = [...(report.senders ?? []), ...sendersOf(mail)].slice(0, MAX_SENDERS);
  return report.recipients.length === 0 ? report : { ...report, senders };
}

async function readMail(mail: ReportMail, depth: number): Promise<Report> {
  const complaint = readFeedbackReport(mail);
  if (complaint !== undefined) {
    const { deliveries, feedbackType, form } = complaint;
    return finish(deliveries, 'complaint', feedbackType, returnedOf(mail, undefined, undefined), form);
  }
  const notification = readSesNotification(mail.text);
  if (notification !== undefined) {
    const { deliveries, kind, feedbackType, returned } = notification;
    return finish(deliveries, kind, feedbackType, returned, 'ses-notification');
  }
  const notice = splitNotice(textOf(mail));
  const status = deliveryStatusOf(mail, notice);
  const family = noticeFamily(describe(mail.fields, notice));
  if (status.recipients.length > 0) {
    const words = readNotice(notice.lines, subjectOf(mail.fields), family);
    const deliveries = joinWords(status.recipients, words);
    return finish(
      deliveries,
      'bounce',
      undefined,
      returnedOf(mail, notice, status.relayMessageId),
      'rfc3464',
    );
  }
  const automatic = isAutoReply(mail.fields);
  if (family !== undefined || looksLikeReport(mail.fields, automatic)) {
    const inner = await readWithin(mail, notice, depth);
    if (inner !== undefined) return inner;
    const returned = returnedOf(mail, notice, status.relayMessageId);
    const deliveries = noticedDeliveries(mail, notice, family, returned);
    if (deliveries.length > 0) {
      return finish(deliveries, 'bounce', undefined, returned, family?.name ?? 'unknown');
    }
  }
  if (automatic) {
    const from = firstAddress(firstValue(mail.fields, 'from', 'return-path') ?? '');
    const answer = { ...NOTHING, recipient: from, action: 'delivered' as const };
    return finish([answer], 'auto-reply', undefined, returnedOf(mail, notice, undefined), 'rfc3834');
  }
  return { recipients: [], returned: undefined, form: 'none' };
}

const NOTHING: ReportedDelivery = {
  recipient: undefined,
  originalRecipient: undefined,
  action: 'failed',
  status: undefined,
  reply: undefined,
  text: '',
  stage: undefined,
  ownMailbox: false,
  remoteMta: undefined,
};

function finish(
  deliveries: readonly ReportedDelivery[],
  kind: ReportKind,
  feedbackType: string | undefined,
  returned: ReturnedMessage | undefined,
  form: string,
): Report {
  const recipients = deliveries
    .slice(0, MAX_REPORTED)
    .map(({ cutShort: _, ...delivery }): ReportedRecipient => {
      const arrived = delivery.action !== 'failed' && delivery.action !== 'delayed';
      return { ...delivery, kind: kind === 'bounce' && arrived ? 'delivered' : kind, feedbackType };
    });
  return { recipients, returned, form };
}

/** Whom it was sent to, and the author and reverse-path of the message that it sends back. */
function sendersOf(mail: ReportMail): readonly string[] {
  const returned = mail.parts.find(({ type }) => isReturnedType(type));
  const fields = returned === undefined ? [] : returnedFields(returned.text);
  const values = [
    firstValue(mail.fields, 'to'),
    firstValue(fields, 'return-path'),
    firstValue(fields, 'from'),
  ];
  return [...new Set(values.flatMap((value) => firstAddress(value ?? '') ?? []))];
}

/** The text for people; the body as it came when broken MIME leaves none. */
function textOf(mail: ReportMail): string {
  if (mail.text.trim() !== '') return mail.text;
  return mail.parts.length === 0 ? mail.rawBody : '';
}

function deliveryStatusOf(mail: ReportMail, notice: NoticeText): ReturnType<typeof readDeliveryStatus> {
  const text = mail.parts
    .filter(({ type }) => /^message\/(?:global-)?delivery-status$/.test(type))
    .map((part) => part.text)
    .join('\n\n');
  const found = readDeliveryStatus(text);
  if (found.recipients.length > 0) return found;
  const embedded = embeddedDeliveryStatus(notice.lines.join('\n')) ?? embeddedDeliveryStatus(notice.returned);
  if (embedded === undefined) return found;
  return readDeliveryStatus(embedded);
}

function noticedDeliveries(
  mail: ReportMail,
  notice: NoticeText,
  family: NoticeFamily | undefined,
  returned: ReturnedMessage | undefined,
): readonly ReportedDelivery[] {
  const subject = subjectOf(mail.fields);
  const noticed = readNotice(notice.lines, subject, family);
  if (noticed.length > 0) return noticed;
  // Nobody is named: Exim and Gmail say it in a field, others only by the message that they send back.
  const failed = addressesIn(firstValue(mail.fields, 'x-failed-recipients') ?? '');
  const recipients = failed.length > 0 ? failed : (returned?.to ?? []);
  if (recipients.length === 0 && family === undefined && !isDaemon(mail.fields)) return [];
  const found = findReply(notice.lines.join('\n'));
  const unknown = recipients.length === 0 ? [undefined] : recipients;
  return unknown.map((recipient) => ({
    ...NOTHING,
    recipient,
    reply: found.reply,
    status: found.status,
    text: found.text,
    ownMailbox: family?.ownMailboxes === true,
  }));
}

/** A report that was forwarded, as an attachment or in the text. */
async function readWithin(mail: ReportMail, notice: NoticeText, depth: number): Promise<Report | undefined> {
  if (depth >= MAX_DEPTH) return undefined;
  const attached = mail.parts.filter(({ type }) => isReturnedType(type)).map(({ text }) => text);
  for (const text of [...attached, notice.returned]) {
    const fields = returnedFields(text);
    const type = firstValue(fields, 'content-type') ?? '';
    if (!/multipart\/report/i.test(type) && !(isDaemon(fields) && SUBJECT.test(subjectOf(fields)))) continue;
    const inner = await readAtDepth(Buffer.from(text.replace(/^(?:[ \t]*\r?\n)+/, '')), depth + 1);
    if (inner.recipients.length > 0 && inner.form !== 'rfc3834') return inner;
  }
  return undefined;
}

function returnedOf(
  mail: ReportMail,
  notice: NoticeText | undefined,
  relayMessageId: string | undefined,
): ReturnedMessage | undefined {
  const part = mail.parts.find(({ type }) => isReturnedType(type));
  return returnedMessage(returnedFields(part?.text ?? notice?.returned ?? ''), relayMessageId);
}

/** `automatic`: it says of itself that it answers automatically, so the null reverse-path alone proves nothing. */
function looksLikeReport(fields: readonly Field[], automatic: boolean): boolean {
  if (firstValue(fields, 'x-failed-recipients') !== undefined) return true;
  const from = firstValue(fields, 'from') ?? '';
  if (isDaemon(fields) || /multipart\/report/i.test(firstValue(fields, 'content-type') ?? '')) return true;
  if (SUBJECT.test(subjectOf(fields))) return true;
  return !automatic && (/^<>$/.test(from) || /^<>$/.test(firstValue(fields, 'return-path') ?? ''));
}

function isDaemon(fields: readonly Field[]): boolean {
  return DAEMON.test(firstValue(fields, 'from') ?? '');
}

function subjectOf(fields: readonly Field[]): string {
  return decodeEncodedWords((firstValue(fields, 'subject') ?? '').slice(0, 1_000));
}

/** What families are known by. */
function describe(fields: readonly Field[], notice: NoticeText): string {
  const from = firstValue(fields, 'from') ?? '';
  const mailer = firstValue(fields, 'x-mailer') ?? '';
  return `from: ${from}\nsubject: ${subjectOf(fields)}\nmailer: ${mailer}\n${notice.lines.join('\n')}`;
}
