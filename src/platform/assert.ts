/**
 * Programmer errors. A failed assertion ends the process: what it was doing is claimed in the store or was
 * never acknowledged, so nothing is lost by stopping, and going on with broken state could lose mail.
 */

/** Thrown by {@link assert}. Never caught to carry on; lifecycle owners let it end the process. */
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
