/**
 * Text from outside on its way to a log, a terminal, a file or a protocol's line: what a terminal obeys, what breaks a
 * line, what turns the direction of writing and what takes no room is shown and has no effect. One form everywhere,
 * `\u001b`, so that escaped JSON is still JSON and says the same. What is stored stays as it came: it is made visible
 * where it goes out. Text that needs nothing costs one test.
 *
 * Shown as they are: the joiners U+200C and U+200D and variation selectors, which scripts and emoji need.
 */

/**
 * C0, DEL, C1; soft hyphen, zero-width space, word joiner and its like, U+FEFF; marks, embeddings, overrides and
 * isolates of direction; Unicode's line and paragraph separator; annotations and tags; halves of surrogate pairs.
 */
const BEYOND_C0 = String.raw`\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb`;
const OF_PAIRS = String.raw`\udb40[\udc00-\udc7f]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]`;
const UNSAFE = String.raw`[\x00-\x1f${BEYOND_C0}]|${OF_PAIRS}`;
/** What would be read as an escape although it was there before. */
const LOOKALIKE = String.raw`\\(?=u[0-9a-f]{4})`;

/** Nearly every text has none of these, or of those; one class is found out several times faster than all of the pattern. */
const NOT_PLAIN = /[^\n -~]/;
const SUSPECT = new RegExp(String.raw`[\x00-\x09\x0b-\x1f${BEYOND_C0}\ud800-\udfff]`);
const IN_LINES_ALL = new RegExp(String.raw`[\x00-\x09\x0b-\x1f${BEYOND_C0}]|${OF_PAIRS}`, 'g');
const ANYWHERE = new RegExp(UNSAFE);
const ANYWHERE_ALL = new RegExp(`(?:${UNSAFE})+`, 'g');
const IN_VALUE = new RegExp(`${UNSAFE}|${LOOKALIKE}`);
const IN_VALUE_ALL = new RegExp(IN_VALUE.source, 'g');
const NOT_ASCII = new RegExp(String.raw`[^\x20-\x7e]|${LOOKALIKE}`);
const NOT_ASCII_ALL = new RegExp(NOT_ASCII.source, 'g');

/** A value for a place within one line. Reversible: {@link fromVisible} gives the value back. */
export function visible(value: string): string {
  return IN_VALUE.test(value) ? value.replace(IN_VALUE_ALL, escaped) : value;
}

/** The same, in printable ASCII alone: for protocols that know nothing else. Reversible too. */
export function visibleAscii(value: string): string {
  return NOT_ASCII.test(value) ? value.replace(NOT_ASCII_ALL, escaped) : value;
}

/**
 * Text that is put together already, its line ends (LF) included, on its way out: the last look of every sink. Valid
 * JSON stays valid and keeps its values.
 */
export function visibleLines(text: string): string {
  return NOT_PLAIN.test(text) && SUSPECT.test(text) ? text.replace(IN_LINES_ALL, escaped) : text;
}

/** `value` as JSON that can be shown. Without `indent` it is one line. */
export function visibleJson(value: object, indent?: number): string {
  return visibleLines(JSON.stringify(value, undefined, indent));
}

/** What {@link visible} or {@link visibleAscii} was given. */
export function fromVisible(text: string): string {
  if (!text.includes('\\u')) return text;
  return text.replace(/\\u([0-9a-f]{4})/g, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
}

/** For what a remote says, before it is looked at and kept: runs of what would be escaped become one space. */
export function spaced(text: string): string {
  return ANYWHERE.test(text) ? text.replace(ANYWHERE_ALL, ' ') : text;
}

/** For what people write, which keeps its marks of direction: control characters and line ends become one space. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();
}

/** Each UTF-16 unit by itself, as JSON writes them. */
function escaped(text: string): string {
  let units = '';
  for (let at = 0; at < text.length; at++) units += `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`;
  return units;
}
