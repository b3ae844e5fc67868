/**
 * The rotation of a domain's DKIM keys without a gap. New keys are `pending` until DNS has the records of all of them, then they
 * sign and the old ones are `retired`: these sign no more, and their records stay published until nobody can meet a signature of
 * theirs any more. Facts in, decision out; RFC 6376 §3.6.2.1 leaves the time of keeping an old record to the signer.
 */

/** `active` keys sign; `pending` wait for DNS; `retired` stay published only. */
export type DkimKeyState = 'active' | 'pending' | 'retired';

/** What a key's life is judged by. */
export interface KeyLife {
  readonly selector: string;
  readonly state: DkimKeyState;
  readonly createdAtMs: number;
  /** Since when each look found its record as it should be; only of pending keys. */
  readonly seenSinceMs?: number | undefined;
  /** When it began to sign. */
  readonly activatedAtMs?: number | undefined;
  /** When it ended. */
  readonly retiredAtMs?: number | undefined;
  /** Since when its record may go. */
  readonly removableAtMs?: number | undefined;
}

/**
 * A record that was seen is seen by everybody only when the zone's other servers have it too, and when answers that it is not
 * there, which our own looks asked for, have left the caches. RFC 2308 §5: most zones keep these for minutes.
 */
export const SPREAD_MS = 10 * 60_000;

/** How long others may hold mail before it is verified: a queue gives up after 4 to 5 days (RFC 5321 §4.5.4.1). */
export const IN_TRANSIT_MS = 7 * 24 * 3_600_000;

/** When the pending keys begin to sign, if their records stay; `undefined`: not all were seen, or none is pending. */
export function switchAtMs(keys: readonly KeyLife[]): number | undefined {
  const pending = keys.filter(({ state }) => state === 'pending');
  const seen = pending.map(({ seenSinceMs }) => seenSinceMs).filter((atMs) => atMs !== undefined);
  return pending.length === 0 || seen.length < pending.length ? undefined : Math.max(...seen) + SPREAD_MS;
}

export function isDueToSwitch(keys: readonly KeyLife[], nowMs: number): boolean {
  const atMs = switchAtMs(keys);
  return atMs !== undefined && atMs <= nowMs;
}

/**
 * Whether the record of a key may go. `oldestUnsettledMs`: when the oldest message of the domain that is not settled was accepted;
 * `undefined`: there is none.
 */
export function mayBeRemoved(
  { state, retiredAtMs }: KeyLife,
  oldestUnsettledMs: number | undefined,
  nowMs: number,
): boolean {
  if (state !== 'retired' || retiredAtMs === undefined) return false;
  const isSettled = oldestUnsettledMs === undefined || oldestUnsettledMs > retiredAtMs;
  return isSettled && nowMs - retiredAtMs >= IN_TRANSIT_MS;
}

/** `everyMs`: the domain's own, else as configured; `undefined`: never by itself. */
export function isDueToRotate(keys: readonly KeyLife[], everyMs: number | undefined, nowMs: number): boolean {
  if (everyMs === undefined || keys.some(({ state }) => state === 'pending')) return false;
  const active = keys.filter(({ state }) => state === 'active');
  return (
    active.length > 0 && active.every((key) => nowMs - (key.activatedAtMs ?? key.createdAtMs) >= everyMs)
  );
}
