/**
 * The problems of a configuration, all at once, each with its position, so that they can be corrected without the
 * manual.
 */
import { visible } from '../platform/visible-text.ts';

/** One fault. */
export interface ConfigProblem {
  /** The file as named; `undefined` for a value from the environment. */
  readonly file: string | undefined;
  /** Line in `file`, counted from 1; `undefined` for problems without one (a missing key, an unreadable file). */
  readonly line: number | undefined;
  /** The environment variable, when the value came from one. */
  readonly variable: string | undefined;
  /** Dotted, such as `submission.listen`; `undefined` for a file that cannot be read or is not TOML. */
  readonly key: string | undefined;
  /** The problem, with a correction where one is known. */
  readonly message: string;
  /** The accepted values; `undefined` when the message names them. */
  readonly accepted: string | undefined;
}

/** Stops the start. `problems` is never empty; `message` lists all of them, one a line. */
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
