/** A word as it is typed in a shell: for commands that the user is told to type. */

/** `text` as it is when harmless, else in single quotes. */
export function shellWord(text: string): string {
  return /^[\w.@+/:=-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
