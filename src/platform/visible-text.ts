/**
 * Escapes outside text for a log, a terminal, a file or a protocol line: terminal controls, line breaks, direction
 * overrides and invisible characters are shown as `\u001b` and have no effect. One form everywhere, so that escaped
 * JSON stays JSON with the same meaning. Text is stored unchanged and escaped on output. Harmless text costs one
 * test.
 *
 * Not escaped: the joiners U+200C and U+200D and variation selectors, which scripts and emoji need.
 */

/**
 * C0, DEL, C1; soft hyphen, zero-width space, word joiner and similar, U+FEFF; direction marks, embeddings, overrides
 * and isolates; Unicode's line and paragraph separators; annotations and tags; surrogate halves.
 */
const BEYOND_C0 = String.raw`\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb`;
const OF_PAIRS = String.raw`\udb40[\udc00-\udc7f]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]`;
const UNSAFE = String.raw`[\x00-\x1f${BEYOND_C0}]|${OF_PAIRS}`;
/** Text that looks like an escape already. */
const LOOKALIKE = String.raw`\\(?=u[0-9a-f]{4})`;

/** Nearly every text has none of these; testing one class is several times faster than the whole pattern. */
const NOT_PLAIN = /[^\n -~]/;
const SUSPECT = new RegExp(String.raw`[\x00-\x09\x0b-\x1f${BEYOND_C0}\ud800-\udfff]`);
const IN_LINES_ALL = new RegExp(String.raw`[\x00-\x09\x0b-\x1f${BEYOND_C0}]|${OF_PAIRS}`, 'g');
const ANYWHERE = new RegExp(UNSAFE);
const ANYWHERE_ALL = new RegExp(`(?:${UNSAFE})+`, 'g');
const IN_VALUE = new RegExp(`${UNSAFE}|${LOOKALIKE}`);
const IN_VALUE_ALL = new RegExp(IN_VALUE.source, 'g');
const NOT_ASCII = new RegExp(String.raw`[^\x20-\x7e]|${LOOKALIKE}`);
const NOT_ASCII_ALL = new RegExp(NOT_ASCII.source, 'g');

/** A value for use within one line. Reversible by {@link fromVisible}. */
export function visible(value: string): string {
  return IN_VALUE.test(value) ? value.replace(IN_VALUE_ALL, escaped) : value;
}

/** The same in printable ASCII, for protocols limited to it. Also reversible. */
export function visibleAscii(value: string): string {
  return NOT_ASCII.test(value) ? value.replace(NOT_ASCII_ALL, escaped) : value;
}

/** Composed text with its line ends (LF), applied by every sink. Valid JSON stays valid and keeps its values. */
export function visibleLines(text: string): string {
  return NOT_PLAIN.test(text) && SUSPECT.test(text) ? text.replace(IN_LINES_ALL, escaped) : text;
}

/** `value` as escaped JSON. Without `indent` it is one line. */
export function visibleJson(value: object | string, indent?: number): string {
  return visibleLines(JSON.stringify(value, undefined, indent));
}

/** The inverse of {@link visible} and {@link visibleAscii}. */
export function fromVisible(text: string): string {
  if (!text.includes('\\u')) return text;
  return text.replace(/\\u([0-9a-f]{4})/g, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
}

/** For text of a remote before it is parsed and stored: each run of escapable characters becomes one space. */
export function spaced(text: string): string {
  return ANYWHERE.test(text) ? text.replace(ANYWHERE_ALL, ' ') : text;
}

/** For text written by people, whose direction marks are kept: control characters and line ends become one space. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();
}

/** Each UTF-16 unit separately, as in JSON. */
function escaped(text: string): string {
  let units = '';
  for (let at = 0; at < text.length; at++) units += `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`;
  return units;
}
