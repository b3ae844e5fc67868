/**
 * Text of outsiders and tenants in a form that PostgreSQL can store. Its text type allows no NUL and no lone surrogate. JSON
 * can express both by escapes, and the server fails a statement that extracts such a text.
 */

/** `text` with U+FFFD for each NUL. The driver does the same for lone surrogates. */
export function storableText(text: string): string {
  return text.includes('\0') ? text.replaceAll('\0', '\u{fffd}') : text;
}

/** After an even number of backslashes; JSON.stringify escapes lone surrogates only. */
const NOT_TEXT = String.raw`'(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})'`;

/** SQL: the JSON in the text `sql`, in a form from which every text can be extracted. */
export function readableJson(sql: string): string {
  return String.raw`CAST(CASE WHEN strpos(${sql}, '\u') > 0
    THEN regexp_replace(${sql}, ${NOT_TEXT}, '\1\\ufffd', 'g') ELSE ${sql} END AS json)`;
}
