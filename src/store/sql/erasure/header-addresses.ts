/** The addresses that the header section of a stored message has: who it is from and to, as its client wrote it. */
import { fieldText, headerEnd, parseHeaderSection } from '../../../message/header-section.ts';

const FIELDS: ReadonlySet<string> = new Set(['from', 'sender', 'reply-to', 'to', 'cc', 'bcc']);
/** An address of a field is one word, unless its local part is quoted. */
const ADDRESS = /[^\s"(),:;<>@[\]\\]{1,128}@[^\s"(),:;<>@[\]\\]{1,255}/gu;
const MOST_OCTETS = 64 * 1024;
const MOST_ADDRESSES = 2_000;

/** `octets`: the beginning of the message. */
export function headerAddresses(octets: Uint8Array): readonly string[] {
  const beginning = octets.subarray(0, MOST_OCTETS);
  const end = headerEnd(beginning);
  const header = end < 0 ? beginning : beginning.subarray(0, end);
  return parseHeaderSection(header)
    .fields.filter(({ name }) => FIELDS.has(name))
    .flatMap((field) => fieldText(header, field).match(ADDRESS) ?? [])
    .slice(0, MOST_ADDRESSES);
}
