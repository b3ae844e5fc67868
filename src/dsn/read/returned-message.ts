/**
 * What a report shows of the message that came back: enough to find it again. Reads the header section only, whether it
 * came as message/rfc822, text/rfc822-headers or at the end of a text.
 */
import { decodeEncodedWords, summarize } from '../../message/encoded-words.ts';
import { addressesIn } from './addresses-in-text.ts';
import { firstValue, parseFields, type Field } from './field-block.ts';
import type { ReturnedMessage } from './report.ts';

const MAX_HEADER_CHARACTERS = 64 * 1024;
const MAX_SUBJECT_CHARACTERS = 500;
const MAX_TOKEN_CHARACTERS = 100;

/** Types that carry the returned message, misspellings that occur included. */
export function isReturnedType(type: string): boolean {
  return /^(?:message\/(?:rfc822|global|partial)|(?:text|message)\/(?:rfc822-headers?|global-headers))$/.test(
    type,
  );
}

/** The fields of its header section; empty when it begins with none. */
export function returnedFields(text: string): Field[] {
  const head = text.slice(0, MAX_HEADER_CHARACTERS).replace(/^(?:[ \t]*\r?\n)+/, '');
  const end = head.search(/\r?\n[ \t]*\r?\n/);
  const lines = (end < 0 ? head : head.slice(0, end)).split(/\r?\n/);
  // Some indent the copy.
  const indent = /^[ \t]+/.exec(lines[0] ?? '')?.[0] ?? '';
  return parseFields(
    lines.map((line) => (indent !== '' && line.startsWith(indent) ? line.slice(indent.length) : line)),
  );
}

/** `undefined` when the fields tell nothing. */
export function returnedMessage(
  fields: readonly Field[],
  relayMessageId: string | undefined,
): ReturnedMessage | undefined {
  const messageId = /<[^<>\s]{1,990}>/.exec(firstValue(fields, 'message-id') ?? '')?.[0];
  const subject = firstValue(fields, 'subject');
  const to = addressesIn(
    fields
      .filter(({ name }) => name === 'to')
      .map(({ value }) => decodeEncodedWords(value))
      .join(', '),
  );
  const ownId = /^msg_[A-Za-z0-9]{1,60}$/.exec(firstValue(fields, 'x-relay-message-id')?.trim() ?? '')?.[0];
  const relayId = ownId ?? relayMessageId;
  const reportToken = onlyReportToken(fields);
  const shown = [messageId, subject, relayId, reportToken].some((value) => value !== undefined);
  if (!shown && to.length === 0) return undefined;
  return {
    messageId,
    relayMessageId: relayId,
    ...(reportToken !== undefined && { reportToken }),
    subject: subject === undefined ? undefined : summarize(subject, MAX_SUBJECT_CHARACTERS),
    to,
  };
}

/** Of two, one is not ours, and nobody can tell which. */
function onlyReportToken(fields: readonly Field[]): string | undefined {
  const values = fields.filter(({ name }) => name === 'x-relay-report-token').map(({ value }) => value);
  return values.length === 1 ? values[0]?.slice(0, MAX_TOKEN_CHARACTERS) : undefined;
}
