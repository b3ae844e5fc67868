/**
 * Why an operation did not do what was asked, and changed nothing. An operation answers with what it made or with one of
 * these; the command line and HTTP each say it in their own form (cli/program/refusal.ts, http/admin-refusal.ts). Fields are
 * named as in the operation's input: an edge knows them as `--dsn-to` or `dsn_to`.
 */
export type RefusalCode =
  /** The input cannot be meant, whatever the store holds. */
  | 'invalid'
  /** Nothing was asked for. */
  | 'nothing-to-change'
  /** With `field`: what the field names is not there. Without: what the operation is about. */
  | 'not-found'
  /** What is there stands against it. */
  | 'conflict'
  | 'revoked'
  /** A network has no secret to replace. */
  | 'no-secret'
  /** The list is empty, which allows everything: an entry more would take the rest away. */
  | 'not-bound'
  /** The list would be empty, which would allow everything. */
  | 'last-entry'
  /** The key that asks may less itself (policy/credential-bounds.ts). */
  | 'beyond-own-limits'
  | 'template-refused'
  /** The message has gone on. */
  | 'too-late'
  /** A delivery of the message has no final state yet. */
  | 'not-settled'
  /** What was kept could not be parsed. */
  | 'unreadable'
  /** It would change nothing. */
  | 'no-effect';

/** An edge's own name for a field of the input. */
export type NameOf = (field: string) => string;
/** A sentence; a function where it names fields. */
export type Problem = string | ((nameOf: NameOf) => string);

export interface FieldProblem {
  readonly field: string;
  readonly problem: Problem;
}

export interface AdminRefusal {
  readonly refused: RefusalCode;
  /** Of the input; `undefined`: no one of them. */
  readonly field: string | undefined;
  readonly problem: Problem;
  /** What to do instead, where that is the same at every edge. */
  readonly remedy?: Problem | undefined;
  /** Id of what stands against it. */
  readonly existing?: string;
  /** All that is wrong, where that is known. */
  readonly all?: readonly FieldProblem[];
}

export function isRefusal(outcome: object): outcome is AdminRefusal {
  return 'refused' in outcome;
}

export function invalid(field: string | undefined, problem: Problem, remedy?: Problem): AdminRefusal {
  return { refused: 'invalid', field, problem, remedy };
}

export function nothingToChange(): AdminRefusal {
  return { refused: 'nothing-to-change', field: undefined, problem: 'nothing to change' };
}

export function conflict(problem: string, field?: string, existing?: string): AdminRefusal {
  return { refused: 'conflict', field, problem, ...(existing !== undefined && { existing }) };
}

/** Its sentence as an edge says it. */
export function inWords(problem: Problem, nameOf: NameOf): string {
  return typeof problem === 'string' ? problem : problem(nameOf);
}
