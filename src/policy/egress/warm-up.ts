/**
 * How much a new source may hand over to one provider on one day: the plan says how the ceiling grows, what really happened
 * says how fast. A day that used at least half of its ceiling, with few of its recipients turned away and few complaints,
 * earns the next step; a day that did not stays where it is; trouble goes back, at once if it is bad. So neither a clock that
 * was wrong for a week nor a source that nobody used grows by the calendar alone. Pure.
 *
 * A ceiling counts recipients (messages times recipients) that the provider took, or may have taken.
 */

/** One day of one source at one provider, as the store has it. */
export interface WarmUpDay {
  /** Days since 1970-01-01, UTC. */
  readonly day: number;
  /** Place in the plan, from 0 on; the length of the plan or more: it is warm. */
  readonly step: number;
  /** As it was set on that day: it may have fallen, it never rose. */
  readonly ceiling: number;
  /** Given out to nodes; never more than the ceiling. */
  readonly reserved: number;
  /** Recipients that the provider took, as far as nodes have written it. */
  readonly handedOver: number;
  /** Recipients that it deferred or refused for the rate or the standing of the source. */
  readonly turnedAway: number;
  readonly complained: number;
}

export interface WarmUpFacts {
  readonly day: number;
  /** The first day of the plan. */
  readonly startDay: number;
  readonly ceilings: readonly number[];
  /** Of this source at this provider, in any order; those of later days (the clock was set back) do not count. */
  readonly history: readonly WarmUpDay[];
  /** The first day that the store knows of the source at any provider; `undefined`: none. */
  readonly firstDayHere: number | undefined;
}

export const WARM_UP_REASONS = [
  /** As the plan goes on. */
  'planned',
  /** The first day at this provider. */
  'first',
  /** The day before used less than half. */
  'unused',
  /** Held or put back: recipients were turned away. */
  'turned-away',
  /** Held or put back: complaints. */
  'complaints',
  /** Nothing was sent for a month: from the beginning. */
  'rested',
  /** The first day is not there yet. */
  'not-begun',
] as const;
export type WarmUpReason = (typeof WARM_UP_REASONS)[number];

export type WarmUpAllowance =
  | { readonly kind: 'warm' }
  | {
      readonly kind: 'ceiling';
      readonly step: number;
      readonly ceiling: number;
      readonly reason: WarmUpReason;
    };

export const DAY_MS = 86_400_000;
/** Days that are kept, and looked at: longer than a warm-up lasts. */
export const WARM_UP_HISTORY_DAYS = 400;

/** Reputation systems keep about thirty days (SendGrid, "Warming up an IP address"). */
const RESTED_DAYS = 30;

export function dayOf(nowMs: number): number {
  return Math.floor(nowMs / DAY_MS);
}

export function warmUpCeiling({ history: all, ...given }: WarmUpFacts): WarmUpAllowance {
  const { day, startDay, ceilings } = given;
  if (day < startDay) return { kind: 'ceiling', step: 0, ceiling: 0, reason: 'not-begun' };
  const history = sinceStart(all, startDay);
  const today = history.find((one) => one.day === day);
  if (today !== undefined) return today.step < ceilings.length ? ofRestOfDay(today) : { kind: 'warm' };
  const { step, reason } = nextStep({ ...given, history });
  const ceiling = ceilings[step];
  return ceiling === undefined ? { kind: 'warm' } : { kind: 'ceiling', step, ceiling, reason };
}

function nextStep(facts: WarmUpFacts): { readonly step: number; readonly reason: WarmUpReason } {
  const { day, startDay, ceilings, firstDayHere = day } = facts;
  const last = lastBefore(facts);
  // What was done elsewhere before the source came here counts by the calendar.
  if (last === undefined)
    return { step: Math.max(0, Math.min(firstDayHere, day) - startDay), reason: 'first' };
  if (last.step >= ceilings.length) return { step: last.step, reason: 'planned' };
  if (day - last.day > RESTED_DAYS) return { step: 0, reason: 'rested' };
  const trouble = troubleOf(last);
  if (trouble !== undefined)
    return { step: Math.max(0, last.step - (trouble.bad ? 1 : 0)), reason: trouble.reason };
  if (last.handedOver * 2 < last.ceiling) return { step: last.step, reason: 'unused' };
  return { step: last.step + 1, reason: 'planned' };
}

/** A first day that was set anew begins anew: what was before it, or came from before it, does not count. */
function sinceStart(history: readonly WarmUpDay[], startDay: number): readonly WarmUpDay[] {
  return history
    .filter(({ day }) => day >= startDay)
    .map((one) => (one.step <= one.day - startDay ? one : { ...one, step: one.day - startDay }));
}

function lastBefore({ history, day }: WarmUpFacts): WarmUpDay | undefined {
  let last: WarmUpDay | undefined;
  for (const one of history) if (one.day < day && (last === undefined || one.day > last.day)) last = one;
  return last;
}

/** The ceiling of a day is set once; bad trouble stops what is left of it. */
function ofRestOfDay(today: WarmUpDay): WarmUpAllowance {
  const { step, ceiling, reserved } = today;
  const trouble = troubleOf(today);
  return trouble?.bad === true
    ? { kind: 'ceiling', step, ceiling: Math.min(ceiling, reserved), reason: trouble.reason }
    : { kind: 'ceiling', step, ceiling, reason: 'planned' };
}

/** Gmail asks senders to keep complaints below 0.1 % and never to reach 0.3 % (its sender guidelines). */
const COMPLAINTS = { some: 0.001, bad: 0.003 };
const TURNED_AWAY = { some: 0.05, bad: 0.2 };
/** Fewer say nothing. */
const LEAST_COMPLAINTS = 2;
const LEAST_TURNED_AWAY = 5;

/** `bad`: it goes back a step, and stops for the day. */
function troubleOf({
  handedOver,
  turnedAway,
  complained,
}: WarmUpDay): { readonly reason: 'complaints' | 'turned-away'; readonly bad: boolean } | undefined {
  const complaints = complained < LEAST_COMPLAINTS ? 0 : complained / Math.max(1, handedOver);
  const away = turnedAway < LEAST_TURNED_AWAY ? 0 : turnedAway / (handedOver + turnedAway);
  if (complaints >= COMPLAINTS.bad) return { reason: 'complaints', bad: true };
  if (away >= TURNED_AWAY.bad) return { reason: 'turned-away', bad: true };
  if (complaints >= COMPLAINTS.some) return { reason: 'complaints', bad: false };
  if (away >= TURNED_AWAY.some) return { reason: 'turned-away', bad: false };
  return undefined;
}
