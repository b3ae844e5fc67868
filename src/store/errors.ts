/** Operational errors of the store. Callers distinguish them by `code`; the cause is for the log. */

export type StoreErrorCode =
  /** The store cannot accept more for the moment (queue full, database locked for too long): try again. */
  | 'busy'
  /** Less free space than the reserve, or the file system is full. Settlements may still fit. */
  | 'disk-full'
  /** Reading or writing failed; the handle is abandoned and the process ends. */
  | 'failed'
  /** A unique name is taken, or a referenced row is missing. */
  | 'conflict'
  | 'not-found'
  /** Another relayd holds this data folder. */
  | 'locked'
  /** The database was written by a newer program, or is not one of ours. */
  | 'incompatible'
  /** Other users may read or write the data folder: nothing in it is used. */
  | 'unsafe'
  /** The store is shutting down. */
  | 'closed';

export interface StoreErrorOptions extends ErrorOptions {
  /** A remedy for the operator, when the engine has a more specific one than the code implies. */
  readonly remedy?: string | undefined;
}

export class StoreError extends Error {
  readonly code: StoreErrorCode;
  readonly remedy: string | undefined;
  constructor(code: StoreErrorCode, message: string, options?: StoreErrorOptions) {
    super(message, options);
    this.code = code;
    this.remedy = options?.remedy;
  }
}
