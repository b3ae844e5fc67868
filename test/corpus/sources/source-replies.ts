/**
 * Replies in the words of mail programs and providers, by program, each with where such words are documented. `gone` says that the
 * recipient does not exist: it suppresses. `others` is about somebody or something else, by the classes that are right:
 * it never suppresses, with whatever code it comes. Expectations are written from the documents, not from what the
 * rules do. What was read before the grammar of reply-subject.ts was written, and what after, stands in
 * known-replies.ts and unseen-replies.ts.
 */
import type { BounceClass } from '../../../src/policy/bounce-classes.ts';

export interface SourceReplies {
  readonly program: string;
  /** File, page or manual. */
  readonly source: string;
  readonly gone: readonly string[];
  readonly others: readonly (readonly [classes: string, reply: string])[];
}

/** The classes of a row, written as `policy|reputation`. */
export function classesOf(row: string): readonly BounceClass[] {
  return row.split('|') as BounceClass[];
}

/** The same words under a code that speaks of the recipient, as carelessly configured servers send them. */
export function underAddressCode(reply: string, status: string): string {
  const words = reply
    .split('\n')
    .map((line) => line.replace(/^\d{3}[ -]?(?:[245]\.\d{1,3}\.\d{1,3} )?/, ''))
    .join(' ');
  return `550 ${status} ${words}`;
}
