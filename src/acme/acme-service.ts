/**
 * Keeps a certificate for each of `acme.names`: looks once a minute whether one is due (policy/certificate-renewal.ts), orders one
 * at a time, and puts what was issued in place, from where the relay takes it as any renewed certificate. A failure changes
 * nothing that is served.
 */
import type { Config } from '../config/config.ts';
import { TimeoutError, withTimeout, type Clock, type Timer } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { Random } from '../platform/random.ts';
import type { SecretBox } from '../platform/secret-box.ts';
import { nextOrder, orderAtMs, roomForAllMs } from '../policy/certificate-renewal.ts';
import { readIssued } from '../smtp/server/tls-context.ts';
import {
  NO_STATE,
  readAccount,
  readState,
  writeAccount,
  writeCertificate,
  writeState,
  type NameState,
} from './acme-state.ts';
import type { Challenges } from './challenges.ts';
import { nameFacts } from './issued.ts';
import type { ChallengeKind, OrderFailure, OrderOutcome, PlaceOrder } from './order-contract.ts';

export interface AcmeServiceOptions {
  /** Live (config/live-config.ts). */
  readonly config: Pick<Config, 'acme' | 'dataDir'>;
  /** PEM of `acme.ca`, read when it is needed. */
  readonly readCa: (file: string) => string;
  readonly version: string;
  readonly placeOrder: PlaceOrder;
  /** That the listeners of this relay can answer, the preferred one first. */
  readonly kinds: readonly ChallengeKind[];
  readonly challenges: Challenges;
  /** A certificate has been put in place. */
  readonly onIssued: () => void;
  readonly box: SecretBox;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** What came of asking for a certificate by hand. */
export type Renewal = { readonly name: string } & (
  | { readonly kind: 'issued'; readonly notAfterMs: number }
  | { readonly kind: 'failed'; readonly detail: string; readonly remedy: string }
  /** No order is possible before. */
  | { readonly kind: 'waits'; readonly untilMs: number }
);

const LOOK_EVERY_MS = 60_000;
/** More than any limit counts. */
const ORDERS_KEPT = 20;
/** Of one order; each of its steps has a limit of its own. */
const ORDER_WITHIN_MS = 300_000;

export class AcmeService {
  readonly #options: AcmeServiceOptions;
  readonly #states: Map<string, NameState>;
  readonly #ending = new AbortController();
  readonly #asked = new Set<string>();
  /** Orders since the start. */
  readonly #tries = new Map<string, number>();
  /** Of the running look; orders are made one at a time. */
  #looking: Promise<void> = Promise.resolve();
  #timer: Timer | undefined;

  constructor(options: AcmeServiceOptions) {
    this.#options = options;
    this.#states = new Map(readState(options.config.dataDir));
  }

  /** Looks now, and from then on: at the start, and when the configuration has changed. */
  lookNow(): void {
    this.#arm(0);
  }

  /** Orders certificates of `names` now, as far as the authority's limits allow. Never rejects. */
  async renew(names: readonly string[]): Promise<readonly Renewal[]> {
    const before = new Map(names.map((name) => [name, this.#tries.get(name)]));
    for (const name of names) this.#asked.add(name);
    await this.#look();
    return names.map((name) => this.#renewalOf(name, this.#tries.get(name) !== before.get(name)));
  }

  /** Breaks off an order. */
  async stop(): Promise<void> {
    this.#timer?.cancel();
    this.#ending.abort();
    await this.#looking;
  }

  #arm(delayMs: number): void {
    this.#timer?.cancel();
    if (this.#ending.signal.aborted) return;
    this.#timer = this.#options.clock.after(delayMs, () => void this.#look());
  }

  #look(): Promise<void> {
    this.#looking = this.#looking.then(() => this.#orderWhatIsDue());
    return this.#looking;
  }

  /** What goes wrong here is tried again at the next look. */
  async #orderWhatIsDue(): Promise<void> {
    const { clock, log } = this.#options;
    let waitMs = LOOK_EVERY_MS;
    try {
      for (;;) {
        const next = nextOrder(nameFacts(this.#sources(), this.#asked), clock.now());
        if (this.#ending.signal.aborted || next === undefined) break;
        if (next.atMs > clock.now()) {
          waitMs = Math.min(LOOK_EVERY_MS, next.atMs - clock.now());
          break;
        }
        await this.#order(next.name);
      }
    } catch (error) {
      log.error('acme failed', { reason: error instanceof Error ? error.message : String(error) });
    }
    this.#asked.clear();
    this.#arm(waitMs);
  }

  async #order(name: string): Promise<void> {
    const { config, random, clock, challenges } = this.#options;
    this.#asked.delete(name);
    this.#tries.set(name, (this.#tries.get(name) ?? 0) + 1);
    const state = this.#stateOf(name);
    this.#keep(name, { ...state, orderedAtMs: [...state.orderedAtMs, clock.now()] });
    const outcome = await this.#place(name);
    challenges.clear(name);
    if (this.#ending.signal.aborted) return;
    if (outcome.kind === 'failed') {
      this.#failed(name, outcome.failure);
      return;
    }
    try {
      writeCertificate(config.dataDir, name, outcome.pem, random);
    } catch (error) {
      this.#failed(name, ownFailure(error));
      return;
    }
    const { orderedAtMs } = this.#stateOf(name);
    this.#keep(name, { ...NO_STATE, orderedAtMs });
    const notAfterMs = this.#notAfterMs(name);
    this.#options.log.info('certificate issued', {
      name,
      ...(notAfterMs !== undefined && { not_after: new Date(notAfterMs).toISOString() }),
    });
    this.#options.onIssued();
  }

  async #place(name: string): Promise<OrderOutcome> {
    const { config, readCa, version, placeOrder, kinds, challenges, box, random, clock } = this.#options;
    const { directory, contact, caFile } = config.acme;
    const over = new AbortController();
    const ending = AbortSignal.any([this.#ending.signal, over.signal]);
    // What is behind its limit must not meet the next order.
    const whileOpen =
      <Value>(take: (value: Value) => void) =>
      (value: Value) => {
        if (!ending.aborted) take(value);
      };
    try {
      const placed = placeOrder(
        {
          name,
          directory,
          contact,
          ca: caFile === undefined ? undefined : readCa(caFile),
          account: readAccount(config.dataDir, box),
          challenges: kinds,
          version,
        },
        {
          onAccount: whileOpen((account) => writeAccount(config.dataDir, account, box, random)),
          onChallenge: whileOpen((challenge) => challenges.show(challenge)),
        },
        ending,
      );
      return await withTimeout(clock, ORDER_WITHIN_MS, 'the order', placed);
    } catch (error) {
      return { kind: 'failed', failure: ownFailure(error) };
    } finally {
      over.abort();
    }
  }

  #failed(name: string, { problem, detail, remedy, retryAfterMs }: OrderFailure): void {
    const { clock, log } = this.#options;
    const atMs = clock.now();
    const { failures, orderedAtMs } = this.#stateOf(name);
    this.#keep(name, {
      failures: failures + 1,
      failure: { problem, detail, remedy, atMs },
      retryAtMs: retryAfterMs === undefined ? undefined : atMs + retryAfterMs,
      orderedAtMs,
    });
    log.warn('certificate not issued', {
      name,
      problem,
      reason: detail,
      remedy,
      next_order_at: new Date(this.#nextMs(name)).toISOString(),
    });
  }

  #nextMs(name: string): number {
    const nowMs = this.#options.clock.now();
    const facts = nameFacts(this.#sources(), new Set()).find((one) => one.name === name);
    return facts === undefined ? nowMs : Math.max(nowMs, orderAtMs(facts, nowMs));
  }

  #renewalOf(name: string, tried: boolean): Renewal {
    const { failure } = this.#stateOf(name);
    if (!tried) return { name, kind: 'waits', untilMs: this.#askedAtMs(name) };
    const notAfterMs = this.#notAfterMs(name);
    if (failure === undefined && notAfterMs !== undefined) return { name, kind: 'issued', notAfterMs };
    const { detail = 'relayd is stopping', remedy = 'ask again when it runs' } = failure ?? {};
    return { name, kind: 'failed', detail, remedy };
  }

  /** When an order by hand is possible. */
  #askedAtMs(name: string): number {
    const nowMs = this.#options.clock.now();
    const names = nameFacts(this.#sources(), new Set([name]));
    const atMs = names.filter((one) => one.name === name).map((one) => orderAtMs(one, nowMs));
    return Math.max(nowMs, roomForAllMs(names, nowMs), ...atMs);
  }

  #notAfterMs(name: string): number | undefined {
    const names = nameFacts(this.#sources(), new Set());
    return names.find((one) => one.name === name)?.certificate?.notAfterMs;
  }

  #sources() {
    const { dataDir, acme } = this.#options.config;
    return { names: acme.names, byName: readIssued(dataDir, acme.names), states: this.#states };
  }

  #stateOf(name: string): NameState {
    return this.#states.get(name) ?? NO_STATE;
  }

  /** Of names that are not configured any more nothing is kept. */
  #keep(name: string, state: NameState): void {
    const { config, random } = this.#options;
    this.#states.set(name, { ...state, orderedAtMs: state.orderedAtMs.slice(-ORDERS_KEPT) });
    for (const other of this.#states.keys())
      if (!config.acme.names.includes(other)) this.#states.delete(other);
    writeState(config.dataDir, this.#states, random);
  }
}

function ownFailure(error: unknown): OrderFailure {
  const { message, code = 'internal' } = error as NodeJS.ErrnoException;
  if (error instanceof TimeoutError)
    return { problem: 'timeout', detail: message, remedy: 'it is tried again by itself' };
  return {
    problem: code,
    detail: message,
    remedy: 'see acme.ca and the rights of data_dir; it is tried again',
  };
}
