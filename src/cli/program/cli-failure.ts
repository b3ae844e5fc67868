/** A command that could not do what was asked, in words for the person who typed it. */

/** 1: failed or not found. 2: wrong usage. */
export type FailureExit = 1 | 2;
/** 3: `status` cannot tell, for relayd is down or the store cannot be read. */
export type ExitCode = 0 | FailureExit | 3;

export class CliFailure extends Error {
  /** Stable, for scripts: `not-found`, `usage`, `conflict`, ... */
  readonly code: string;
  readonly exitCode: FailureExit;
  /** What to type or do instead; a line or more, `undefined` when the message says it. */
  readonly hint: string | undefined;
  constructor(
    code: string,
    message: string,
    options: { exitCode?: FailureExit; hint?: string | undefined } = {},
  ) {
    super(message);
    this.code = code;
    this.exitCode = options.exitCode ?? 1;
    this.hint = options.hint;
  }
}

/** What was typed cannot be meant: exit code 2. */
export function usage(message: string, hint?: string): CliFailure {
  return new CliFailure('usage', message, { exitCode: 2, hint });
}

/** What was named does not exist: exit code 1. */
export function notFound(message: string, hint?: string): CliFailure {
  return new CliFailure('not-found', message, { hint });
}
