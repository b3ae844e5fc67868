/**
 * Programmer errors. A failed assertion ends the process: its work is claimed in the store or was never acknowledged,
 * so stopping loses nothing, while continuing with broken state could lose mail.
 */

/** Thrown by {@link assert}. Never caught in order to continue. */
export class AssertionFailure extends Error {
  readonly code = 'assertion-failed';
}

/** Throws {@link AssertionFailure} when `condition` is false. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionFailure(message);
}

/** Closes a union: a compile error when a case is missing, an {@link AssertionFailure} at run time. */
export function assertNever(value: never): never {
  throw new AssertionFailure(`unexpected value ${JSON.stringify(value)}`);
}
