/** The forms in which mail writes one address, as parts of a regular expression: quoted, escaped, in the other case (address-mentions.ts). */
import { domainToUnicode } from 'node:url';

/** Patterns of both parts, in every form. `written`: a character of a text as characters of the pattern. */
export function spellingsOf(
  key: string,
  written: (text: string) => string,
): { readonly locals: string; readonly domains: string } {
  const at = key.lastIndexOf('@');
  const [local, domain] = [key.slice(0, at), key.slice(at + 1)];
  const spelled = (text: string) => Array.from(text, (character) => spellingOf(character, written)).join('');
  const name = local.startsWith('"') ? local.slice(1, -1).replace(/\\(.)/gsu, '$1') : local;
  // Any character may have a backslash there, and JSON doubles them.
  const inQuotes = Array.from(name, (character) => `${BACKSLASHES}${spellingOf(character, written)}`).join(
    '',
  );
  const quote = `${BACKSLASHES}${spellingOf('"', written)}`;
  const quoted = `${quote}${inQuotes}${quote}`;
  return {
    locals: local === name ? `(?:${spelled(local)}|${quoted})` : quoted,
    domains: `(?:${[...new Set([domain, domainToUnicode(domain) || domain])].map(spelled).join('|')})`,
  };
}

/** A character in both cases, as it is or by an escape. Letters and digits of ASCII have none. */
function spellingOf(character: string, written: (text: string) => string): string {
  if (/[A-Za-z0-9.\-_]/.test(character)) return escaped(character);
  const cases = new Set([character, character.toUpperCase()]);
  return `(?:${[...cases].flatMap((one) => formsOf(one, written)).join('|')})`;
}

function formsOf(character: string, written: (text: string) => string): readonly string[] {
  const octets = [...Buffer.from(character)].map((octet) => octet.toString(16).padStart(2, '0'));
  const code = character.codePointAt(0) ?? 0;
  const hexadecimal = code.toString(16);
  return [
    ...new Set([character, character.normalize('NFD')].map((text) => escaped(written(text)))),
    octets.map((octet) => `%(?:25)*${octet}`).join(''),
    octets.map((octet) => `=${octet}`).join(''),
    ...[`&#0*${code};`, `&#x0*${hexadecimal};`, ...(NAMED[character] ?? [])],
    // RFC 3461 §4, RFC 6533 §3; and JSON.
    code < 128 ? String.raw`\+${hexadecimal}` : String.raw`\\x\{${hexadecimal}\}`,
    String.raw`\\u${hexadecimal.padStart(4, '0')}`,
  ];
}

/** Few, so that a long row of them costs no more than any text. */
const BACKSLASHES = String.raw`\\{0,3}`;

const NAMED: Readonly<Record<string, readonly string[]>> = {
  '&': ['&amp;'],
  "'": ['&apos;'],
  '"': ['&quot;'],
};

/** As a pattern of itself. */
export function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
}
