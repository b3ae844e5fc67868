/**
 * The tokens of sources in warm-up that this node has in hand: one a recipient, of one source, provider and UTC day. They
 * are leased from the store in blocks, so that no node nor crash exceeds a ceiling, and most mail asks nobody. A token is
 * spent when the remote took the recipient, or may have; else it is free again, on its day alone. What lies idle goes back
 * to the store. Without the store there are no tokens, and the mail waits.
 */
import type { Clock } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import { firstDay } from '../../policy/egress/source-forecast.ts';
import {
  DAY_MS,
  dayOf,
  WARM_UP_HISTORY_DAYS,
  warmUpCeiling,
  type WarmUpReason,
} from '../../policy/egress/warm-up.ts';
import type { EgressReader, EgressWriter, SourceCount } from '../../store/egress.ts';

/** A source in warm-up, at one provider. */
export interface WarmingSource {
  readonly source: string;
  readonly provider: string;
  readonly startsAtMs: number;
  readonly ceilings: readonly number[];
}

export type Tokens =
  /** For the first `recipients` of them, to begin on that day (UTC, since 1970-01-01). */
  | { readonly kind: 'taken'; readonly recipients: number; readonly day: number }
  /** It has no ceiling. */
  | { readonly kind: 'warm' }
  | { readonly kind: 'none'; readonly untilMs: number; readonly ceiling: number | undefined }
  | { readonly kind: 'ask-again'; readonly when: Promise<void> };

export interface WarmUpTokensOptions {
  readonly reader: Pick<EgressReader, 'sourceDays'>;
  readonly writer: Pick<EgressWriter, 'leaseSource' | 'countSources'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** What is in hand of one day. */
interface Lot extends Pick<WarmingSource, 'startsAtMs' | 'ceilings'> {
  readonly day: number;
  free: number;
  ceiling: number | undefined;
  warm: boolean;
  /** The store had no more: monotonic time when it is asked again. */
  emptyUntilMs: number;
  /** When mail that found none is due again, epoch. */
  dueAtMs: number;
  asking: Promise<void> | undefined;
  /** Monotonic. */
  usedAtMs: number;
  told: WarmUpReason | undefined;
}

const BLOCKS_A_DAY = 20;
/** Others may have given some back. */
const ASK_AGAIN_MS = 5 * 60_000;
const STORE_FAILED_MS = 10_000;
const IDLE_MS = 60_000;
const LEAST_WAIT_MS = 1_000;

export class WarmUpTokens {
  readonly #options: WarmUpTokensOptions;
  readonly #lots = new Map<string, Lot>();
  /** Not written yet, by source, provider and day. */
  readonly #counts = new Map<string, SourceCount>();

  constructor(options: WarmUpTokensOptions) {
    this.#options = options;
  }

  take(warming: WarmingSource, recipients: number): Tokens {
    const { clock } = this.#options;
    const lot = this.#lotOf(warming);
    if (lot.warm) return { kind: 'warm' };
    const nowMs = clock.monotonic();
    const empty = nowMs < lot.emptyUntilMs;
    if (lot.free < recipients && !empty) {
      lot.asking ??= this.#lease(warming, lot, recipients).finally(() => (lot.asking = undefined));
      return { kind: 'ask-again', when: lot.asking };
    }
    if (lot.free === 0) {
      // Not at once, however the clock was set since.
      const untilMs = Math.max(lot.dueAtMs, clock.now() + LEAST_WAIT_MS);
      return { kind: 'none', untilMs, ceiling: lot.ceiling };
    }
    const taken = Math.min(lot.free, recipients);
    lot.free -= taken;
    lot.usedAtMs = nowMs;
    return { kind: 'taken', recipients: taken, day: lot.day };
  }

  /** What came of tokens that {@link take} gave for `day`. */
  ended(
    { source, provider }: Pick<WarmingSource, 'source' | 'provider'>,
    counts: {
      readonly day: number;
      readonly recipients: number;
      readonly handedOver: number;
      readonly turnedAway: number;
    },
  ): void {
    const { day, recipients, handedOver, turnedAway } = counts;
    const lot = this.#lots.get(keyOf(source, provider));
    if (lot?.day === day) lot.free += recipients - handedOver;
    this.#count({ source, provider, day, handedOver, turnedAway, returned: 0 });
  }

  /** Writes what was counted, and gives back what lies idle; at the end (`all`) everything. Never rejects. */
  async flush(all = false): Promise<void> {
    const nowMs = this.#options.clock.monotonic();
    for (const [key, lot] of this.#lots) {
      if (lot.free === 0 || lot.asking !== undefined || (!all && nowMs - lot.usedAtMs < IDLE_MS)) continue;
      const [source = '', provider = ''] = key.split(SEPARATOR);
      this.#count({ source, provider, day: lot.day, handedOver: 0, turnedAway: 0, returned: lot.free });
      lot.free = 0;
    }
    const counts = [...this.#counts.values()];
    this.#counts.clear();
    if (counts.length === 0) return;
    try {
      await this.#options.writer.countSources(counts);
    } catch (error) {
      // What was given back may have been written: once more would be too much. The counts are worth a second try.
      for (const count of counts) this.#count({ ...count, returned: 0 });
      this.#options.log.debug('sources not counted', { reason: String(error) });
    }
  }

  #lotOf({ source, provider, startsAtMs, ceilings }: WarmingSource): Lot {
    const key = keyOf(source, provider);
    const day = dayOf(this.#options.clock.now());
    const before = this.#lots.get(key);
    const isOfPlan = before?.startsAtMs === startsAtMs && before.ceilings === ceilings;
    if (before !== undefined && isOfPlan && (before.day === day || before.warm)) return before;
    const lot: Lot = {
      ...{ day, free: 0, ceiling: undefined, warm: false, emptyUntilMs: 0, dueAtMs: 0 },
      ...{ asking: undefined, usedAtMs: 0, told: undefined, startsAtMs, ceilings },
    };
    this.#lots.set(key, lot);
    return lot;
  }

  /** Never rejects. What comes after the day is over is lost with its lot. */
  async #lease(warming: WarmingSource, lot: Lot, recipients: number): Promise<void> {
    const { clock, log } = this.#options;
    try {
      const granted = await this.#ask(warming, lot, recipients);
      lot.free += granted;
      lot.usedAtMs = clock.monotonic();
      if (granted >= recipients || lot.warm) return;
      lot.emptyUntilMs = clock.monotonic() + ASK_AGAIN_MS;
      lot.dueAtMs = Math.max((lot.day + 1) * DAY_MS, warming.startsAtMs);
    } catch (error) {
      lot.emptyUntilMs = clock.monotonic() + STORE_FAILED_MS;
      lot.dueAtMs = clock.now() + STORE_FAILED_MS;
      log.debug('no tokens of a source', { source: warming.source, reason: String(error) });
    }
  }

  async #ask(
    { source, provider, startsAtMs, ceilings }: WarmingSource,
    lot: Lot,
    recipients: number,
  ): Promise<number> {
    const { reader, writer } = this.#options;
    const { day } = lot;
    const history = await reader.sourceDays({ source, sinceDay: day - WARM_UP_HISTORY_DAYS });
    const ofProvider = history.filter((one) => one.provider === provider);
    const facts = { day, startDay: dayOf(startsAtMs), ceilings, firstDayHere: firstDay(history) };
    const allowance = warmUpCeiling({ ...facts, history: ofProvider });
    const request = { source, provider, day };
    if (allowance.kind === 'warm') {
      lot.warm = true;
      // So that a month without mail, or a restart, does not begin it anew.
      if (!ofProvider.some(({ step }) => step >= ceilings.length))
        await writer.leaseSource({
          ...request,
          ...{ step: ceilings.length, ceiling: 0, reason: 'planned', wanted: 0 },
        });
      return 0;
    }
    const { step, ceiling, reason } = allowance;
    lot.ceiling = ceiling;
    if (reason === 'not-begun') return 0;
    this.#tell(request, lot, allowance);
    const wanted = Math.max(recipients - lot.free, Math.ceil(ceiling / BLOCKS_A_DAY));
    const lease = await writer.leaseSource({ ...request, step, ceiling, reason, wanted });
    lot.ceiling = lease.ceiling;
    return lease.granted;
  }

  /** Once a day: that a warm-up slows down, and why. */
  #tell(
    { source, provider }: { readonly source: string; readonly provider: string },
    lot: Lot,
    { ceiling, reason }: { readonly ceiling: number; readonly reason: WarmUpReason },
  ): void {
    if (lot.told === reason || (reason !== 'turned-away' && reason !== 'complaints')) return;
    lot.told = reason;
    this.#options.log.warn('warm-up slowed down', { source, provider, reason, ceiling });
  }

  #count({ source, provider, day, handedOver, turnedAway, returned }: SourceCount): void {
    if (handedOver + turnedAway + returned === 0) return;
    const key = `${keyOf(source, provider)}${SEPARATOR}${day}`;
    const before = this.#counts.get(key);
    this.#counts.set(key, {
      ...{ source, provider, day },
      handedOver: (before?.handedOver ?? 0) + handedOver,
      turnedAway: (before?.turnedAway ?? 0) + turnedAway,
      returned: (before?.returned ?? 0) + returned,
    });
  }
}

/** In no name of a source or provider. */
const SEPARATOR = ' ';

function keyOf(source: string, provider: string): string {
  return `${source}${SEPARATOR}${provider}`;
}
