/**
 * Header fields that a client may add to a composed message. Refused by name: fields that the composer or the relay
 * writes, fields that only servers in transit may write, and fields that change the structure of the message. Values
 * that could end their line are refused. RFC 5322 §2.2, §3.6.8.
 */
import { writeFieldValue } from './field-value.ts';

/** In lower case. */
const RESERVED: ReadonlyMap<string, string> = new Map([
  ['from', 'use the field from'],
  ['to', 'use the field to'],
  ['cc', 'use the field cc'],
  ['bcc', 'use the field bcc'],
  ['reply-to', 'use the field reply_to'],
  ['subject', 'use the field subject'],
  ['sender', 'the relay does not let a message have a sender beside its author'],
  ['date', 'the relay writes it'],
  ['message-id', 'the relay writes it'],
  ['mime-version', 'the relay writes it'],
  ['received', 'only servers in transit write it'],
  ['return-path', 'only servers in transit write it'],
  ['delivered-to', 'only servers in transit write it'],
  ['dkim-signature', 'the relay writes it'],
  ['domainkey-signature', 'only servers in transit write it'],
  ['authentication-results', 'only servers in transit write it'],
]);
const RESERVED_PREFIXES: readonly (readonly [prefix: string, why: string])[] = [
  ['content-', 'the relay writes it'],
  ['resent-', 'only a program that forwards mail writes it'],
  ['arc-', 'only servers in transit write it'],
  ['x-relay-', 'use the fields of the request'],
];
/** ftext without the colon, short enough to leave room on a line. */
const NAME = /^[!-9;-~]{1,76}$/;
const MAX_VALUE_CHARACTERS = 2_000;
const CONTROL = /[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]/;
/** A longer word could not be folded. */
const MAX_WORD_OCTETS = 900;

export const MAX_CUSTOM_FIELDS = 50;

/** `undefined`: the name is allowed. */
export function fieldNameProblem(name: string): string | undefined {
  if (!NAME.test(name)) return 'is not a header field name (1 to 76 printable ASCII characters, no colon)';
  const lower = name.toLowerCase();
  const why = RESERVED.get(lower) ?? RESERVED_PREFIXES.find(([prefix]) => lower.startsWith(prefix))?.[1];
  return why === undefined ? undefined : `cannot be set through headers: ${why}`;
}

export function fieldValueProblem(name: string, value: string): string | undefined {
  if (value.length > MAX_VALUE_CHARACTERS) return `is longer than ${MAX_VALUE_CHARACTERS} characters`;
  if (CONTROL.test(value)) return 'holds a line end or another control character';
  if (value.trim() === '') return 'is empty';
  if (value.split(/[ \t]/).some((word) => Buffer.byteLength(word) > MAX_WORD_OCTETS))
    return `holds a word of more than ${MAX_WORD_OCTETS} octets, which cannot be folded`;
  const written = writeFieldValue(name, value);
  return typeof written === 'string' ? undefined : written.problem;
}
