/**
 * What is wrong with a configuration, every fault at once, each with the place where it stands, so that it can be
 * corrected without a second look at the manual.
 */
import { visible } from '../platform/visible-text.ts';

/** One fault. */
export interface ConfigProblem {
  /** The file as it was named, or `undefined` when the value came from the environment. */
  readonly file: string | undefined;
  /** Line in `file`, counted from 1; `undefined` when the fault has none (a missing key, an unreadable file). */
  readonly line: number | undefined;
  /** The environment variable, when the value came from one. */
  readonly variable: string | undefined;
  /** Dotted, such as `submission.listen`; `undefined` for a file that cannot be read or is not TOML. */
  readonly key: string | undefined;
  /** What is wrong, in words, with what to write instead where that is known. */
  readonly message: string;
  /** The values that the key takes, in words; `undefined` where the message says it all. */
  readonly accepted: string | undefined;
}

/** Stops the start. `problems` is never empty; `message` lists all of them, a line each. */
export class ConfigError extends Error {
  readonly code = 'config';
  readonly problems: readonly ConfigProblem[];
  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map(formatConfigProblem).join('\n'));
    this.problems = problems;
  }
}

/** `relay.toml:12: submission.listn: there is no such key` */
export function formatConfigProblem(problem: ConfigProblem): string {
  const place =
    problem.variable ??
    (problem.file === undefined
      ? undefined
      : problem.line === undefined
        ? problem.file
        : `${problem.file}:${problem.line}`);
  const accepted = problem.accepted === undefined ? undefined : `accepted: ${problem.accepted}`;
  const said = accepted === undefined ? problem.message : `${problem.message}; ${accepted}`;
  return visible([place, problem.key, said].filter((part) => part !== undefined).join(': '));
}
