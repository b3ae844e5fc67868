/**
 * What holders hand in by hour and day (UTC), against their limits. The counts are the store's, which counts in the commit of each
 * message; here they are known from the first use on, with what is on its way into the store. Where other nodes count too,
 * they are read again every second.
 */
import { BoundedTable } from '../platform/bounded-table.ts';
import {
  DAY_SECONDS,
  HOUR_SECONDS,
  LIMIT_FACTS,
  USAGE_LIMITS,
  type UsageHolder,
  type UsageLimitName,
} from '../policy/usage-limits.ts';
import type { UsageOfPeriod, UsageReader } from '../store/usage.ts';
import { atLimit, type LimitRefusal } from './usage-refusals.ts';

/** Other nodes count too. */
const READ_AGAIN_MS = 1_000;
const HOLDERS = 20_000;
const SECONDS = [HOUR_SECONDS, DAY_SECONDS] as const;

interface Period {
  /** Since the epoch. */
  readonly number: number;
  readonly readAtMs: number;
  used: UsageOfPeriod;
}

/** What {@link UsageCounts.add} counted. */
export interface Booking {
  readonly holder: UsageHolder;
  readonly amount: UsageOfPeriod;
  readonly numbers: ReadonlyMap<number, number>;
}

export class UsageCounts {
  readonly #reader: UsageReader;
  readonly #shared: boolean;
  /** By holder and length. */
  readonly #periods = new BoundedTable<Period>(HOLDERS);

  /** `shared`: with other nodes. */
  constructor(reader: UsageReader, shared: boolean) {
    this.#reader = reader;
    this.#shared = shared;
  }

  /** Makes the counts known; `undefined`: they are. Rejects with StoreError. */
  load(holder: UsageHolder, nowMs: number): Promise<void> | undefined {
    const stale = SECONDS.filter(
      (seconds) => countsBy(holder, seconds) && !this.#isFresh(holder, seconds, nowMs),
    );
    return stale.length === 0 ? undefined : this.#read(holder, stale, nowMs);
  }

  /** The refusal of `amount` more; the counts are known. */
  lacking(holder: UsageHolder, amount: UsageOfPeriod, nowMs: number): LimitRefusal | undefined {
    for (const limit of USAGE_LIMITS) {
      const most = holder.limits[limit];
      const { counts, seconds } = LIMIT_FACTS[limit];
      if (most === undefined || seconds < HOUR_SECONDS || amount[counts] === 0) continue;
      const { used, endsInMs } = this.#now(holder, seconds, nowMs);
      if (used[counts] + amount[counts] > most)
        return atLimit(holder, limit, Math.max(1, Math.ceil(endsInMs / 1_000)));
    }
    return undefined;
  }

  /** Counts what is on its way into the store. */
  add(holder: UsageHolder, amount: UsageOfPeriod, nowMs: number): Booking {
    const numbers = new Map<number, number>();
    for (const seconds of SECONDS) {
      if (!countsBy(holder, seconds)) {
        // What is not limited is counted by the store alone, which is asked when it is limited again.
        this.#periods.delete(keyOf(holder, seconds));
        continue;
      }
      const { number, used, readAtMs } = this.#now(holder, seconds, nowMs);
      numbers.set(seconds, number);
      this.#periods.set(keyOf(holder, seconds), { number, readAtMs, used: sum(used, amount, 1) });
    }
    return { holder, amount, numbers };
  }

  /** Takes back what was not accepted, or was counted twice. */
  subtract({ holder, numbers }: Booking, amount: UsageOfPeriod): void {
    for (const [seconds, number] of numbers) {
      const period = this.#periods.get(keyOf(holder, seconds));
      if (period?.number === number) period.used = sum(period.used, amount, -1);
    }
  }

  forget(holderId: string): void {
    if (this.#periods.size === 0) return;
    for (const seconds of SECONDS) this.#periods.delete(`${holderId} ${seconds}`);
  }

  /** What is left of a limit of an hour or a day, and the seconds until it ends; the counts are known. */
  standing(
    holder: UsageHolder,
    limit: UsageLimitName,
    nowMs: number,
  ): { readonly remaining: number; readonly resetSeconds: number } {
    const { counts, seconds } = LIMIT_FACTS[limit];
    const { used, endsInMs } = this.#now(holder, seconds, nowMs);
    const remaining = Math.max(0, (holder.limits[limit] ?? 0) - used[counts]);
    return { remaining, resetSeconds: Math.ceil(endsInMs / 1_000) };
  }

  #isFresh(holder: UsageHolder, seconds: number, nowMs: number): boolean {
    const known = this.#periods.get(keyOf(holder, seconds));
    if (known === undefined || !isCurrent(known.number, seconds, nowMs)) return false;
    return !this.#shared || nowMs - known.readAtMs < READ_AGAIN_MS;
  }

  async #read(holder: UsageHolder, stale: readonly number[], nowMs: number): Promise<void> {
    for (const seconds of stale) {
      const number = Math.floor(nowMs / (seconds * 1_000));
      const key = keyOf(holder, seconds);
      const before = this.#periods.get(key);
      // While the answer is on its way, the others continue with what is known.
      if (before?.number === number) this.#periods.set(key, { ...before, readAtMs: nowMs });
      const stored = await this.#stored(holder, seconds, number);
      // Others may have asked at the same time, and been counted; so may other nodes have.
      const now = this.#periods.get(key);
      const used = now?.number === number ? greater(now.used, stored) : stored;
      this.#periods.set(key, { number, readAtMs: nowMs, used });
    }
  }

  async #stored(holder: UsageHolder, seconds: number, number: number): Promise<UsageOfPeriod> {
    const counted = await this.#reader.usageOf(holder.id, seconds, number);
    if (holder.kind === 'account' || seconds !== DAY_SECONDS) return counted;
    // Counted of every credential, limited or not.
    return { ...counted, recipients: await this.#reader.recipientsOfDay(holder.id, number) };
  }

  /** A clock that is set back does not start a new period. */
  #now(holder: UsageHolder, seconds: number, nowMs: number) {
    const known = this.#periods.get(keyOf(holder, seconds));
    const today = Math.floor(nowMs / (seconds * 1_000));
    const isKnown = known !== undefined && isCurrent(known.number, seconds, nowMs);
    const number = isKnown ? known.number : today;
    return {
      number,
      used: isKnown ? known.used : NOTHING,
      readAtMs: isKnown ? known.readAtMs : -Infinity,
      endsInMs: (number + 1) * seconds * 1_000 - nowMs,
    };
  }
}

export const NOTHING: UsageOfPeriod = { messages: 0, recipients: 0, newRecipients: 0 };

/** The holder has a limit of that period. */
function countsBy({ limits }: UsageHolder, seconds: number): boolean {
  return USAGE_LIMITS.some((name) => LIMIT_FACTS[name].seconds === seconds && limits[name] !== undefined);
}

/** The store has to count for it besides the recipients of a credential's day, which are counted of all. */
export function isStoreCounted({ kind, limits }: UsageHolder): boolean {
  return USAGE_LIMITS.some(
    (name) =>
      limits[name] !== undefined &&
      LIMIT_FACTS[name].seconds >= HOUR_SECONDS &&
      !(kind === 'credential' && name === 'recipients_per_day'),
  );
}

function isCurrent(number: number, seconds: number, nowMs: number): boolean {
  const now = Math.floor(nowMs / (seconds * 1_000));
  return number === now || number === now + 1;
}

function keyOf({ id }: UsageHolder, seconds: number): string {
  return `${id} ${seconds}`;
}

function sum(one: UsageOfPeriod, other: UsageOfPeriod, factor: 1 | -1): UsageOfPeriod {
  const of = (key: keyof UsageOfPeriod) => Math.max(0, one[key] + factor * other[key]);
  return { messages: of('messages'), recipients: of('recipients'), newRecipients: of('newRecipients') };
}

function greater(one: UsageOfPeriod, other: UsageOfPeriod): UsageOfPeriod {
  const of = (key: keyof UsageOfPeriod) => Math.max(one[key], other[key]);
  return { messages: of('messages'), recipients: of('recipients'), newRecipients: of('newRecipients') };
}
