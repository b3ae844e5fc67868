/**
 * Ids of the trace of a message, derived from its id: every thread, and the process after a restart, computes the same ones
 * and takes the same sampling decision.
 */
import { createHash } from 'node:crypto';

export interface TraceIds {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** Of its first step; 16 hexadecimal digits. */
  readonly rootSpanId: string;
}

export function traceIdsOf(messageId: string): TraceIds {
  const digits = createHash('sha256').update(`postern trace ${messageId}`).digest('hex');
  return { traceId: digits.slice(0, 32), rootSpanId: digits.slice(32, 48) };
}

/** `share`: of all messages, 0 to 1. */
export function isSampled({ traceId }: TraceIds, share: number): boolean {
  return Number.parseInt(traceId.slice(0, 8), 16) < share * 2 ** 32;
}
