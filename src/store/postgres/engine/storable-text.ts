/**
 * What outsiders and tenants write, as PostgreSQL can hold it. Its text has no NUL, and no half of a surrogate pair; JSON
 * can name both, so a column may hold JSON of which the server refuses to take the texts out, and fails the statement.
 */

/** `text` with U+FFFD for each NUL. The driver does the same with halves of pairs. */
export function storableText(text: string): string {
  return text.includes('\0') ? text.replaceAll('\0', '\u{fffd}') : text;
}

/** Behind an even number of backslashes; JSON.stringify names no half of a pair that is whole. */
const NOT_TEXT = String.raw`'(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})'`;

/** SQL: the JSON in the text `sql`, of which every text can be taken out. */
export function readableJson(sql: string): string {
  return String.raw`CAST(CASE WHEN strpos(${sql}, '\u') > 0
    THEN regexp_replace(${sql}, ${NOT_TEXT}, '\1\\ufffd', 'g') ELSE ${sql} END AS json)`;
}
