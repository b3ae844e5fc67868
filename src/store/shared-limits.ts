/** Limits that several nodes share: tokens of a bucket in the store, leased in blocks. */

export interface TokenRequest {
  /** The bucket's name; a bucket is created at its first use. */
  readonly name: string;
  /** Rate at which it fills. */
  readonly ratePerMinute: number;
  /** Of a full bucket; default: a minute's worth. */
  readonly capacity?: number | undefined;
  /** Whole tokens. */
  readonly wanted: number;
}

export interface LimitWriter {
  /** Takes as many of the tokens as are available, by the server's clock. Resolves to their number. */
  leaseTokens(request: TokenRequest): Promise<number>;
}

/** For an engine that belongs to one process. */
export const UNSHARED_LIMITS: LimitWriter = { leaseTokens: ({ wanted }) => Promise.resolve(wanted) };
