/** Limits that several nodes keep together: tokens of a bucket in the store, leased in blocks. */

export interface TokenRequest {
  /** Of the bucket; it is made when it is first asked. */
  readonly name: string;
  /** It fills at this rate, up to a minute's worth. */
  readonly ratePerMinute: number;
  /** Whole tokens. */
  readonly wanted: number;
}

export interface LimitWriter {
  /** Takes as many of the tokens as there are, by the server's clock. Resolves to their number. */
  leaseTokens(request: TokenRequest): Promise<number>;
}

/** Of an engine that one process has for itself: nobody to share with. */
export const UNSHARED_LIMITS: LimitWriter = { leaseTokens: ({ wanted }) => Promise.resolve(wanted) };
