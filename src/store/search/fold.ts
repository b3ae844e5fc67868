/**
 * The form in which texts are compared when messages are searched: case, compatibility forms and invisible characters do not
 * matter, and the domain of an address is found as an A-label and as a U-label (RFC 5890). The index is made of it, and what the
 * index finds is compared in it, so both agree whatever the text.
 */
import { domainToASCII, domainToUnicode } from 'node:url';
import { foldedWidely } from '../../smtp/address-keys.ts';

/** Characters of a text that are indexed and compared. */
export const SEARCHED_CHARACTERS = 1_000;

const ASCII = /^[\x20-\x7e]*$/;
const IGNORABLE = /\p{Default_Ignorable_Code_Point}/gu;
/** Normalization sorts marks, which takes the square of their number: so many are a text's (UAX #15, Stream-Safe Text Format). */
const MORE_MARKS = /(\p{M}{30})\p{M}+/gu;

export function foldedText(text: string): string {
  const part = text.length > SEARCHED_CHARACTERS ? text.slice(0, SEARCHED_CHARACTERS) : text;
  if (ASCII.test(part)) return part.toLowerCase();
  // One character may become eighteen.
  return foldedWidely(part.replace(IGNORABLE, '').replace(MORE_MARKS, '$1')).slice(0, SEARCHED_CHARACTERS);
}

/** An address in all forms in which it is found: usually one. */
export function foldedAddresses(address: string): readonly string[] {
  const folded = foldedText(address);
  const at = folded.lastIndexOf('@') + 1;
  if (ASCII.test(folded) && !folded.includes('xn--', at)) return [folded];
  const domain = folded.slice(at);
  // Each is empty for what is not a domain.
  const others = [domainToASCII(domain), domainToUnicode(domain)].filter(
    (form) => form !== '' && form !== domain,
  );
  return [folded, ...others.map((form) => folded.slice(0, at) + foldedText(form))];
}

/** A Message-ID field without its brackets. */
export function foldedMessageId(field: string): string {
  return foldedText(field.trim().replace(/^<(.*)>$/s, '$1'));
}
