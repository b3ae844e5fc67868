/**
 * Messages a minute of a credential, where several nodes take its mail: tokens come from the store in blocks of a twentieth of
 * a minute's, so that most messages ask nobody. In any time no more pass than one
 * bucket of that rate gives (a minute's worth that was saved up, then the rate) and one block for each node.
 */
import { BoundedTable } from '../platform/bounded-table.ts';
import type { Clock } from '../platform/clock.ts';
import type { LimitWriter } from '../store/shared-limits.ts';

const BLOCKS_A_MINUTE = 20;
/** What was leased and not used is worth nothing after. */
const KEPT_MS = 60_000;
const MINUTE_MS = 60_000;
const LONGEST_WAIT_MS = 3_600_000;
/** What is leased of one that is forgotten is lost to it. */
const KNOWN_CREDENTIALS = 20_000;

interface Block {
  tokens: number;
  keptUntilMs: number;
  /** The bucket was empty. */
  emptyUntilMs: number;
  asking: Promise<void> | undefined;
}

export class SharedRates {
  readonly #limits: LimitWriter;
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #blocks = new BoundedTable<Block>(KNOWN_CREDENTIALS);

  constructor(limits: LimitWriter, clock: Pick<Clock, 'monotonic'>) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /**
   * Takes one token, or resolves to the whole seconds, at least 1, until there may be one. Rejects with StoreError where a block
   * is needed and the store cannot be asked.
   */
  async take(name: string, ratePerMinute: number): Promise<number | undefined> {
    const block = this.#blocks.get(name) ?? { tokens: 0, keptUntilMs: 0, emptyUntilMs: 0, asking: undefined };
    this.#blocks.set(name, block);
    for (;;) {
      const nowMs = this.#clock.monotonic();
      if (block.tokens >= 1 && nowMs < block.keptUntilMs) {
        block.tokens--;
        return undefined;
      }
      if (nowMs < block.emptyUntilMs) return Math.max(1, Math.ceil((block.emptyUntilMs - nowMs) / 1000));
      block.asking ??= this.#lease(name, ratePerMinute, block).finally(() => {
        block.asking = undefined;
      });
      await block.asking;
    }
  }

  async #lease(name: string, ratePerMinute: number, block: Block): Promise<void> {
    const wanted = Math.max(1, Math.ceil(ratePerMinute / BLOCKS_A_MINUTE));
    const granted = await this.#limits.leaseTokens({ name, ratePerMinute, wanted });
    const nowMs = this.#clock.monotonic();
    block.tokens = granted;
    block.keptUntilMs = nowMs + KEPT_MS;
    if (granted === 0) block.emptyUntilMs = nowMs + Math.min(LONGEST_WAIT_MS, MINUTE_MS / ratePerMinute);
  }
}
