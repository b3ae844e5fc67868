/**
 * Which changes of checks the operator is told of, and when. The first untold change waits a minute, so that several
 * are one notice; a check is in one notice an hour at most, and what was left out in between is counted in its next.
 * What was told is state, so that a restart repeats nothing, and a recovery that a restart brought is told.
 */
import type { TimedResult } from '../checks/since.ts';

/** A check as the operator knows it, and as it is. */
export interface Subject {
  /** As the operator was last told; what was never told of is well. */
  readonly toldOk: boolean;
  /** `undefined`: nothing was ever told. */
  readonly toldAtMs: number | undefined;
  readonly ok: boolean;
  /** Changes since it was told. */
  readonly changes: number;
  /** The first of them; `undefined`: there are none. */
  readonly changedAtMs: number | undefined;
}

/** By check. */
export type NoticeState = Readonly<Record<string, Subject>>;

/** One check in a notice. */
export interface ToldChange {
  readonly check: string;
  readonly ok: boolean;
  readonly sinceMs: number | undefined;
  readonly detail: string;
  readonly remedy: string | undefined;
  /** Changes before this one that were not told. */
  readonly leftOut: number;
}

export interface DueNotice {
  /** At least one; failures first. */
  readonly changes: readonly ToldChange[];
  /** Checks that fail beside those of `changes`. */
  readonly failing: readonly string[];
  /** After it is told. */
  readonly state: NoticeState;
}

export const GATHER_MS = 60_000;
export const QUIET_MS = 3_600_000;

const WELL: Subject = { toldOk: true, toldAtMs: undefined, ok: true, changes: 0, changedAtMs: undefined };

/**
 * `settling`: relayd started a moment ago, when a check may pass because nobody has looked yet; a recovery counts
 * later.
 */
export function observe(
  state: NoticeState,
  results: readonly TimedResult[],
  { nowMs, settling }: { readonly nowMs: number; readonly settling: boolean },
): NoticeState {
  const next: Record<string, Subject> = {};
  for (const [name, subject] of Object.entries(state)) next[name] = notAhead(subject, nowMs);
  for (const { name, ok, unknown } of results) {
    const before = next[name] ?? WELL;
    if (before.ok === ok || unknown === true || (ok && settling)) continue;
    const { changes, changedAtMs = nowMs } = before;
    next[name] = { ...before, ok, changes: changes + 1, changedAtMs };
  }
  return next;
}

/** After the clock was set back nobody waits for more than an hour, or a minute. */
function notAhead(subject: Subject, nowMs: number): Subject {
  const { toldAtMs, changedAtMs } = subject;
  const notLater = (atMs: number | undefined) => atMs && Math.min(atMs, nowMs);
  return { ...subject, toldAtMs: notLater(toldAtMs), changedAtMs: notLater(changedAtMs) };
}

/** What is due now, else when to look again; `undefined`: nothing waits. */
export function dueNotice(
  state: NoticeState,
  results: readonly TimedResult[],
  nowMs: number,
): DueNotice | { readonly atMs: number } | undefined {
  const news = results.flatMap((result) => {
    const subject = state[result.name];
    return subject === undefined || !isNews(subject) ? [] : [{ result, subject, ...timesOf(subject) }];
  });
  if (news.length === 0) return undefined;
  const told = news.filter(({ quietUntilMs }) => quietUntilMs <= nowMs);
  if (!told.some(({ dueAtMs }) => dueAtMs <= nowMs))
    return { atMs: Math.min(...news.map(({ dueAtMs }) => dueAtMs)) };
  const changes = told.map(({ result, subject }) => changeOf(result, subject));
  const names = new Set(changes.map(({ check }) => check));
  return {
    changes: [...changes.filter(({ ok }) => !ok), ...changes.filter(({ ok }) => ok)],
    failing: results.filter(({ name, ok }) => !ok && !names.has(name)).map(({ name }) => name),
    state: tell(state, names, nowMs),
  };
}

/** Still failing is none, whatever was in between; still well is, for it has failed. */
function isNews({ changes, ok, toldOk }: Subject): boolean {
  return changes > 0 && (ok || toldOk);
}

function timesOf({ toldAtMs, changedAtMs = 0 }: Subject) {
  const quietUntilMs = toldAtMs === undefined ? 0 : toldAtMs + QUIET_MS;
  return { quietUntilMs, dueAtMs: Math.max(quietUntilMs, changedAtMs + GATHER_MS) };
}

function changeOf({ name, ok, sinceMs, detail, remedy }: TimedResult, { changes }: Subject): ToldChange {
  return { check: name, ok, sinceMs, detail, remedy, leftOut: changes - 1 };
}

/** Without what is as if it had never been, so that the state stays small. */
function tell(state: NoticeState, names: ReadonlySet<string>, nowMs: number): NoticeState {
  const next: Record<string, Subject> = {};
  for (const [name, subject] of Object.entries(state)) {
    const { ok, toldOk, toldAtMs = nowMs - QUIET_MS, changes } = subject;
    if (names.has(name)) next[name] = { toldOk: ok, toldAtMs: nowMs, ok, changes: 0, changedAtMs: undefined };
    else if (!ok || !toldOk || changes > 0 || nowMs - toldAtMs < QUIET_MS) next[name] = subject;
  }
  return next;
}
