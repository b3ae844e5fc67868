/**
 * What nodes share of the limits of shaping, and what outlasts a restart: messages counted in windows of a minute, an hour
 * and a day.
 *
 * Promises: in no window of that length more tokens are given out than the limit says, whoever asks, however often, and
 * whoever ends in between. A window is counted in 60 slots; a token is of the slot in which it was given out, and void when
 * that has ended. So up to a sixtieth of the limit more waits than had to.
 */

export interface WindowLeaseRequest {
  /** The limit, and what it counts: unique for a window's length. */
  readonly bucket: string;
  readonly windowMs: number;
  /** Tokens in a window. */
  readonly limit: number;
  /** Whole tokens. */
  readonly wanted: number;
  readonly nowMs: number;
}

export interface WindowLease {
  readonly granted: number;
  /** Epoch milliseconds: the tokens are void from then on. */
  readonly endsAtMs: number;
  /** Epoch milliseconds: when more may be had; `undefined`: all that was wanted was given. */
  readonly moreAtMs: number | undefined;
}

/** Tokens that were not used, and will not be. */
export interface UnusedTokens {
  readonly bucket: string;
  readonly windowMs: number;
  /** Of the slot that ends then. */
  readonly endsAtMs: number;
  readonly count: number;
}

export interface ShapingWriter {
  leaseWindow(request: WindowLeaseRequest): Promise<WindowLease>;
  returnTokens(unused: readonly UnusedTokens[]): Promise<void>;
}

/** Slots of a window. */
export const WINDOW_SLOTS = 60;
