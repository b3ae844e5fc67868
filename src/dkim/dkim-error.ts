/** What can go wrong with keys and signatures. Whoever signs defers the message then; it never goes out unsigned. */

/**
 * `no-keys`: nothing to sign with. `header-unsignable`: no From, or no header section. `key-unreadable`: the sealed
 * key does not open or is not of its algorithm. `sign-failed`: the signature could not be made; `cause` says why.
 */
export type DkimErrorCode = 'no-keys' | 'header-unsignable' | 'key-unreadable' | 'sign-failed';

export class DkimError extends Error {
  readonly code: DkimErrorCode;
  constructor(code: DkimErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
