/**
 * When the next certificate is ordered, and for which host name: a pure function of what is known of each name and the time.
 *
 * - A certificate is renewed at two thirds of its life, and up to a fiftieth of it later, so that many relays do not come at once.
 * - After a failure the next order waits, longer each time; never less than the authority has asked for.
 * - Orders an hour are limited, of one name and of all, whoever asks for them: authorities count failed ones for days.
 */
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../platform/time-units.ts';

export interface NameFacts {
  readonly name: string;
  /** In the data folder; `undefined`: none, an order is due. */
  readonly certificate: { readonly notBeforeMs: number; readonly notAfterMs: number } | undefined;
  /** 0 .. 1, always the same for one certificate. */
  readonly jitter: number;
  /** Failed orders since the last certificate. */
  readonly failures: number;
  /** Of the newest failure. */
  readonly failedAtMs: number | undefined;
  /** Until then the authority takes no order (Retry-After). */
  readonly retryAtMs: number | undefined;
  /** Orders of the last hour at least. */
  readonly orderedAtMs: readonly number[];
  /** The operator wants it now: neither its age nor failures count. */
  readonly asked: boolean;
}

export interface NextOrder {
  readonly name: string;
  readonly atMs: number;
}

const RENEWAL_PART = 2 / 3;
const JITTER_PART = 1 / 50;
/** Let's Encrypt takes five failed validations of a name an hour; one is left to whoever tries by hand. */
export const ORDERS_OF_NAME = 4;
export const ORDERS_OF_ALL = 20;
/** After the first, second, ... failure; the last repeats. */
const WAITS_MS = [15 * MINUTE_MS, HOUR_MS, 4 * HOUR_MS, 12 * HOUR_MS, DAY_MS];
/** No Retry-After is followed for longer. */
export const LONGEST_WAIT_MS = 7 * DAY_MS;

/** The earliest; of two at the same time the first in `names`. `atMs` is not after the end of what is waited for: it may be past. */
export function nextOrder(names: readonly NameFacts[], nowMs: number): NextOrder | undefined {
  const fromMs = roomForAllMs(names, nowMs);
  let next: NextOrder | undefined;
  for (const facts of names) {
    const atMs = Math.max(fromMs, orderAtMs(facts, nowMs));
    if (next === undefined || atMs < next.atMs) next = { name: facts.name, atMs };
  }
  return next;
}

/** When one more order of any name fits into what is allowed an hour. */
export function roomForAllMs(names: readonly NameFacts[], nowMs: number): number {
  return roomAtMs(
    names.flatMap(({ orderedAtMs }) => orderedAtMs),
    ORDERS_OF_ALL,
    nowMs,
  );
}

/** When this name may be ordered, leaving the others aside. */
export function orderAtMs(facts: NameFacts, nowMs: number): number {
  const { certificate, jitter, asked, orderedAtMs } = facts;
  const dueMs = asked || certificate === undefined ? 0 : renewAtMs(certificate, jitter);
  return Math.max(
    dueMs,
    asked ? 0 : backedOffUntilMs(facts, nowMs),
    askedToWaitUntilMs(facts, nowMs),
    roomAtMs(orderedAtMs, ORDERS_OF_NAME, nowMs),
  );
}

/** `jitter`: 0 .. 1. */
export function renewAtMs(
  { notBeforeMs, notAfterMs }: { readonly notBeforeMs: number; readonly notAfterMs: number },
  jitter: number,
): number {
  return notBeforeMs + (notAfterMs - notBeforeMs) * (RENEWAL_PART + jitter * JITTER_PART);
}

function backedOffUntilMs({ failures, failedAtMs }: NameFacts, nowMs: number): number {
  if (failures === 0 || failedAtMs === undefined || isAhead(failedAtMs, nowMs)) return 0;
  return failedAtMs + (WAITS_MS[Math.min(failures, WAITS_MS.length) - 1] ?? DAY_MS);
}

/** Counted from the failure: a limit that is counted from now moves on with every look. */
function askedToWaitUntilMs({ failedAtMs, retryAtMs }: NameFacts, nowMs: number): number {
  if (retryAtMs === undefined || failedAtMs === undefined || isAhead(failedAtMs, nowMs)) return 0;
  return Math.min(retryAtMs, failedAtMs + LONGEST_WAIT_MS);
}

/** What was written while the clock was wrong; one that is set right by minutes makes a wait a little longer. */
function isAhead(atMs: number, nowMs: number): boolean {
  return atMs > nowMs + HOUR_MS;
}

/** When one more order fits into `most` an hour. What lies in the future was written while the clock was wrong. */
function roomAtMs(ordersMs: readonly number[], most: number, nowMs: number): number {
  const recent = ordersMs
    .filter((atMs) => atMs > nowMs - HOUR_MS && atMs <= nowMs)
    .sort((one, other) => one - other);
  const blocking = recent.at(-most);
  return blocking === undefined ? 0 : blocking + HOUR_MS;
}
