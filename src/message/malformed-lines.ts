/**
 * Lines of a header section that are no fields. They pass, since old software writes them and cutting octets out is
 * not the relay's to decide; but readers differ on what they are: the end of the header section, part of the field
 * before, a field whose name holds an odd octet. None of these readings may give the message an author that was not
 * checked, or bring a blind copy to light: such a line is refused.
 */

/** What the line does to the message. */
export type MalformedLineVerdict =
  | { readonly kind: 'keep' }
  /** It belongs to a field that is taken out. */
  | { readonly kind: 'drop' }
  /** `text` is ASCII, for a reply. */
  | { readonly kind: 'refuse'; readonly text: string };

const KEEP: MalformedLineVerdict = { kind: 'keep' };
const DROP: MalformedLineVerdict = { kind: 'drop' };
/** Enough to find a name in; a name is a few letters. */
const LOOKED_AT_CHARACTERS = 128;

// Octets that some readers end a line at (VT, FF, FS to RS, and U+0085, U+2028, U+2029 in UTF-8 or ISO 8859-1), with a field
// behind them that says who wrote the message or who else gets it. A program that writes such a field anew makes two of it.
const HIDDEN_FIELD =
  /(?:[\x0b\x0c\x1c-\x1e]|\xc2\x85|\xe2\x80[\xa8\xa9]|(?<![\x80-\xff])\x85)[ \t]*(From|Sender|(?:Resent-)?Bcc)[ \t]*:/i;

/** The name of a field that stands behind what only some readers take for a line end; `undefined`: there is none. */
export function hiddenField(header: Buffer): string | undefined {
  return HIDDEN_FIELD.exec(header.toString('latin1'))?.[1];
}

/** Follows a header section from top to bottom. */
export class MalformedLines {
  readonly #guardedNames: ReadonlyMap<string, string>;
  readonly #removedNames: ReadonlySet<string>;
  // The field that lenient readers join the next line to, in the message as sent and as received.
  #keptBefore = '';
  #fieldBefore = '';
  // Malformed lines since then.
  #lines: string[] = [];

  /** `guardedNames`: fields that must not stand in disguise, lower case to the usual form. `removedNames`: those taken out. */
  constructor(guardedNames: ReadonlyMap<string, string>, removedNames: ReadonlySet<string>) {
    this.#guardedNames = guardedNames;
    this.#removedNames = removedNames;
  }

  /** A field, in lower case, and whether it stays. */
  passField(name: string, stays: boolean): void {
    this.#fieldBefore = name;
    if (!stays) return;
    this.#keptBefore = name;
    if (this.#lines.length > 0) this.#lines = [];
  }

  /** `octets`: the line with its continuations. */
  judge(octets: Buffer): MalformedLineVerdict {
    // A folded Bcc whose second line lost its indentation: the address in it must not be told.
    if (this.#removedNames.has(this.#fieldBefore) && octets.includes('@')) return DROP;
    if (this.#keptBefore === 'from') {
      return { kind: 'refuse', text: 'The From field is followed by a line that is no header field' };
    }
    this.#fieldBefore = '';
    const line = octets.toString('latin1', 0, LOOKED_AT_CHARACTERS);
    this.#lines.push(line);
    // A name on one line and its colon on the next is a fold to some.
    for (const text of [line, this.#lines.slice(-2).join(''), this.#lines.slice(0, 3).join('')]) {
      const name = this.#guardedNames.get(nameIn(text));
      if (name !== undefined) return { kind: 'refuse', text: `The ${name} field is malformed` };
    }
    return KEEP;
  }
}

/** The name that a reader finds who passes over everything that does not belong into one. */
function nameIn(text: string): string {
  const colon = text.indexOf(':');
  return colon === -1
    ? ''
    : text
        .slice(0, colon)
        .replace(/[^\x21-\x7e]/g, '')
        .toLowerCase();
}
