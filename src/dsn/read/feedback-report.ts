/**
 * Reads complaints: feedback reports by RFC 5965 (with RFC 6430 and RFC 6591), the form of Hotmail's programme, which
 * sends the message back and says the rest in its own header fields, and the mail by which Apple Mail unsubscribes.
 */
import { addressesIn } from './addresses-in-text.ts';
import { MAX_REPORTED, readAddress, type ReportedDelivery } from './delivery-status.ts';
import { firstValue, parseFields, type Field } from './field-block.ts';
import type { ReportMail } from './report-parts.ts';
import { isReturnedType, returnedFields } from './returned-message.ts';

export interface FeedbackReport {
  readonly deliveries: readonly ReportedDelivery[];
  readonly feedbackType: string;
  readonly form: 'rfc5965' | 'rfc5965-text' | 'jmrp' | 'unsubscription';
}

/** `undefined` when the message is no complaint. */
export function readFeedbackReport(mail: ReportMail): FeedbackReport | undefined {
  const returned = returnedFields(mail.parts.find(({ type }) => isReturnedType(type))?.text ?? '');
  const machine = mail.parts.find(({ type }) => type === 'message/feedback-report');
  if (machine !== undefined)
    return { ...byFields(parseFields(machine.text.split(/\r?\n/)), returned), form: 'rfc5965' };
  const embedded = embeddedFields(mail.text);
  if (embedded !== undefined) return { ...byFields(embedded, returned), form: 'rfc5965-text' };
  return hotmailComplaint(mail, returned) ?? unsubscription(mail);
}

function byFields(fields: readonly Field[], returned: readonly Field[]): Omit<FeedbackReport, 'form'> {
  const feedbackType = (firstValue(fields, 'feedback-type') ?? 'other').toLowerCase().slice(0, 40);
  const named = fields
    .filter(({ name }) => name === 'original-rcpt-to' || name === 'removal-recipient')
    .flatMap(({ value }) => readAddress(value) ?? []);
  const unique = [...new Map(named.map((address) => [address.toLowerCase(), address])).values()];
  const namedByCopy = unique.length === 0;
  const recipients = namedByCopy ? [recipientOf(returned)] : unique.slice(0, MAX_REPORTED);
  const status = firstValue(fields, 'delivery-result') ?? '';
  const text = [feedbackType, firstValue(fields, 'auth-failure') ?? '', status].filter((word) => word !== '');
  const said = text.join(' ');
  return {
    feedbackType,
    deliveries: recipients.map((recipient) => complaint(recipient, said, namedByCopy)),
  };
}

/** The fields in the text of a report whose MIME structure got lost. */
function embeddedFields(text: string): Field[] | undefined {
  const lines = text.slice(0, 64 * 1024).split(/\r?\n/);
  const start = lines.findIndex((line) => /^feedback-type[ \t]*:/i.test(line));
  if (
    start < 0 ||
    !lines.some((line) => /^(?:user-agent|version|source-ip|original-mail-from)[ \t]*:/i.test(line))
  ) {
    return undefined;
  }
  const from = Math.max(0, lines.slice(0, start).findLastIndex((line) => line.trim() === '') + 1);
  const length = lines.slice(start).findIndex((line) => line.trim() === '' || line.startsWith('--'));
  return parseFields(lines.slice(from, length < 0 ? undefined : start + length));
}

function hotmailComplaint(mail: ReportMail, returned: readonly Field[]): FeedbackReport | undefined {
  const subject = firstValue(mail.fields, 'subject') ?? '';
  const from = firstValue(mail.fields, 'from') ?? '';
  const known =
    /^complaint about message from /i.test(subject) || /\bstaff@(?:hotmail|outlook)\./i.test(from);
  if (!known || returned.length === 0) return undefined;
  return {
    feedbackType: 'abuse',
    deliveries: [complaint(recipientOf(returned), 'abuse', true)],
    form: 'jmrp',
  };
}

function unsubscription(mail: ReportMail): FeedbackReport | undefined {
  const subject = firstValue(mail.fields, 'subject') ?? '';
  if (!/^unsubscribe$/i.test(subject.trim()) || !/sent this email to unsubscribe from/i.test(mail.text))
    return undefined;
  const sender = addressesIn(firstValue(mail.fields, 'from') ?? '', 1)[0];
  const deliveries = [complaint(sender, 'opt-out', false)];
  return { feedbackType: 'opt-out', deliveries, form: 'unsubscription' };
}

/** X-HmXmrOriginalRecipient is where Outlook.com keeps the address that it takes out of To. */
function recipientOf(returned: readonly Field[]): string | undefined {
  const value = firstValue(returned, 'x-hmxmroriginalrecipient', 'x-original-to', 'delivered-to', 'to');
  return value === undefined ? undefined : addressesIn(value, 1)[0];
}

function complaint(recipient: string | undefined, text: string, namedByCopy: boolean): ReportedDelivery {
  return {
    ...(namedByCopy && { namedByCopy }),
    recipient,
    originalRecipient: undefined,
    action: 'delivered',
    status: undefined,
    reply: undefined,
    text,
    stage: undefined,
    ownMailbox: false,
    remoteMta: undefined,
  };
}
