/**
 * Asks something that may never answer: at most one question is outstanding however often it is asked, and no caller
 * waits longer than the limit. So questions do not pile up, and callers do not hang.
 */
import { withTimeout, type Clock } from './clock.ts';

export type Probed<Answer> =
  | { readonly kind: 'answered'; readonly answer: Answer }
  /** `last`: the previous answer, if there was one. */
  | { readonly kind: 'waits'; readonly forMs: number; readonly last: Answer | undefined };

export interface ProbeOptions<Answer> {
  /** Must not reject: a failure is an answer. */
  readonly ask: () => Promise<Answer>;
  readonly waitMs: number;
  /** A younger answer is returned again. */
  readonly keepMs: number;
  readonly clock: Clock;
}

export function createProbe<Answer>(options: ProbeOptions<Answer>): () => Promise<Probed<Answer>> {
  const { ask, waitMs, keepMs, clock } = options;
  let last: { readonly answer: Answer; readonly atMs: number } | undefined;
  let underWay: { readonly sinceMs: number; readonly answer: Promise<Answer> } | undefined;
  const start = () => {
    const answer = ask().then((given) => {
      last = { answer: given, atMs: clock.monotonic() };
      underWay = undefined;
      return given;
    });
    return { sinceMs: clock.monotonic(), answer };
  };
  return async () => {
    if (last !== undefined && underWay === undefined && clock.monotonic() - last.atMs < keepMs)
      return { kind: 'answered', answer: last.answer };
    const { sinceMs, answer } = (underWay ??= start());
    try {
      return { kind: 'answered', answer: await withTimeout(clock, waitMs, 'an answer', answer) };
    } catch {
      return { kind: 'waits', forMs: clock.monotonic() - sinceMs, last: last?.answer };
    }
  };
}
