/**
 * Outcomes on their way into the store. Outcomes that gather during one write go out together in the next; failed ones are
 * kept, in order, and written when the store works again.
 *
 * Promises: an outcome's `onWritten` runs once, after it is durable. Blocks of destinations are written before the
 * deliveries that they concern are released, so that the store does not hand those out again at once. A rejected outcome is
 * retried alone, so it cannot block the rest.
 */
import type { Clock } from '../../platform/clock.ts';
import type { OwnedPromises } from '../../platform/lifecycle.ts';
import type { Log } from '../../platform/log.ts';
import {
  isWait,
  type DestinationBlock,
  type Settlement,
  type SettlementBatch,
} from '../../store/delivery-records.ts';
import type { NewMessage } from '../../store/message-records.ts';
import { StoreError } from '../../store/errors.ts';
import type { Spool } from '../../store/spool.ts';
import type { Alarm } from '../alarm.ts';
import type { ClaimedMail } from './claimed-mail.ts';
import type { StoreHealth } from './store-health.ts';

/** The settlements of one entry and the DSNs that they cause: written in one transaction. */
export interface PendingSettlement {
  readonly settlements: readonly Settlement[];
  readonly dsns: readonly NewMessage[];
  readonly onWritten: () => void;
}

export interface OutboxOptions {
  readonly spool: Pick<Spool, 'settle' | 'blockDestinations'>;
  readonly health: StoreHealth;
  readonly alarm: Alarm;
  readonly clock: Clock;
  readonly background: OwnedPromises;
  readonly log: Log;
  readonly claimed: Pick<ClaimedMail, 'blocksWritten'>;
}

/** Settlements in one call, so that one call stays a matter of milliseconds. */
const MAX_SETTLEMENTS = 500;
const REFUSED_RETRY_MS = 60_000;
/** So many in a row, and none written: the store itself fails. */
const MOST_FAILURES = 3;

export class SettleOutbox {
  readonly #options: OutboxOptions;
  #pending: PendingSettlement[] = [];
  #refused: PendingSettlement[] = [];
  #refusedRetryAtMs = Infinity;
  readonly #blocks = new Map<string, DestinationBlock>();
  #running = false;
  #whenEmpty: (() => void)[] = [];

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Outcomes that are not durable yet. */
  get size(): number {
    return this.#pending.length + this.#refused.length;
  }

  add(outcome: PendingSettlement): void {
    this.#pending.push(outcome);
    this.kick();
  }

  /** The last block of a destination counts, and every try. */
  block(block: DestinationBlock): void {
    const before = this.#blocks.get(block.destination);
    // What failed is more than what waits.
    if (isWait(block) && before !== undefined && !isWait(before)) return;
    this.#blocks.set(block.destination, withTriesOf(before, block));
    this.kick();
  }

  onAlarm(): void {
    this.kick();
  }

  /** Writes if there is something to write and the store may be asked; else it is a matter for the alarm. */
  kick(): void {
    if (this.#running) return;
    const nowMs = this.#options.clock.monotonic();
    if (nowMs >= this.#refusedRetryAtMs) this.#takeRefused();
    if (this.#pending.length === 0 && this.#blocks.size === 0) {
      if (this.#refused.length > 0) this.#options.alarm.by(this.#refusedRetryAtMs);
      return;
    }
    if (nowMs < this.#options.health.retryAtMs) {
      this.#options.alarm.by(this.#options.health.retryAtMs);
      return;
    }
    this.#running = true;
    this.#options.background.run(this.#write());
  }

  /** Resolves when nothing is left to write. Never while the store refuses: bound the wait. */
  empty(): Promise<void> {
    if (this.#isEmpty()) return Promise.resolve();
    this.#takeRefused();
    this.kick();
    return new Promise((resolve) => this.#whenEmpty.push(resolve));
  }

  #isEmpty(): boolean {
    return (
      !this.#running && this.#pending.length === 0 && this.#refused.length === 0 && this.#blocks.size === 0
    );
  }

  async #write(): Promise<void> {
    // Lets everything that ends in this turn join the first call.
    await Promise.resolve();
    try {
      while (this.#blocks.size > 0 || this.#pending.length > 0) {
        const written = this.#blocks.size > 0 ? await this.#writeBlocks() : await this.#writeOutcomes();
        if (!written) break;
      }
    } finally {
      this.#running = false;
    }
    if (this.#pending.length > 0 || this.#blocks.size > 0) this.kick();
    else if (this.#refused.length > 0) this.#options.alarm.by(this.#refusedRetryAtMs);
    else for (const resolve of this.#whenEmpty.splice(0)) resolve();
  }

  async #writeBlocks(): Promise<boolean> {
    const blocks = [...this.#blocks.values()];
    this.#blocks.clear();
    try {
      await this.#options.spool.blockDestinations(blocks);
    } catch (error) {
      for (const block of blocks) {
        const later = this.#blocks.get(block.destination);
        this.#blocks.set(block.destination, later === undefined ? block : withTriesOf(block, later));
      }
      this.#options.health.failed('block', error);
      return false;
    }
    this.#options.claimed.blocksWritten(blocks, this.#options.clock.monotonic());
    this.#options.health.succeeded();
    return true;
  }

  async #writeOutcomes(): Promise<boolean> {
    const outcomes = this.#takeSome();
    try {
      await this.#settle(outcomes);
    } catch (error) {
      if (isRefusal(error) || (isFailure(error) && outcomes.length > 1))
        return await this.#writeEach(outcomes);
      return this.#keep(outcomes, error);
    }
    this.#done(outcomes);
    return true;
  }

  /**
   * Something in the batch cannot be written: find it, and write the rest. Where some are written, a failure is that of its
   * outcome; where none is, it is the store's.
   */
  async #writeEach(outcomes: readonly PendingSettlement[]): Promise<boolean> {
    const failed: { readonly outcome: PendingSettlement; readonly error: unknown }[] = [];
    let written = 0;
    for (const [index, outcome] of outcomes.entries()) {
      try {
        await this.#settleAlone(outcome);
      } catch (error) {
        if (isRefusal(error)) this.#refuse(outcome, error);
        else if (isFailure(error) && (written > 0 || failed.length < MOST_FAILURES))
          failed.push({ outcome, error });
        else return this.#keep([...failed.map((one) => one.outcome), ...outcomes.slice(index)], error);
        continue;
      }
      written++;
      this.#done([outcome]);
    }
    const [first] = failed;
    if (first !== undefined && written === 0)
      return this.#keep(
        failed.map(({ outcome }) => outcome),
        first.error,
      );
    for (const { outcome, error } of failed) this.#refuse(outcome, error);
    return true;
  }

  /** For when the store works again. */
  #keep(outcomes: readonly PendingSettlement[], error: unknown): false {
    this.#pending = [...outcomes, ...this.#pending];
    this.#options.health.failed('settle', error);
    return false;
  }

  #refuse(outcome: PendingSettlement, error: unknown): void {
    this.#options.log.error('an outcome is refused by the store', {
      reason: error instanceof Error ? error.message : String(error),
      deliveries: outcome.settlements.length,
    });
    this.#refused.push(outcome);
    this.#refusedRetryAtMs = this.#options.clock.monotonic() + REFUSED_RETRY_MS;
  }

  /** A DSN that cannot be spooled must not keep the outcome from being written: that would repeat the attempt. */
  async #settleAlone(outcome: PendingSettlement): Promise<void> {
    try {
      await this.#settle([outcome]);
    } catch (error) {
      if (!isRefusal(error) || outcome.dsns.length === 0) throw error;
      await this.#settle([{ ...outcome, dsns: [] }]);
      this.#options.log.error('a delivery status notification could not be spooled', {
        reason: error instanceof Error ? error.message : String(error),
      });
    }
  }

  async #settle(outcomes: readonly PendingSettlement[]): Promise<void> {
    const batch = { nowMs: this.#options.clock.now(), ...merged(outcomes) };
    const { written } = await this.#options.spool.settle(batch);
    const stale = batch.settlements.length - written;
    if (stale > 0)
      this.#options.log.warn('outcomes came too late and changed nothing', { deliveries: stale });
  }

  #done(outcomes: readonly PendingSettlement[]): void {
    for (const outcome of outcomes) outcome.onWritten();
    this.#options.health.succeeded();
  }

  #takeSome(): PendingSettlement[] {
    let settlements = 0;
    let end = 0;
    for (const outcome of this.#pending) {
      if (end > 0 && settlements + outcome.settlements.length > MAX_SETTLEMENTS) break;
      settlements += outcome.settlements.length;
      end++;
    }
    return this.#pending.splice(0, end);
  }

  #takeRefused(): void {
    this.#pending.push(...this.#refused);
    this.#refused = [];
    this.#refusedRetryAtMs = Infinity;
  }
}

function withTriesOf(earlier: DestinationBlock | undefined, block: DestinationBlock): DestinationBlock {
  if (earlier?.tries === undefined) return block;
  return { ...block, tries: [...earlier.tries, ...(block.tries ?? [])] };
}

function merged(outcomes: readonly PendingSettlement[]): Omit<SettlementBatch, 'nowMs'> {
  const [only] = outcomes;
  if (outcomes.length === 1 && only !== undefined) return { settlements: only.settlements, dsns: only.dsns };
  return {
    settlements: outcomes.flatMap((outcome) => outcome.settlements),
    dsns: outcomes.flatMap((outcome) => outcome.dsns),
  };
}

/** The store works, but not with this: trying the same again at once is no use. */
function isRefusal(error: unknown): boolean {
  return !(error instanceof StoreError) || error.code === 'conflict' || error.code === 'not-found';
}

/** It may be the store's, or a bug that this outcome alone meets. */
function isFailure(error: unknown): boolean {
  return error instanceof StoreError && error.code === 'failed';
}
