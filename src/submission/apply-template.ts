/**
 * A template in mail by SMTP: the client's body is replaced, and with it the fields that describe it, and the subject when
 * the template has one. Who it is from and to, and every other field, stay as they came.
 */
import { composeBody } from '../compose/compose-message.ts';
import type { PreparedHeader } from '../message/fix-ups.ts';
import { MAX_SUBJECT_CHARACTERS } from '../message/fix-ups.ts';
import { asBuffer, parseHeaderSection } from '../message/header-section.ts';
import { summarize } from '../message/encoded-words.ts';
import type { Rendered } from '../template/template.ts';

/** `messageId`: the `msg_` id, of which boundaries are made. */
export function applyTemplate(
  prepared: PreparedHeader,
  rendered: Rendered,
  messageId: string,
): PreparedHeader {
  const { fields, body } = composeBody(rendered, messageId);
  const buffer = asBuffer(prepared.bytes);
  const section = parseHeaderSection(buffer);
  const kept = section.fields
    .filter(({ name }) => !isReplaced(name, rendered))
    .map(({ start, end }) => buffer.subarray(start, end));
  const subject =
    rendered.subject === undefined ? prepared.subject : summarize(rendered.subject, MAX_SUBJECT_CHARACTERS);
  return { ...prepared, bytes: Buffer.concat([...kept, Buffer.from(`${fields}\r\n`)]), subject, body };
}

function isReplaced(name: string, { subject }: Rendered): boolean {
  return (
    name.startsWith('content-') || name === 'mime-version' || (name === 'subject' && subject !== undefined)
  );
}
