/**
 * Providers that a source is not used for now: what this node met, and what others have written. The rule is
 * policy/egress/source-limit.ts; the store says it once for all nodes, with an event. A limit that could not be written
 * holds here all the same.
 */
import { BoundedTable } from '../../platform/bounded-table.ts';
import type { Clock } from '../../platform/clock.ts';
import type { OwnedPromises } from '../../platform/lifecycle.ts';
import type { Log } from '../../platform/log.ts';
import { nextLimit, refused, type RefusalRow, type SourceLimit } from '../../policy/egress/source-limit.ts';
import { isProvider } from '../../policy/egress/source-forecast.ts';
import type { AttemptStage } from '../../policy/attempt-stage.ts';
import type { EgressReader, EgressWriter } from '../../store/egress.ts';

export interface SourceLimitsOptions {
  readonly reader: Pick<EgressReader, 'sourceLimits'>;
  readonly writer: Pick<EgressWriter, 'limitSource' | 'forgetSourceLimit'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly background: OwnedPromises;
  readonly log: Log;
}

type Refusal = Pick<SourceLimit, 'source' | 'provider' | 'atMs' | 'class' | 'reply'>;

/** Of hosts of nobody known, whose number is their owners' to choose: beyond that a refusal is one message's. */
const MOST_HOSTS = 200;
/** Rows of refusals: hosts that are no known provider's have keys of their own. */
const ROWS = 10_000;

export class SourceLimits {
  readonly #options: SourceLimitsOptions;
  readonly #rows = new BoundedTable<RefusalRow>(ROWS);
  #limits = new Map<string, SourceLimit>();
  /** Met here, and not in the store yet. */
  readonly #unwritten = new Map<string, Refusal>();

  constructor(options: SourceLimitsOptions) {
    this.#options = options;
  }

  /** The limit in force; `undefined`: none. */
  of(source: string, provider: string, nowMs: number): SourceLimit | undefined {
    const limit = this.#limits.get(keyOf(source, provider));
    return limit !== undefined && limit.untilMs > nowMs ? limit : undefined;
  }

  /** A remote refused the source for what it thinks of its address. */
  refused(refusal: Refusal, { stage, messageId }: { stage: AttemptStage; messageId: string }): void {
    const { source, provider, atMs } = refusal;
    if (this.of(source, provider, atMs) !== undefined) return;
    if (!isProvider(provider) && this.#hostsInForce(atMs) >= MOST_HOSTS) return;
    const key = keyOf(source, provider);
    const row = refused(this.#rows.get(key), { stage, messageId });
    if (row !== 'limit') {
      this.#rows.set(key, row);
      return;
    }
    this.#rows.delete(key);
    this.#limits.set(key, { ...refusal, ...nextLimit(this.#limits.get(key), atMs) });
    this.#unwritten.set(key, refusal);
    this.#options.background.run(this.#write(key, refusal));
  }

  /** A remote took mail of the source: a row of refusals ends, and so does a limit that is over. */
  taken(source: string, provider: string): void {
    const key = keyOf(source, provider);
    this.#rows.delete(key);
    const limit = this.#limits.get(key);
    const nowMs = this.#options.clock.now();
    if (limit === undefined || limit.untilMs > nowMs) return;
    this.#limits.delete(key);
    this.#options.background.run(this.#forget(limit, nowMs));
  }

  /** Reads what others have written, and writes what could not be. Never rejects. */
  async refresh(): Promise<void> {
    for (const [key, refusal] of this.#unwritten) await this.#write(key, refusal);
    try {
      const limits = new Map<string, SourceLimit>();
      for (const limit of await this.#options.reader.sourceLimits())
        limits.set(keyOf(limit.source, limit.provider), limit);
      // Met here since it was read, or not written yet: nobody takes back one that is in force.
      const nowMs = this.#options.clock.now();
      for (const [key, own] of this.#limits)
        if (own.untilMs > nowMs && !limits.has(key)) limits.set(key, own);
      this.#limits = limits;
    } catch (error) {
      this.#options.log.debug('limits of sources not read', { reason: String(error) });
    }
  }

  #hostsInForce(nowMs: number): number {
    let count = 0;
    for (const { provider, untilMs } of this.#limits.values())
      if (untilMs > nowMs && !isProvider(provider)) count++;
    return count;
  }

  async #write(key: string, refusal: Refusal): Promise<void> {
    const { writer, log } = this.#options;
    const { source, provider, class: bounceClass, reply } = refusal;
    try {
      const { limit, isNew } = await writer.limitSource(refusal);
      this.#unwritten.delete(key);
      this.#limits.set(key, limit);
      const until = new Date(limit.untilMs).toISOString();
      if (isNew) log.warn('source limited', { source, provider, until, class: bounceClass, reply });
    } catch (error) {
      log.debug('limit of a source not written', { source, provider, reason: String(error) });
    }
  }

  async #forget({ source, provider }: SourceLimit, nowMs: number): Promise<void> {
    try {
      await this.#options.writer.forgetSourceLimit(source, provider, nowMs);
    } catch (error) {
      // The next one is longer than it had to be.
      this.#options.log.debug('limit of a source not forgotten', { source, reason: String(error) });
    }
  }
}

function keyOf(source: string, provider: string): string {
  return `${source} ${provider}`;
}
