/**
 * Limits on a template's source, checked in one pass before parsing: each bounds time or stack of the parser or of
 * every later rendering. Not a parser: it sees at least the tags that liquidjs sees; syntax errors are left to
 * liquidjs.
 */

export const MAX_PART_CHARACTERS = 512 * 1024;
/** Tags and outputs of a part. */
export const MAX_TAGS = 10_000;
/** Of one tag or output, including its braces. */
export const MAX_TAG_CHARACTERS = 16 * 1024;
/** Words, strings and signs of one tag or output. */
export const MAX_TOKENS = 1_000;
/** Of one tag or output. */
export const MAX_FILTERS = 50;
/** Nested brackets in one tag or output. */
export const MAX_BRACKETS = 20;
/** Nested blocks. */
export const MAX_NESTING = 100;
/** Numbers in a literal range such as `(1..10)`. */
export const MAX_RANGE = 50_000;

const BLOCK = /^(?:if|unless|for|case|tablerow|capture|comment)$/;
const TAG_NAME = /^\{%-?\s*(\w+|#)/;
const END_OF_RAW = /\{%-?\s*endraw(?!\w)/g;
const TOKEN = /"[^"]*"?|'[^']*'?|[\w.-]+|[^\s\w"']/g;
const RANGE = /\(\s*(-?\d{1,20})\s*\.\.\s*(-?\d{1,20})\s*\)/g;

/** The limit that the source exceeds; `undefined`: none. */
export function sourceProblem(source: string): string | undefined {
  if (source.length > MAX_PART_CHARACTERS) return `is longer than ${MAX_PART_CHARACTERS} characters`;
  const blocks = new BlockDepth();
  let tags = 0;
  for (let at = source.indexOf('{'); at >= 0; at = source.indexOf('{', at)) {
    const second = source[at + 1];
    if (second !== '%' && second !== '{') {
      at++;
      continue;
    }
    const end = second === '%' ? endOfTag(source, at) : endOfOutput(source, at);
    if (end - at > MAX_TAG_CHARACTERS)
      return `${place(source, at)}: a tag is longer than ${MAX_TAG_CHARACTERS} characters, or has no end`;
    const text = source.slice(at, end);
    const name = second === '%' ? TAG_NAME.exec(text)?.[1] : undefined;
    // `liquid` contains one statement a line, each a tag of its own.
    const statements = name === 'liquid' ? text.slice(text.indexOf(name) + name.length).split('\n') : [text];
    tags += statements.length;
    if (tags > MAX_TAGS) return `has more than ${MAX_TAGS} tags and outputs: make several templates of it`;
    for (const statement of statements) {
      const problem = tagProblem(statement);
      if (problem !== undefined) return `${place(source, at)}: ${problem}`;
      blocks.pass(name === 'liquid' ? /^\s*(\w+)/.exec(statement)?.[1] : name);
    }
    if (blocks.deepest > MAX_NESTING) return `blocks are nested deeper than ${MAX_NESTING}`;
    at = end;
    if (name === 'raw') {
      END_OF_RAW.lastIndex = at;
      at = END_OF_RAW.exec(source)?.index ?? source.length;
    }
  }
  return undefined;
}

/** Of one tag, output or statement. */
function tagProblem(tag: string): string | undefined {
  let tokens = 0;
  let filters = 0;
  let brackets = 0;
  for (const [token] of tag.matchAll(TOKEN)) {
    if (++tokens > MAX_TOKENS)
      return `a tag has more than ${MAX_TOKENS} words and signs: take it apart with assign`;
    if (token === '|' && ++filters > MAX_FILTERS)
      return `a tag has more than ${MAX_FILTERS} filters: take it apart with assign`;
    if (token === '(' || token === '[') brackets++;
    else if (token === ')' || token === ']') brackets--;
    if (brackets > MAX_BRACKETS) return `brackets are nested deeper than ${MAX_BRACKETS}`;
  }
  for (const [, from, to] of tag.matchAll(RANGE)) {
    if (Number(to) - Number(from) >= MAX_RANGE || !Number.isSafeInteger(Number(to) + 1))
      return `a range has more than ${MAX_RANGE} numbers: (${from}..${to})`;
  }
  return undefined;
}

class BlockDepth {
  deepest = 0;
  #now = 0;

  pass(name: string | undefined): void {
    if (name === undefined) return;
    if (name.startsWith('end')) this.#now = Math.max(0, this.#now - 1);
    else if (BLOCK.test(name)) this.deepest = Math.max(this.deepest, ++this.#now);
  }
}

/** The offset after `%}`; past the limit or the end of the source if there is none. */
function endOfTag(source: string, at: number): number {
  const found = source.slice(at, at + MAX_TAG_CHARACTERS + 1).indexOf('%}', 1);
  return found < 0 ? Math.min(source.length, at + MAX_TAG_CHARACTERS + 1) : at + found + 2;
}

/** The offset after `}}`, ignoring one within quotes. */
function endOfOutput(source: string, at: number): number {
  const last = Math.min(source.length, at + MAX_TAG_CHARACTERS + 1);
  let quote = '';
  for (let i = at + 2; i < last; i++) {
    const character = source.charAt(i);
    if (quote !== '') {
      if (character === '\\') i++;
      else if (character === quote) quote = '';
    } else if (character === '"' || character === "'") quote = character;
    else if (character === '}' && source[i + 1] === '}') return i + 2;
  }
  return last;
}

/** Called at most once for a source. */
function place(source: string, at: number): string {
  return `line ${source.slice(0, at).split('\n').length}`;
}
