/** Operating errors of the store. Callers tell them apart by `code`; the cause stays for the log. */

export type StoreErrorCode =
  /** The store cannot take more for the moment (queue full, database locked for too long): try again. */
  | 'busy'
  /** Less free space than the reserve, or the file system is full. Settlements may still fit. */
  | 'disk-full'
  /** Reading or writing failed; the handle is given up and the process ends. */
  | 'failed'
  /** A unique name is taken, or a referenced row is missing. */
  | 'conflict'
  | 'not-found'
  /** Another relayd holds this data folder. */
  | 'locked'
  /** The database was written by a newer program, or is not one of ours. */
  | 'incompatible'
  /** Other users may read or write what is in the data folder: nothing of it is used. */
  | 'unsafe'
  /** The store is shutting down. */
  | 'closed';

export interface StoreErrorOptions extends ErrorOptions {
  /** What an operator can do, where the engine knows better than the code says. */
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
