/**
 * A destination that suddenly knows nobody. When a provider's directory fails, it answers 550 5.1.1 for people who are
 * there (a large one did for hours in December 2020), and a relay that believes it silences them for ever. So what a
 * destination says of unknown addresses is watched: when at least {@link LEAST_UNKNOWN} of its recent answers, more than
 * half of them, and several times as many as usual there say so, the breaker opens for an hour. While it is open its
 * mail still bounces, but nobody is suppressed, and an operator is warned.
 *
 * Answers are counted with exponential decay: recent ones with a half-life of a quarter of an hour, so that it opens
 * about so long after the jump where answers are many; what is usual with one of a day, leaving out the recent ones. A
 * destination without a past is taken to know nearly everybody, one that always knows few never opens it. Pure: the
 * caller brings the time and keeps the state.
 */

/** One destination's; plain data. */
export interface BreakerState {
  readonly atMs: number;
  readonly recent: Answers;
  /** The recent ones included. */
  readonly daily: Answers;
  readonly openUntilMs: number;
}

interface Answers {
  readonly known: number;
  readonly unknown: number;
}

export interface BreakerDecision {
  readonly state: BreakerState;
  readonly open: boolean;
  /** It opens with this answer, having been closed before. */
  readonly opened: boolean;
}

export const LEAST_UNKNOWN = 20;
export const OPEN_MS = 3_600_000;
/** In this time before it opened, what was suppressed at the destination was suppressed for the same reason. */
export const RECENT_MS = 3_600_000;
const HALF_LIFE_MS = 15 * 60_000;
const USUAL_HALF_LIFE_MS = 24 * 3_600_000;
/** More than this share of the recent answers. */
const SHARE = 0.5;
/** Times what is usual. */
const TIMES_USUAL = 3;
/** What is said while the breaker is open becomes usual only slowly: outages last for hours. */
const OUTAGE_WEIGHT = 0.25;
/** What a destination is taken for before it has answered much. */
const PRIOR: Answers = { known: 98, unknown: 2 };
const NONE: Answers = { known: 0, unknown: 0 };

/** After one more answer to RCPT or the final dot that was definite: the recipient is known there, or not. */
export function afterAnswer(
  state: BreakerState | undefined,
  answer: { readonly unknown: boolean; readonly nowMs: number },
): BreakerDecision {
  const { unknown, nowMs } = answer;
  const elapsedMs = state === undefined ? 0 : Math.max(0, nowMs - state.atMs);
  const wasOpen = state !== undefined && nowMs < state.openUntilMs;
  const recent = plus(faded(state?.recent ?? NONE, elapsedMs / HALF_LIFE_MS), unknown, 1);
  const daily = plus(
    faded(state?.daily ?? NONE, elapsedMs / USUAL_HALF_LIFE_MS),
    unknown,
    wasOpen ? OUTAGE_WEIGHT : 1,
  );
  const opened = !wasOpen && unknown && isOutage(recent, daily);
  const openUntilMs = opened ? nowMs + OPEN_MS : (state?.openUntilMs ?? 0);
  return { state: { atMs: nowMs, recent, daily, openUntilMs }, open: wasOpen || opened, opened };
}

function isOutage(recent: Answers, daily: Answers): boolean {
  // A little below the count, which decay never quite lets be whole.
  if (recent.unknown <= LEAST_UNKNOWN - 1) return false;
  const share = shareOf(recent);
  const usual = shareOf({
    known: Math.max(0, daily.known - recent.known) + PRIOR.known,
    unknown: Math.max(0, daily.unknown - recent.unknown) + PRIOR.unknown,
  });
  return share > SHARE && share >= TIMES_USUAL * usual;
}

function shareOf({ known, unknown }: Answers): number {
  return unknown / (known + unknown);
}

function faded({ known, unknown }: Answers, halfLives: number): Answers {
  const left = 0.5 ** halfLives;
  return { known: known * left, unknown: unknown * left };
}

function plus({ known, unknown }: Answers, isUnknown: boolean, weight: number): Answers {
  return isUnknown ? { known, unknown: unknown + weight } : { known: known + weight, unknown };
}
