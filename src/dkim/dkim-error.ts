/** Failures of keys and signatures. The message is then deferred; it never leaves unsigned. */

/**
 * `no-keys`: no active key. `header-unsignable`: no From, or no header section. `key-unreadable`: the sealed key does
 * not open or has another algorithm. `sign-failed`: the signature could not be made; `cause` says why.
 */
export type DkimErrorCode = 'no-keys' | 'header-unsignable' | 'key-unreadable' | 'sign-failed';

export class DkimError extends Error {
  readonly code: DkimErrorCode;
  constructor(code: DkimErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
