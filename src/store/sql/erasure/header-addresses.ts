/**
 * The addresses that the header section of a stored message has: who it is from and to, as its client wrote it. A look by lines is
 * enough for that, so that the store's thread does not load what parses messages. RFC 5322 §2.2.3, §3.6.
 */

const FIELD = /^(?:from|sender|reply-to|to|cc|bcc)[ \t]*:/i;
const FOLD = /\r\n(?=[ \t])/g;
/** An address of a field is one word, unless its local part is quoted. */
const ADDRESS = /[^\s"(),:;<>@[\]\\]{1,128}@[^\s"(),:;<>@[\]\\]{1,255}/gu;
const MOST_OCTETS = 64 * 1024;
const MOST_ADDRESSES = 2_000;

/** `octets`: the beginning of the message. */
export function headerAddresses(octets: Uint8Array): readonly string[] {
  const { buffer, byteOffset, byteLength } = octets;
  const beginning = Buffer.from(buffer, byteOffset, Math.min(byteLength, MOST_OCTETS)).toString();
  const [header = ''] = beginning.split('\r\n\r\n', 1);
  return header
    .replace(FOLD, '')
    .split('\r\n')
    .filter((line) => FIELD.test(line))
    .flatMap((line) => line.match(ADDRESS) ?? [])
    .slice(0, MOST_ADDRESSES);
}
