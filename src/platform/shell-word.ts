/** Quotes a word for a shell, in commands shown to the user. */

/** `text` itself when it needs no quotes, else in single quotes. */
export function shellWord(text: string): string {
  return /^[\w.@+/:=-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
