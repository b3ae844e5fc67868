/**
 * The few pieces that manual pages are written with, in the language of man(7): sections, paragraphs, terms, examples. Text comes
 * in plain, with `code` between grave accents, and goes out such that no character of it is taken for a request.
 */

const SPECIAL: Readonly<Record<string, string>> = {
  '\\': String.raw`\e`,
  '-': String.raw`\-`,
  "'": String.raw`\(aq`,
  '`': String.raw`\(ga`,
  '^': String.raw`\(ha`,
  '~': String.raw`\(ti`,
  '"': String.raw`\(dq`,
};

/** One line of plain text; white space is folded. */
export function escaped(text: string): string {
  return verbatim(text.replace(/\s+/g, ' ').trim());
}

/** One line with its spaces. */
function verbatim(line: string): string {
  const safe = line
    .replace(/[\\\-'`^~"]/g, (character) => SPECIAL[character] ?? character)
    .replace(
      /[^\u0020-\u007e]/gu,
      (character) => `\\[u${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`,
    );
  // A line that begins with a point is a request.
  return safe.startsWith('.') ? `\\&${safe}` : safe;
}

export function bold(text: string): string {
  return `\\fB${verbatim(text)}\\fR`;
}

export function italic(text: string): string {
  return `\\fI${verbatim(text)}\\fR`;
}

/** A paragraph's text, `code` in bold. */
export function prose(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .trim()
    .split(/`([^`]+)`/)
    .map((part, index) => (index % 2 === 1 ? bold(part) : verbatim(part)))
    .join('');
}

/** Words are not divided: many are typed as they stand. */
export function title(name: string, section: number, version: string): string {
  return `.TH ${verbatim(name.toUpperCase())} ${section} "" "Postern ${verbatim(version)}" "Postern"\n.nh\n.ad l\n`;
}

export function section(name: string, ...body: readonly string[]): string {
  return `.SH ${verbatim(name.toUpperCase())}\n${opening(body)}`;
}

/** `name`: escaped already. */
export function subsection(name: string, ...body: readonly string[]): string {
  return `.SS ${name}\n${opening(body)}`;
}

/** The first paragraph of a section needs no request. */
function opening(body: readonly string[]): string {
  return body.join('').replace(/^\.PP\n/, '');
}

export function paragraph(roff: string): string {
  return `.PP\n${roff}\n`;
}

/** A term and what it means, both escaped already. */
export function term(tag: string, meaning: string): string {
  return `.TP\n${tag}\n${meaning}\n`;
}

/** Lines as they are. */
export function example(lines: readonly string[]): string {
  return `.PP\n.RS 4\n.nf\n${lines.map(verbatim).join('\n')}\n.fi\n.RE\n`;
}

/**
 * Paragraphs divided by empty lines, as help texts have them. A paragraph whose lines are all indented is kept as it is; one of
 * lines such as `NAME  meaning` becomes terms.
 */
export function paragraphs(text: string): string {
  return text
    .split(/\n{2,}/)
    .filter((part) => part.trim() !== '')
    .map((part) => {
      const lines = part.replace(/^\n|\n$/g, '').split('\n');
      const terms = termsOf(lines);
      if (terms !== undefined) return terms.map(([tag, meaning]) => term(bold(tag), prose(meaning))).join('');
      return lines.every((line) => /^ {4}/.test(line))
        ? example(lines.map((line) => line.slice(4)))
        : paragraph(prose(part));
    })
    .join('');
}

function termsOf(lines: readonly string[]): readonly (readonly [string, string])[] | undefined {
  const terms: [string, string][] = [];
  for (const line of lines) {
    const [, tag, meaning] = /^ {2}(\S+(?: \S+)*) {2,}(\S.*)$/.exec(line) ?? [];
    const last = terms.at(-1);
    if (tag !== undefined && meaning !== undefined) terms.push([tag, meaning]);
    else if (last !== undefined && /^ {4,}\S/.test(line)) last[1] += ` ${line.trim()}`;
    else return undefined;
  }
  return terms.length > 0 ? terms : undefined;
}
