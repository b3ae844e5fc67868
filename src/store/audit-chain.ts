/**
 * The chain of the audit log (docs/audit.md): what exactly a line's hash covers, and the check of a whole log. The hash of a
 * line is SHA-256 over the previous line's hash and the line itself, so whoever has kept one hash can tell that nothing up to
 * that line was changed, removed or put in. The form has a version: the first of its lines.
 */
import { createHash } from 'node:crypto';
import type { AuditHead, AuditLine, SubjectPart } from './audit.ts';

const FORM = 'postern audit 1';
/** In place of the hash before the first line. */
export const NO_HASH = '0'.repeat(64);

export type ChainedLine = Pick<
  AuditLine,
  'atMs' | 'actor' | 'credential' | 'account' | 'origin' | 'action' | 'subject'
> & { readonly sequence: number };

/** One line of text each: nothing in a field breaks a line. */
export function hashOfLine(line: ChainedLine, previous: string): string {
  const { sequence, atMs, actor, credential, account, origin, action, subject } = line;
  const at = new Date(atMs).toISOString();
  const fields = [FORM, previous, sequence, at, actor, credential, account, origin, action, subject];
  return createHash('sha256')
    .update(fields.map((field) => `${field ?? ''}\n`).join(''))
    .digest('hex');
}

/** What a line has in place of a personal text. */
export function hashOfText(salt: Uint8Array, text: string): string {
  return createHash('sha256').update(salt).update(text).digest('hex');
}

/** The subject as the chain has it: a JSON array of words and of `{"hash": "..."}`. */
export function chainedSubject(parts: readonly (string | { readonly hash: string })[]): string {
  return JSON.stringify(parts);
}

/** `undefined`: it is none of the chain. */
export function partsOf(subject: string): readonly (string | { readonly hash: string })[] | undefined {
  let parts: unknown;
  try {
    parts = JSON.parse(subject);
  } catch {
    return undefined;
  }
  return Array.isArray(parts) && parts.every(isPart) ? parts : undefined;
}

/** With the texts that are still there; `undefined` for one that was erased. */
export function subjectParts({ sequence, subject, texts }: AuditLine): readonly (SubjectPart | undefined)[] {
  const parts = sequence === undefined ? undefined : partsOf(subject);
  if (parts === undefined) return [subject];
  let hashed = 0;
  return parts.map((part) => {
    if (typeof part === 'string') return part;
    const place = hashed++;
    const found = texts.find((text) => text.part === place);
    return found && { text: found.text };
  });
}

function isPart(part: unknown): part is string | { readonly hash: string } {
  return (
    typeof part === 'string' ||
    (typeof part === 'object' && part !== null && 'hash' in part && typeof part.hash === 'string')
  );
}

/** The first thing that is wrong, at which line of the chain. */
export interface ChainBreak {
  readonly sequence: number;
  readonly problem: string;
}

/** Takes the lines in order, and keeps no more than the last hash. */
export class ChainCheck {
  #last: AuditHead = { sequence: 0, hash: NO_HASH };
  #lastOutside: number | undefined;
  #before = 0;
  #outside = 0;

  /** The last line that was found good. */
  get last(): AuditHead {
    return this.#last;
  }

  /** Lines outside the chain: from before it began, and later ones (of an earlier release, or of nobody). */
  get outside(): { readonly before: number; readonly after: number; readonly lastId: number | undefined } {
    return { before: this.#before, after: this.#outside, lastId: this.#lastOutside };
  }

  take(line: AuditLine): ChainBreak | undefined {
    const { sequence, hash } = line;
    const expected = this.#last.sequence + 1;
    if (sequence === undefined && hash === undefined) {
      if (this.#last.sequence === 0) this.#before++;
      else {
        this.#outside++;
        this.#lastOutside = line.id;
      }
      return undefined;
    }
    if (sequence === undefined || hash === undefined)
      return {
        sequence: expected,
        problem: `the line with the id ${line.id} has lost its number or its hash`,
      };
    if (sequence > expected)
      return { sequence: expected, problem: `it is missing: line ${sequence} follows line ${expected - 1}` };
    if (sequence < expected)
      return { sequence, problem: `it comes after line ${expected - 1}: lines were moved or put in` };
    if (hashOfLine({ ...line, sequence }, this.#last.hash) !== hash)
      return {
        sequence,
        problem: 'it is not what was written: it, its hash, or the hash of the line before was changed',
      };
    const text = line.texts.find((one) => !standsFor(one, line.subject));
    if (text !== undefined)
      return { sequence, problem: `the clear text beside it is not what was written: ${text.text}` };
    this.#last = { sequence, hash };
    return undefined;
  }

  /** After the last line. */
  end(head: AuditHead): ChainBreak | undefined {
    const { sequence, hash } = this.#last;
    if (sequence < head.sequence)
      return { sequence: sequence + 1, problem: `it is missing, as all up to ${head.sequence}, the head` };
    if (sequence > head.sequence)
      return { sequence: head.sequence + 1, problem: 'it comes after the head: it was put in' };
    return hash === head.hash ? undefined : { sequence, problem: 'the head has another hash than it' };
  }
}

function standsFor({ part, salt, text }: AuditLine['texts'][number], subject: string): boolean {
  const hashed = (partsOf(subject) ?? []).filter((one) => typeof one !== 'string');
  return hashed[part]?.hash === hashOfText(salt, text);
}
