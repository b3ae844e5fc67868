/**
 * Line numbers of the keys in a TOML text, for messages: the parser gives values without positions. The text has been
 * parsed before, so this reads a valid document. TOML 1.0.
 */

/**
 * Line numbers, counted from 1, by dotted key; sections by their own name, or by the first key that begins with it. Tables
 * of a list have their position in it, from 0: `route.0.host`, and the list has its first line. Keys within an inline table
 * have none.
 */
export function keyLines(toml: string): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  const scanner = new Scanner(toml);
  const lists = new Map<string, number>();
  let section: readonly string[] = [];
  for (;;) {
    scanner.skipBlank();
    if (scanner.atEnd) return lines;
    const line = scanner.line;
    const note = (parts: readonly string[]) => {
      for (let count = 1; count <= parts.length; count++) {
        const key = parts.slice(0, count).join('.');
        if (!lines.has(key)) lines.set(key, line);
      }
    };
    if (scanner.take('[')) {
      const isOfList = scanner.take('[');
      const name = scanner.readKey();
      if (isOfList) {
        const list = [...withPositions(name.slice(0, -1), lists), ...name.slice(-1)].join('.');
        lists.set(list, (lists.get(list) ?? -1) + 1);
      }
      section = withPositions(name, lists);
      note(section);
      scanner.skipLine();
    } else {
      note([...section, ...scanner.readKey()]);
      scanner.skipValue();
    }
  }
}

/** `lists`: the position of the table that each list had last. */
function withPositions(name: readonly string[], lists: ReadonlyMap<string, number>): readonly string[] {
  const path: string[] = [];
  for (const part of name) {
    path.push(part);
    const position = lists.get(path.join('.'));
    if (position !== undefined) path.push(String(position));
  }
  return path;
}

class Scanner {
  line = 1;
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get atEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  get #next(): string {
    return this.#text.charAt(this.#at);
  }

  #advance(): void {
    if (this.#next === '\n') this.line++;
    this.#at++;
  }

  take(character: string): boolean {
    if (this.#next !== character) return false;
    this.#advance();
    return true;
  }

  /** White space, empty lines and comments. */
  skipBlank(): void {
    while (!this.atEnd) {
      if (this.#next === '#') this.skipLine();
      else if (/\s/.test(this.#next)) this.#advance();
      else return;
    }
  }

  skipLine(): void {
    while (!this.atEnd && this.#next !== '\n') this.#advance();
  }

  /** A key of bare and quoted parts, up to `=` or `]`. */
  readKey(): string[] {
    const parts: string[] = [];
    let part = '';
    while (!this.atEnd && this.#next !== '=' && this.#next !== ']' && this.#next !== '\n') {
      const character = this.#next;
      if (character === '"' || character === "'") part += this.#readString();
      else {
        this.#advance();
        if (character === '.') {
          parts.push(part);
          part = '';
        } else if (!/\s/.test(character)) part += character;
      }
    }
    return [...parts, part];
  }

  /** From `=` to the end of the value, which may span lines. */
  skipValue(): void {
    let depth = 0;
    while (!this.atEnd) {
      const character = this.#next;
      if (character === '\n' && depth === 0) return;
      if (character === '"' || character === "'") this.#readString();
      else if (character === '#') this.skipLine();
      else {
        if (character === '[' || character === '{') depth++;
        if (character === ']' || character === '}') depth--;
        this.#advance();
      }
    }
  }

  /** The characters between the quotes, escapes as written. */
  #readString(): string {
    const quote = this.#next;
    const triple = quote.repeat(3);
    const end = this.#text.startsWith(triple, this.#at) ? triple : quote;
    for (let i = 0; i < end.length; i++) this.#advance();
    const start = this.#at;
    while (!this.atEnd && !this.#text.startsWith(end, this.#at)) {
      if (quote === '"' && this.#next === '\\') this.#advance();
      this.#advance();
    }
    const content = this.#text.slice(start, this.#at);
    for (let i = 0; i < end.length; i++) this.#advance();
    // A multi-line string may end in one or two quotes before the closing three.
    while (end === triple && this.#next === quote) this.#advance();
    return content;
  }
}
