/**
 * A file of any length as numbered lines, in bounded memory: UTF-8, a byte order mark left out, LF or CRLF. A line
 * beyond the bound comes as its beginning, marked; whoever reads it says that it is wrong.
 */

export interface NumberedLine {
  /** From 1. */
  readonly number: number;
  readonly text: string;
  /** `text` is only the beginning. */
  readonly cut: boolean;
}

/** Longer than any row that makes sense, an address with its evidence. */
export const MAX_LINE_LENGTH = 64 * 1024;

/**
 * The lines of each chunk together, so that a consumer need not wait for each one. `longest`: characters of a line beyond which it is
 * cut, for whoever has a use for longer ones.
 */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  longest = MAX_LINE_LENGTH,
): AsyncIterable<readonly NumberedLine[]> {
  const decoder = new TextDecoder('utf-8');
  let rest = '';
  let restIsCut = false;
  let number = 0;
  const line = (text: string): NumberedLine => {
    number++;
    const cut = restIsCut || text.length > longest;
    restIsCut = false;
    if (cut) return { number, text: text.slice(0, longest), cut };
    return { number, text: text.endsWith('\r') ? text.slice(0, -1) : text, cut };
  };
  for await (const chunk of chunks) {
    const text = decoder.decode(chunk, { stream: true });
    const lines: NumberedLine[] = [];
    let from = 0;
    for (;;) {
      const end = text.indexOf('\n', from);
      if (end === -1) break;
      lines.push(line(from === 0 ? rest + text.slice(0, end) : text.slice(from, end)));
      if (from === 0) rest = '';
      from = end + 1;
    }
    rest += text.slice(from);
    if (rest.length > longest) {
      rest = rest.slice(0, longest);
      restIsCut = true;
    }
    if (lines.length > 0) yield lines;
  }
  // Half a character at the end is one that cannot be read, not nothing.
  rest += decoder.decode();
  if (rest !== '') yield [line(rest)];
}
