/**
 * How an automatic limit begins, grows, falls and ends.
 *
 * A refusal sets `slow`: half of what was in use, a quarter after the next one, and so on; or `suspend`: nothing for a while,
 * then slowly. When the time is over without another refusal the limit falls by one step, each twice as fast, until there is
 * none. Replies to what was under way when the limit changed say nothing new, and count once. The figures are of all nodes
 * together. Pure: previous limit and what was said in, next limit out; time is an argument.
 */
import type { AutomaticLimit } from './automatic-limit.ts';

/** 1/1024 of what was in use; a message a minute and one connection are left in any case. */
export const MAX_STEP = 10;
/** After a suspension: an eighth, and one connection, which tries for all. */
const STEP_AFTER_SUSPENSION = 3;
/** So many are nobody's burst: where less was under way, this is halved. */
const LEAST_PER_MINUTE = 60;
/** A remote counts over minutes, and what it answers within this time answers the same load. */
export const SAME_MOMENT_MS = 15_000;
/** A step of the way up lasts as long as what was asked for, within these bounds. */
const SHORTEST_STEP_MS = 60_000;
const LONGEST_STEP_MS = 15 * 60_000;
/** A suspension that follows another doubles, up to this. */
const LONGEST_SUSPENSION_MS = 4 * 3_600_000;

/** A reply that a rule is about. */
export interface LimitingReply {
  readonly subject: string;
  readonly source: string | undefined;
  readonly action: AutomaticLimit['action'];
  readonly forMs: number;
  readonly rule: string;
  readonly reply: string;
  readonly destination: string;
  /** When the attempt began that it answers, and when it came. */
  readonly startedAtMs: number;
  readonly nowMs: number;
  /** It was said before any message was spoken of. */
  readonly ofConnection: boolean;
  /** In use when it was said, on all nodes as far as the one that heard it can know. */
  readonly connections: number;
  readonly perMinute: number;
}

/** What became of a limit. */
export type LimitChange = 'slowed' | 'suspended' | 'raised' | 'lifted';

/** A clock that is a little behind the one by which a limit was written makes no difference. */
const CLOCK_SLACK_MS = 60_000;

/** The limit from now on; `previous` itself where the reply says nothing new. */
export function nextLimit(previous: AutomaticLimit | undefined, said: LimitingReply): AutomaticLimit {
  const { nowMs, startedAtMs, action, connections } = said;
  const before = previous && limitAt(previous, nowMs);
  if (before === undefined) return firstLimit(said);
  const stronger = action === 'suspend' && before.action === 'slow';
  const old = startedAtMs < before.changedAtMs || nowMs < before.changedAtMs + SAME_MOMENT_MS;
  if (old && !stronger) return before;
  const counts = old ? 0 : 1;
  const step = Math.min(MAX_STEP, before.step + counts);
  const times = before.times + counts;
  const suspends = action === 'suspend';
  const lastsMs = suspends ? suspensionMs(said.forMs, times) : said.forMs;
  return {
    ...before,
    ...wordsOf(said),
    action,
    step: suspends ? Math.max(step, STEP_AFTER_SUSPENSION) : step,
    perMinute: perMinuteOf(said, before),
    connections: suspends ? 1 : half(Math.min(before.connections ?? Infinity, connections)),
    changedAtMs: nowMs,
    untilMs: Math.max(nowMs + lastsMs, before.action === action ? before.untilMs : 0),
    times,
  };
}

/**
 * As it is at `nowMs`, its steps that are due by then taken; `undefined`: it is over. One of a later time is of a clock that was set back
 * since: it lasts no longer than it was to, from now on.
 */
export function limitAt(limit: AutomaticLimit, nowMs: number): AutomaticLimit | undefined {
  let now: AutomaticLimit | undefined = isOfLaterTime(limit, nowMs)
    ? movedBy(limit, nowMs - limit.changedAtMs)
    : limit;
  while (now !== undefined && now.untilMs <= nowMs) now = raised(now);
  return now;
}

/** {@link limitAt} has another one than this. */
export function isChangeDue(limit: AutomaticLimit, nowMs: number): boolean {
  return limit.untilMs <= nowMs || isOfLaterTime(limit, nowMs);
}

/** A limit that changed later than this is of a clock that was set back since. */
export function latestChangeMs(nowMs: number): number {
  return nowMs + CLOCK_SLACK_MS;
}

/** What the change from `before` to `after` is called; `undefined`: there was none, or the clock changed alone. */
export function changeOf(
  before: AutomaticLimit | undefined,
  after: AutomaticLimit | undefined,
): LimitChange | undefined {
  if (after === undefined) return before && 'lifted';
  const isSameKind = before?.action === after.action;
  if (isSameKind && after.changedAtMs === before.changedAtMs) return undefined;
  if (isSameKind && after.step === before.step && after.changedAtMs < before.changedAtMs) return undefined;
  if (after.action === 'suspend') return 'suspended';
  if (before === undefined || after.step > before.step) return 'slowed';
  return 'raised';
}

function firstLimit(said: LimitingReply): AutomaticLimit {
  const { subject, source, action, nowMs } = said;
  const suspends = action === 'suspend';
  return {
    ...{ subject, source, action },
    ...wordsOf(said),
    step: suspends ? STEP_AFTER_SUSPENSION : 1,
    perMinute: perMinuteOf(said, undefined),
    connections: suspends ? 1 : half(said.connections),
    atMs: nowMs,
    changedAtMs: nowMs,
    untilMs: nowMs + said.forMs,
    times: 1,
  };
}

/** The time was over without another refusal: one step up. A suspension goes on slowly first. */
function raised(limit: AutomaticLimit): AutomaticLimit | undefined {
  const { action, step, perMinute, connections, changedAtMs, untilMs } = limit;
  const lastedMs = untilMs - changedAtMs;
  const stepMs = Math.min(LONGEST_STEP_MS, Math.max(SHORTEST_STEP_MS, lastedMs));
  const next = { ...limit, action: 'slow', changedAtMs: untilMs, untilMs: untilMs + stepMs } as const;
  if (action === 'suspend') return next;
  if (step <= 1) return undefined;
  return { ...next, step: step - 1, perMinute: twice(perMinute), connections: twice(connections) };
}

function isOfLaterTime({ changedAtMs }: AutomaticLimit, nowMs: number): boolean {
  return changedAtMs > latestChangeMs(nowMs);
}

function movedBy(limit: AutomaticLimit, ms: number): AutomaticLimit {
  const { atMs, changedAtMs, untilMs } = limit;
  return { ...limit, atMs: atMs + ms, changedAtMs: changedAtMs + ms, untilMs: untilMs + ms };
}

function suspensionMs(forMs: number, times: number): number {
  return Math.min(Math.max(LONGEST_SUSPENSION_MS, forMs), forMs * 2 ** Math.min(times - 1, 10));
}

function wordsOf({ rule, reply, destination }: LimitingReply) {
  return { rule, reply, destination };
}

/** `undefined`: no limit. What refuses one of several connections says nothing of messages yet. */
function perMinuteOf(said: LimitingReply, before: AutomaticLimit | undefined): number | undefined {
  const { action, ofConnection, perMinute } = said;
  const connections = before?.connections ?? said.connections;
  if (action === 'slow' && ofConnection && connections > 1) return before?.perMinute;
  const inUse = before?.perMinute ?? Math.max(perMinute, LEAST_PER_MINUTE);
  return Math.max(1, Math.floor(inUse / (action === 'suspend' ? 2 ** STEP_AFTER_SUSPENSION : 2)));
}

function half(connections: number): number {
  return Math.max(1, Math.floor(connections / 2));
}

function twice(value: number | undefined): number | undefined {
  return value === undefined ? undefined : value * 2;
}
