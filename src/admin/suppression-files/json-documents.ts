/**
 * JSON documents one after the other, of any layout: pretty, one a line, or all on one line as servers answer. Text goes in line by
 * line; a document comes out when its last bracket does. Each character is looked at once, however the lines are broken.
 */

/** Where it begins; `problem` where it is not JSON. */
export type FoundDocument =
  { readonly line: number; readonly document: unknown } | { readonly line: number; readonly problem: string };

/** Characters of one document, and of a line: it is held in memory as a whole. */
export const MAX_DOCUMENT = 64 * 1024 * 1024;

const IN_TEXT = /["\\]/g;
const OUTSIDE = /["[\]{}]/g;

export class JsonDocuments {
  readonly #longest: number;
  /** Of a document that is not complete. */
  #open: string[] = [];
  #length = 0;
  #since = 0;
  #depth = 0;
  #gaveUp = false;

  constructor(longest = MAX_DOCUMENT) {
    this.#longest = longest;
  }

  /** The documents that end in the line. `cut`: the line goes on beyond what may be read. */
  push(line: number, text: string, cut: boolean): readonly FoundDocument[] {
    if (this.#gaveUp) return [];
    const found: FoundDocument[] = [];
    let from = 0;
    for (const end of this.#ends(text)) {
      found.push(this.#read(line, text.slice(from, end)));
      from = end;
    }
    const rest = text.slice(from);
    if (this.#open.length > 0 || rest.trim() !== '') this.#keep(line, rest);
    if (!cut && this.#length <= this.#longest) {
      // What opens no bracket will never close one.
      if (this.#depth === 0 && this.#open.length > 0) found.push(this.#read(line, ''));
      return found;
    }
    this.#gaveUp = true;
    const problem =
      'the JSON is too long, and is not read from there on: one object a line may be any number';
    found.push({ line: this.#since, problem });
    this.#close();
    return found;
  }

  end(): readonly FoundDocument[] {
    if (this.#open.length === 0) return [];
    return [{ line: this.#since, problem: 'the JSON does not end, or is not JSON' }];
  }

  /** Where documents end. No text in quotes goes on in the next line, so a quote that is not closed spoils its own line only. */
  *#ends(text: string): Generator<number> {
    let isQuoted = false;
    for (let at = 0; ;) {
      const mark = isQuoted ? IN_TEXT : OUTSIDE;
      mark.lastIndex = at;
      const match = mark.exec(text);
      if (match === null) return;
      at = match.index + 1;
      const [char] = match;
      if (char === '"') isQuoted = !isQuoted;
      else if (char === '\\') at++;
      else if (char === '[' || char === '{') this.#depth++;
      else if (this.#depth <= 1) {
        this.#depth = 0;
        yield at;
      } else this.#depth--;
    }
  }

  #keep(line: number, text: string): void {
    if (this.#open.length === 0) this.#since = line;
    this.#open.push(text);
    this.#length += text.length;
  }

  #read(lastLine: number, lastPart: string): FoundDocument {
    this.#keep(lastLine, lastPart);
    const line = this.#since;
    const text = this.#open.join('\n');
    this.#close();
    try {
      return { line, document: JSON.parse(text) };
    } catch {
      return { line, problem: 'it is not JSON' };
    }
  }

  #close(): void {
    this.#open = [];
    this.#length = 0;
    this.#depth = 0;
  }
}
