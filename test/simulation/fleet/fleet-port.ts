/** The store as the threads of one node see it: calls and answers cross in order and take time, and the observer hears them. */
import type { Claim, DestinationBlock, SettlementBatch } from '../../../src/store/delivery-records.ts';
import type { NewMessage } from '../../../src/store/message-records.ts';
import type { FeedLimits, FeedListener, Spool } from '../../../src/store/spool.ts';
import { fromPortError, toPortError } from '../../../src/store/thread/port-protocol.ts';
import type { Dice } from '../dice.ts';
import { Crossing } from '../crossing.ts';
import type { Life } from '../life.ts';
import type { FleetLedger } from './fleet-ledger.ts';
import type { NodeTime } from './node-time.ts';

export interface FleetPortOptions {
  readonly node: string;
  readonly life: Life;
  readonly spool: Spool;
  readonly ledger: FleetLedger;
  readonly time: NodeTime;
  readonly dice: Dice;
}

export class FleetPort {
  readonly #options: FleetPortOptions;
  readonly #toStore: Crossing;
  readonly #fromStore: Crossing;
  /** Content that came in parts, by upload. */
  readonly #uploads = new Map<string, Buffer[]>();

  constructor(options: FleetPortOptions) {
    const { time, dice } = options;
    this.#options = options;
    // A thread that is busy, or swapped out, reads late.
    const crossingMs = () => (dice.chance(0.01) ? dice.between(5, 400) : dice.between(0.01, 0.3));
    this.#toStore = new Crossing(time, crossingMs);
    this.#fromStore = new Crossing(time, crossingMs);
  }

  readonly spool: Spool = {
    putChunk: (upload, index, bytes) => {
      const parts = this.#uploads.get(upload) ?? [];
      this.#uploads.set(upload, parts);
      parts[index] = Buffer.from(bytes);
      return this.#call('putChunk', () => this.#options.spool.putChunk(upload, index, bytes));
    },
    abandonUpload: (upload) => this.#call('abandonUpload', () => this.#options.spool.abandonUpload(upload)),
    accept: (message) => {
      const { ledger, spool } = this.#options;
      const entry = ledger.sent(message, this.#contentOf(message));
      return this.#call('accept', async () => {
        const result = await spool.accept(message);
        if (result.kind === 'accepted') ledger.stored(entry);
        return result;
      });
    },
    acceptAll: () => Promise.reject(new Error('nothing in the simulation accepts several at once')),
    openFeed: (limits, listener) => this.#openFeed(limits, listener),
    // Nothing in the simulation is to be returned by a time.
    claimOverdue: () => Promise.resolve({ claims: [], nextAtMs: undefined }),
    claim: (request) =>
      this.#call('claim', () => this.#options.spool.claim(request)).then((result) => {
        this.#claimed(result.claims, false);
        return result;
      }),
    settle: (batch) => this.#settle(batch),
    blockDestinations: (blocks: readonly DestinationBlock[]) =>
      this.#call('blockDestinations', () => this.#options.spool.blockDestinations(blocks)),
  };

  async #settle(batch: SettlementBatch): Promise<{ readonly written: number }> {
    const { ledger, spool, life, node } = this.#options;
    for (const dsn of batch.dsns)
      if (!ledger.messages.has(dsn.facts.id)) ledger.sent(dsn, this.#contentOf(dsn));
    const result = await this.#call('settle', () => spool.settle(structuredClone(batch)));
    ledger.settled(life, batch, { written: result.written, node });
    return result;
  }

  #openFeed(limits: FeedLimits, listener: FeedListener): void {
    const { spool, life } = this.#options;
    this.#toStore.send(() => {
      if (!life.alive) return;
      spool.openFeed(limits, {
        onClaims: (claims: readonly Claim[]) => {
          const crossing = structuredClone(claims);
          this.#fromStore.send(() => {
            if (!life.cross('claims are fed')) return;
            this.#claimed(crossing, true);
            listener.onClaims(crossing);
          });
        },
        onBacklog: (dueAtMs) =>
          this.#fromStore.send(() => {
            if (life.cross('a backlog is told')) listener.onBacklog(dueAtMs);
          }),
        onRecall: (deliveryIds) =>
          this.#fromStore.send(() => {
            if (life.cross('deliveries are recalled')) listener.onRecall(deliveryIds);
          }),
      });
    });
  }

  #claimed(claims: readonly Claim[], byFeed: boolean): void {
    const { ledger, life, node } = this.#options;
    ledger.claimed(life, claims, { byFeed, node });
  }

  #contentOf({ content }: NewMessage): Buffer {
    if (content.kind === 'whole') return Buffer.from(content.bytes);
    const parts = this.#uploads.get(content.upload) ?? [];
    this.#uploads.delete(content.upload);
    return Buffer.concat(parts);
  }

  /** Never settles once the life is over. */
  #call<T>(name: string, run: () => Promise<T>): Promise<T> {
    const { life } = this.#options;
    return new Promise<T>((resolve, reject) => {
      if (!life.cross(`${name} is called`)) return;
      const answer = (settle: () => void) => {
        this.#fromStore.send(() => {
          if (life.cross(`${name} is answered`)) settle();
        });
      };
      this.#toStore.send(() => {
        if (!life.alive) return;
        run().then(
          (value) => answer(() => resolve(value)),
          (error: unknown) => answer(() => reject(fromPortError(toPortError(error)))),
        );
      });
    });
  }
}
