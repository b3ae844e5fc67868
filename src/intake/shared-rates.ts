/**
 * Rates of credentials and accounts, where several nodes take their mail: tokens come from the store in blocks of a twentieth of
 * a full bucket, so that most messages ask nobody. In any time no more pass than one
 * bucket of that rate gives (what was saved up, then the rate) and one block for each node.
 */
import { BoundedTable } from '../platform/bounded-table.ts';
import type { Clock } from '../platform/clock.ts';
import type { LimitWriter } from '../store/shared-limits.ts';

const BLOCKS_A_BUCKET = 20;
/** What was leased and not used is worth nothing after. */
const KEPT_MS = 60_000;
const MINUTE_MS = 60_000;
const LONGEST_WAIT_MS = 3_600_000;
/** What is leased of one that is forgotten is lost to it. */
const KNOWN_BUCKETS = 20_000;

export interface SharedRate {
  /** The bucket's. */
  readonly name: string;
  readonly ratePerMinute: number;
  /** Of a full bucket; default: a minute's worth. */
  readonly capacity?: number;
}

interface Block {
  /** Negative: more than a bucket holds was taken at once, and is not paid off yet. */
  tokens: number;
  keptUntilMs: number;
  /** The bucket was empty. */
  emptyUntilMs: number;
  asking: Promise<void> | undefined;
}

export class SharedRates {
  readonly #limits: LimitWriter;
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #blocks = new BoundedTable<Block>(KNOWN_BUCKETS);

  constructor(limits: LimitWriter, clock: Pick<Clock, 'monotonic'>) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /**
   * Takes `amount` tokens, or resolves to the whole seconds, at least 1, until there may be so many. Rejects with StoreError where
   * a block is needed and the store cannot be asked.
   */
  async take(rate: SharedRate, amount = 1): Promise<number | undefined> {
    const { name, ratePerMinute, capacity = Math.max(1, ratePerMinute) } = rate;
    const block = this.#blocks.get(name) ?? { tokens: 0, keptUntilMs: 0, emptyUntilMs: 0, asking: undefined };
    this.#blocks.set(name, block);
    const needed = Math.min(amount, Math.max(1, Math.floor(capacity)));
    for (;;) {
      const nowMs = this.#clock.monotonic();
      if (nowMs >= block.keptUntilMs) block.tokens = Math.min(0, block.tokens);
      if (block.tokens >= needed) {
        block.tokens -= amount;
        return undefined;
      }
      if (nowMs < block.emptyUntilMs) return Math.max(1, Math.ceil((block.emptyUntilMs - nowMs) / 1000));
      const missing = needed - block.tokens;
      block.asking ??= this.#lease(rate, capacity, missing, block).finally(() => {
        block.asking = undefined;
      });
      await block.asking;
    }
  }

  /** What {@link take} took for something that was refused afterwards. */
  giveBack(name: string, amount: number): void {
    const block = this.#blocks.get(name);
    if (block !== undefined) block.tokens += amount;
  }

  async #lease(rate: SharedRate, capacity: number, missing: number, block: Block): Promise<void> {
    const { name, ratePerMinute } = rate;
    const wanted = Math.max(missing, Math.ceil(capacity / BLOCKS_A_BUCKET));
    const granted = await this.#limits.leaseTokens({
      name,
      ratePerMinute,
      wanted,
      ...(rate.capacity !== undefined && { capacity: rate.capacity }),
    });
    const nowMs = this.#clock.monotonic();
    block.tokens += granted;
    block.keptUntilMs = nowMs + KEPT_MS;
    if (granted < missing) {
      const waitMs = ((missing - granted) * MINUTE_MS) / ratePerMinute;
      block.emptyUntilMs = nowMs + Math.min(LONGEST_WAIT_MS, waitMs);
    }
  }
}
