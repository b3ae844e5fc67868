/**
 * Blocks of `Name: value` lines as reports write them: header sections, delivery status, feedback reports. Reads what
 * RFC 5322 §2.2 allows and what is found in the wild beside it: bare LF, missing blank lines, values that go on in the
 * first column. Never throws; bounded by its limits whatever comes in.
 */

const MAX_FIELDS = 500;
const MAX_VALUE_CHARACTERS = 4_000;

export interface Field {
  /** Lower case. */
  readonly name: string;
  /** Unfolded, one line, trimmed. */
  readonly value: string;
}

const FIELD_LINE = /^([A-Za-z][A-Za-z0-9_-]{0,63})[ \t]*:(.*)$/;

/** True for a line that begins a field. */
export function isFieldLine(line: string): boolean {
  return FIELD_LINE.test(line);
}

/**
 * The fields of one block, in order. A line that is neither a field nor folded is taken as the rest of the field
 * before it: some mailers do not indent the later lines of a reply.
 */
export function parseFields(lines: readonly string[]): Field[] {
  const fields: { name: string; value: string }[] = [];
  for (const line of lines) {
    const match = /^[ \t]/.test(line) ? null : FIELD_LINE.exec(line);
    const last = fields.at(-1);
    if (match?.[1] !== undefined) {
      if (fields.length >= MAX_FIELDS) break;
      fields.push({ name: match[1].toLowerCase(), value: (match[2] ?? '').trim() });
    } else if (last !== undefined && last.value.length < MAX_VALUE_CHARACTERS) {
      last.value = `${last.value} ${line.trim()}`.trim().slice(0, MAX_VALUE_CHARACTERS);
    }
  }
  return fields;
}

/** Blocks of lines between empty lines, at most `limit`; empty blocks are left out. */
export function splitBlocks(text: string, limit: number): string[][] {
  const blocks: string[][] = [];
  let block: string[] = [];
  for (const line of text.split(/\r?\n/)) {
    if (line.trim() !== '') {
      block.push(line);
    } else if (block.length > 0) {
      blocks.push(block);
      if (blocks.length >= limit) return blocks;
      block = [];
    }
  }
  if (block.length > 0) blocks.push(block);
  return blocks;
}

/** The value of the first field of that name, `undefined` when there is none or it is empty. */
export function firstValue(fields: readonly Field[], ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const found = fields.find((field) => field.name === name && field.value !== '');
    if (found !== undefined) return found.value;
  }
  return undefined;
}
