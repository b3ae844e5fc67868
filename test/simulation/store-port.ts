/**
 * The store as a process sees it, with what lies between: calls and answers cross in order and take time, content
 * crosses by transfer, a commit takes as long as the disk does, and the disk can be full, locked, slow or broken. All
 * of it at the store's port: the engine behind it is the real one. What becomes durable is told to the ledger in that
 * moment, whether or not the process lives to hear of it.
 */
import { fromPortError, owned, sendable, toPortError } from '../../src/store/thread/port-protocol.ts';
import { StoreError, type StoreErrorCode } from '../../src/store/errors.ts';
import type { Claim, DestinationBlock, SettlementBatch } from '../../src/store/delivery-records.ts';
import type { NewMessage } from '../../src/store/message-records.ts';
import type { RetentionAges } from '../../src/store/retention.ts';
import type {
  AcceptResult,
  ClaimRequest,
  ClaimResult,
  FeedLimits,
  FeedListener,
  Spool,
} from '../../src/store/spool.ts';
import type { ShapingWriter, WindowWriter } from '../../src/store/shaping.ts';
import type { SqliteStore } from '../../src/store/sqlite/open.ts';
import type { Dice } from './dice.ts';
import { Crossing } from './crossing.ts';
import type { Ledger } from './ledger.ts';
import type { LedgerMessage } from './ledger-entries.ts';
import type { Life } from './life.ts';
import type { SimulatedTime } from './simulated-time.ts';

/** What the disk is like. */
export type DiskWeather =
  | { readonly kind: 'well' }
  /** No more mail fits; outcomes do. */
  | { readonly kind: 'full' }
  /** A call fails with this probability; it changed nothing. */
  | { readonly kind: 'locked'; readonly probability: number }
  /** A commit takes up to so long. */
  | { readonly kind: 'slow'; readonly commitMs: number }
  /** Reading or writing failed: everything fails from now on, what was being written may or may not be there. */
  | { readonly kind: 'broken' };

export interface StorePortOptions {
  readonly life: Life;
  readonly store: SqliteStore;
  /** The engine's spool, or a tampered one. */
  readonly spool: Spool;
  readonly ledger: Ledger;
  readonly time: SimulatedTime;
  readonly dice: Dice;
  readonly weather: () => DiskWeather;
  /** Ids of the deliveries of a message that are suppressed in the store. */
  readonly suppressedIn: (messageId: string) => Promise<readonly string[]>;
}

/** By whose failure the delivery service knows that the store takes nothing. */
const DELIVERY_CALLS = ['claim', 'settle', 'blockDestinations'];

type Fault = { readonly code: StoreErrorCode; readonly applied: boolean };

export class StorePort {
  readonly #options: StorePortOptions;
  readonly #toStore: Crossing;
  readonly #fromStore: Crossing;
  /** Content that came in parts, by upload. */
  readonly #uploads = new Map<string, Buffer[]>();
  #broken = false;
  /** Calls on their way, in the engine, or with an answer on its way. */
  #open = 0;

  constructor(options: StorePortOptions) {
    const { time, dice } = options;
    this.#options = options;
    const crossingMs = () => dice.between(0.01, dice.chance(0.05) ? 5 : 0.2);
    this.#toStore = new Crossing(time, crossingMs);
    this.#fromStore = new Crossing(time, crossingMs);
  }

  /** Nothing is on its way in either direction. */
  get quiet(): boolean {
    return this.#open === 0 && this.#fromStore.empty;
  }

  readonly spool: Spool = {
    putChunk: (upload, index, bytes) => {
      const parts = this.#uploads.get(upload);
      if (parts === undefined) this.#uploads.set(upload, [Buffer.from(bytes)]);
      else parts.push(Buffer.from(bytes));
      const chunk = moved(owned(bytes));
      return this.#call('putChunk', true, () => this.#options.spool.putChunk(upload, index, chunk));
    },
    abandonUpload: (upload) =>
      this.#call('abandonUpload', false, () => this.#options.spool.abandonUpload(upload)),
    accept: (message) => {
      const { ledger } = this.#options;
      const content = this.#contentOf(message);
      const sent = this.#transferred(message);
      return this.#call('accept', true, () => this.#accept(ledger.sent(sent, content), sent));
    },
    acceptAll: () => Promise.reject(new Error('nothing in the simulation accepts several at once')),
    openFeed: (limits, listener) => this.#openFeed(limits, listener),
    // Nothing in the simulation is to be returned by a time.
    claimOverdue: () => Promise.resolve({ claims: [], nextAtMs: undefined }),
    claim: (request) => this.#call('claim', false, () => this.#claim(request)),
    settle: ({ nowMs, settlements, dsns }) => {
      const { ledger } = this.#options;
      const contents = dsns.map((dsn) => this.#contentOf(dsn));
      const sent: SettlementBatch = {
        nowMs,
        settlements,
        dsns: dsns.map((dsn) => structuredClone(sendable(dsn, []))),
      };
      return this.#call('settle', false, () => {
        const entries = sent.dsns.map((dsn, index) => ledger.sent(dsn, contents[index] as Buffer));
        return this.#settle(sent, entries);
      });
    },
    blockDestinations: (blocks: readonly DestinationBlock[]) =>
      this.#call('blockDestinations', false, () => this.#options.spool.blockDestinations(blocks)),
  };

  /** Tokens of windows, and automatic limits: as other calls, but that delivery goes on without an answer. */
  readonly shaping: Pick<ShapingWriter, keyof WindowWriter | 'limitDestination' | 'raiseLimits'> = {
    limitDestination: (said) =>
      this.#call('limitDestination', false, () => this.#options.store.shaping.limitDestination(said)),
    raiseLimits: (nowMs) =>
      this.#call('raiseLimits', false, () => this.#options.store.shaping.raiseLimits(nowMs)),
    leaseWindow: (request) =>
      this.#call('leaseWindow', false, () => this.#options.store.shaping.leaseWindow(request)),
    returnTokens: (unused) =>
      this.#call('returnTokens', false, () => this.#options.store.shaping.returnTokens(unused)),
  };

  clean(nowMs: number, ages: RetentionAges) {
    return this.#call('clean', false, () => this.#options.store.retention.clean(nowMs, ages));
  }

  async #accept(entry: LedgerMessage, message: NewMessage): Promise<AcceptResult> {
    const { spool, ledger } = this.#options;
    try {
      const result = await spool.accept(message);
      if (result.kind === 'accepted') await this.#stored(entry);
      else ledger.forgotten(entry);
      return result;
    } catch (error) {
      ledger.forgotten(entry);
      throw error;
    }
  }

  /** The store looks suppressions up as it accepts: what it found is read back. */
  async #stored(entry: LedgerMessage): Promise<void> {
    const { ledger, suppressedIn } = this.#options;
    ledger.stored(entry);
    if (!entry.deliveries.some((delivery) => ledger.suppressed.wasOf(delivery))) return;
    const suppressed = await suppressedIn(entry.facts.id);
    for (const delivery of entry.deliveries)
      if (suppressed.includes(delivery.id)) ledger.suppressedAtOnce(delivery);
  }

  async #claim(request: ClaimRequest): Promise<ClaimResult> {
    const { spool, ledger, life } = this.#options;
    ledger.hands.asks(ledger.settlements);
    const result = await spool.claim(request);
    ledger.claimed(life, result.claims, false);
    checkClaims(ledger, request, result.claims);
    return result;
  }

  async #settle(batch: SettlementBatch, entries: readonly LedgerMessage[]): Promise<{ written: number }> {
    const { spool, ledger, life } = this.#options;
    try {
      const { written } = await spool.settle(batch);
      ledger.settled(life, batch, written);
      if (written > 0) for (const entry of entries) await this.#stored(entry);
      else for (const entry of entries) ledger.forgotten(entry);
      return { written };
    } catch (error) {
      for (const entry of entries) ledger.forgotten(entry);
      throw error;
    }
  }

  #openFeed(limits: FeedLimits, listener: FeedListener): void {
    const { spool, ledger, life } = this.#options;
    this.#toStore.send(() => {
      if (!life.alive) return;
      spool.openFeed(limits, {
        onClaims: (claims: readonly Claim[]) => {
          ledger.claimed(life, claims, true);
          const crossing = structuredClone(claims);
          this.#fromStore.send(() => {
            if (life.cross('claims are fed')) listener.onClaims(crossing);
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

  #contentOf({ content }: NewMessage): Buffer {
    if (content.kind === 'whole') return Buffer.from(content.bytes);
    const parts = this.#uploads.get(content.upload) ?? [];
    this.#uploads.delete(content.upload);
    return Buffer.concat(parts);
  }

  /** The message as it arrives at the other thread; on this side its content is gone. */
  #transferred(message: NewMessage): NewMessage {
    const transfer: ArrayBuffer[] = [];
    const sent = sendable(message, transfer);
    if (!transfer.some((buffer) => buffer.detached)) return structuredClone(sent, { transfer });
    this.#options.ledger.promises.breaks(`the content of ${message.facts.id} was given to the store twice`);
    return sent;
  }

  /** Never settles once the life is over. */
  #call<T>(name: string, grows: boolean, run: () => Promise<T>): Promise<T> {
    const { life, ledger } = this.#options;
    return new Promise<T>((resolve, reject) => {
      if (!life.cross(`${name} is called`)) return;
      this.#open++;
      const answer = (settle: () => void, ok: boolean) => {
        this.#fromStore.send(() => {
          this.#open--;
          if (!life.cross(`${name} is answered`)) return;
          if (DELIVERY_CALLS.includes(name)) ledger.sending.storeAnswered(ok);
          settle();
        });
      };
      this.#toStore.send(() => {
        if (!life.alive) return;
        const fault = this.#fault(grows);
        if (fault === undefined || fault.applied) {
          run().then(
            (value) => {
              if (!life.cross(`${name} is durable`)) return;
              if (fault === undefined) answer(() => resolve(value), true);
              else answer(() => reject(failure(fault.code)), false);
            },
            (error: unknown) => answer(() => reject(toStoreError(error)), false),
          );
          return;
        }
        answer(() => reject(failure(fault.code)), false);
      });
    });
  }

  #fault(grows: boolean): Fault | undefined {
    const { dice } = this.#options;
    const weather = this.#options.weather();
    if (this.#broken) return { code: 'failed', applied: false };
    switch (weather.kind) {
      case 'well':
      case 'slow':
        return undefined;
      case 'full':
        return grows ? { code: 'disk-full', applied: false } : undefined;
      case 'locked':
        return dice.chance(weather.probability) ? { code: 'busy', applied: false } : undefined;
      case 'broken':
        this.#broken = true;
        return { code: 'failed', applied: dice.chance(0.5) };
    }
  }
}

/** How long the engine gathers and writes, in this weather. */
export function commitMs(weather: DiskWeather, dice: Dice): number {
  return weather.kind === 'slow' ? dice.between(1, weather.commitMs) : dice.between(0.1, 1);
}

function checkClaims(ledger: Ledger, request: ClaimRequest, claims: readonly Claim[]): void {
  const perDestination = new Map<string, number>();
  let all = 0;
  for (const { destination, deliveries } of claims) {
    ledger.promises.holds(
      !request.excludedDestinations.includes(destination),
      `claimed from the excluded ${destination}`,
    );
    perDestination.set(destination, (perDestination.get(destination) ?? 0) + deliveries.length);
    all += deliveries.length;
  }
  ledger.promises.holds(all <= request.limit, `${all} claimed of ${request.limit}`);
  for (const [destination, count] of perDestination)
    ledger.promises.holds(count <= request.limitPerDestination, `${count} claimed of ${destination}`);
}

function moved(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return structuredClone(bytes, { transfer: [bytes.buffer] });
}

/** As an error crosses between threads. */
function toStoreError(error: unknown): StoreError {
  return fromPortError(toPortError(error));
}

function failure(code: StoreErrorCode): StoreError {
  return new StoreError(code, `the disk is ${code} in this world`);
}
