/** The start and the duration of a try: the two times that the trace keeps. */
import type { Clock } from '../../platform/clock.ts';

export interface Measured {
  readonly atMs: number;
  readonly durationMs: number;
}

/** Begins now; the result says how long it has taken until it is asked. */
export function stopwatch(clock: Clock): () => Measured {
  const atMs = clock.now();
  const startedMs = clock.monotonic();
  return () => ({ atMs, durationMs: Math.round(clock.monotonic() - startedMs) });
}
