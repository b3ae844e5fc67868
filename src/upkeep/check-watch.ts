/**
 * Runs the checks every half minute, so that the start of a problem is known, and on request, at most once a second.
 * Logs each change of a check.
 */
import type { Clock, Timer } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { lookAtChecks, type CheckFacts } from '../policy/checks/registry.ts';
import { timed, turned, type TimedResult } from '../policy/checks/since.ts';

export interface CheckWatchOptions {
  readonly gather: () => Promise<CheckFacts>;
  readonly clock: Clock;
  readonly log: Log;
}

export type LookListener = (results: readonly TimedResult[], nowMs: number) => void;

export interface CheckWatch {
  /** Current results, within the time limit of gathering facts. */
  results(): Promise<readonly TimedResult[]>;
  /** Starts the periodic checks once the relay is complete. `known`: results of before the start. */
  begin(known: readonly TimedResult[]): void;
  /** Is given the results of every look. May not throw. */
  onLook(listener: LookListener): void;
  stop(): void;
}

const LOOK_EVERY_MS = 30_000;
/** /readyz is public. */
const KEPT_MS = 1_000;

export function startCheckWatch({ gather, clock, log }: CheckWatchOptions): CheckWatch {
  let known: readonly TimedResult[] = [];
  let looked: { readonly atMs: number; readonly results: Promise<readonly TimedResult[]> } | undefined;
  let timer: Timer | undefined;
  const lookListeners: LookListener[] = [];
  const look = async () => {
    const facts = await gather();
    const nowMs = clock.now();
    const results = timed(known, lookAtChecks(facts, nowMs), nowMs);
    for (const one of turned(known, results)) say(log, one);
    known = results;
    for (const listener of lookListeners) listener(results, nowMs);
    return results;
  };
  const results = () => {
    const nowMs = clock.monotonic();
    if (looked === undefined || nowMs - looked.atMs >= KEPT_MS) looked = { atMs: nowMs, results: look() };
    return looked.results;
  };
  const arm = (delayMs: number) => {
    timer = clock.after(delayMs, () => {
      arm(LOOK_EVERY_MS);
      results().catch((error: unknown) => log.error('checks failed', { reason: String(error) }));
    });
  };
  return {
    results,
    begin(before) {
      known = timed(before, known, clock.now());
      arm(0);
    },
    onLook: (listener) => void lookListeners.push(listener),
    stop: () => timer?.cancel(),
  };
}

function say(log: Log, { name, ok, detail, remedy }: TimedResult): void {
  if (ok) log.info('check recovered', { check: name, detail });
  else log.warn('check failed', { check: name, detail, remedy });
}
