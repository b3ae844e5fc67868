/**
 * Weeks of a warm-up: nodes with real token leases over one real store, a provider that takes mail or turns it away, and all
 * that may come in between (crashes, a store that fails before or after it wrote, clocks that jump, mail that waits past
 * midnight). It counts what the provider took on each day as the node that sent it called that day, and looks after every step
 * whether a ceiling was exceeded.
 */
import { WarmUpTokens, type WarmingSource } from '../../src/delivery/source/warm-up-tokens.ts';
import type { Clock } from '../../src/platform/clock.ts';
import { silentLog } from '../../src/platform/log.ts';
import { DAY_MS, dayOf } from '../../src/policy/egress/warm-up.ts';
import { StoreError } from '../../src/store/errors.ts';
import type { EgressReader, EgressWriter } from '../../src/store/egress.ts';
import { seededRandom } from '../support/seeded-random.ts';

export interface WeeksOptions {
  readonly seed: number;
  readonly days: number;
  readonly nodes: number;
  readonly store: EgressReader & EgressWriter;
  readonly ceilings: readonly number[];
  /** Nothing goes wrong. */
  readonly calm?: boolean;
}

export interface WeeksReport {
  /** What was found wrong; empty: nothing. */
  readonly problems: readonly string[];
  /** Recipients that the provider took, by day as the sender called it. */
  readonly taken: ReadonlyMap<number, number>;
  /** Took part in it, so that a run that met nothing is seen. */
  readonly met: Readonly<Record<'crashes' | 'failures' | 'jumps' | 'late' | 'partial' | 'waited', number>>;
  /** First day without a ceiling, counted from the first. */
  readonly warmAfterDays: number | undefined;
}

const START_MS = Date.UTC(2026, 0, 1);
const SOURCE = 'new';
const PROVIDER = 'google';

export async function simulateWeeks(options: WeeksOptions): Promise<WeeksReport> {
  const weeks = new Weeks(options);
  await weeks.run();
  return weeks.report();
}

interface Waiting {
  readonly recipients: number;
  readonly day: number;
  readonly beginsAtMs: number;
}

class Node {
  readonly clock: Clock;
  skewMs = 0;
  tokens: WarmUpTokens;
  queue: Waiting[] = [];
  readonly #store: EgressReader & EgressWriter;

  constructor(nowMs: () => number, store: EgressReader & EgressWriter) {
    this.#store = store;
    this.clock = {
      now: () => nowMs() + this.skewMs,
      monotonic: nowMs,
      after: () => ({ cancel: () => undefined }),
    };
    this.tokens = this.#begin();
  }

  /** All that it had in hand is gone. */
  restart(): void {
    this.queue = [];
    this.tokens = this.#begin();
  }

  #begin(): WarmUpTokens {
    return new WarmUpTokens({ reader: this.#store, writer: this.#store, clock: this.clock, log: silentLog });
  }
}

class Weeks {
  readonly #options: WeeksOptions;
  readonly #random: ReturnType<typeof seededRandom>;
  readonly #nodes: readonly Node[];
  readonly #warming: WarmingSource;
  readonly #taken = new Map<number, number>();
  readonly #problems: string[] = [];
  readonly #met = { crashes: 0, failures: 0, jumps: 0, late: 0, partial: 0, waited: 0 };
  #nowMs = START_MS;
  #storeFails: 'no' | 'before' | 'after' = 'no';
  #providerMood: 'well' | 'strict' = 'well';
  #warmAt: number | undefined;

  constructor(options: WeeksOptions) {
    this.#options = options;
    this.#random = seededRandom(options.seed);
    const { ceilings } = options;
    this.#warming = { source: SOURCE, provider: PROVIDER, startsAtMs: START_MS, ceilings };
    const store = this.#flaky(options.store);
    this.#nodes = Array.from({ length: options.nodes }, () => new Node(() => this.#nowMs, store));
  }

  async run(): Promise<void> {
    const endMs = START_MS + this.#options.days * DAY_MS;
    while (this.#nowMs < endMs && this.#problems.length === 0) {
      this.#nowMs += this.#below(40 * 60_000);
      for (const node of this.#nodes) await this.#step(node);
      await this.#look();
    }
  }

  report(): WeeksReport {
    const warmAfterDays =
      this.#warmAt === undefined ? undefined : Math.floor((this.#warmAt - START_MS) / DAY_MS);
    return { problems: this.#problems, taken: this.#taken, met: this.#met, warmAfterDays };
  }

  async #step(node: Node): Promise<void> {
    if (this.#options.calm !== true) this.#upset(node);
    for (let mail = this.#below(6); mail > 0; mail--) await this.#submit(node, 1 + this.#below(30));
    this.#send(node);
    if (this.#one(8)) await node.tokens.flush();
    if (this.#one(200)) await node.tokens.flush(true);
  }

  #upset(node: Node): void {
    if (this.#one(150)) {
      this.#met.crashes++;
      node.restart();
    }
    if (this.#one(120)) {
      this.#met.jumps++;
      node.skewMs = (this.#below(5) - 2) * DAY_MS + this.#below(3_600_000);
    } else if (this.#one(20)) node.skewMs = 0;
    this.#storeFails = this.#one(30) ? (this.#one(2) ? 'before' : 'after') : 'no';
    if (this.#one(150)) this.#providerMood = this.#one(3) ? 'strict' : 'well';
  }

  async #submit(node: Node, recipients: number): Promise<void> {
    for (let asked = 0; asked < 10; asked++) {
      const tokens = node.tokens.take(this.#warming, recipients);
      if (tokens.kind === 'ask-again') {
        await tokens.when;
        continue;
      }
      if (tokens.kind === 'warm') {
        this.#warmAt ??= this.#nowMs;
        return;
      }
      if (tokens.kind === 'none') {
        this.#met.waited++;
        if (tokens.untilMs <= node.clock.now()) this.#problems.push('mail waits for what is over');
        return;
      }
      if (tokens.recipients < recipients) this.#met.partial++;
      // It waits at its site: at times past midnight.
      const beginsAtMs = this.#nowMs + this.#below(this.#one(5) ? 5 * 3_600_000 : 600_000);
      node.queue.push({ recipients: tokens.recipients, day: tokens.day, beginsAtMs });
      return;
    }
    this.#problems.push('mail asks for tokens without an end');
  }

  #send(node: Node): void {
    const due = node.queue.filter(({ beginsAtMs }) => beginsAtMs <= this.#nowMs);
    node.queue = node.queue.filter(({ beginsAtMs }) => beginsAtMs > this.#nowMs);
    for (const { recipients, day } of due) {
      const ended = (handedOver: number, turnedAway: number) =>
        node.tokens.ended(this.#warming, { day, recipients, handedOver, turnedAway });
      // As the queue of a site has it: what begins on another day needs other tokens.
      if (dayOf(node.clock.now()) !== day) {
        this.#met.late++;
        ended(0, 0);
        continue;
      }
      const turnedAway = this.#providerMood === 'strict' ? this.#below(recipients + 1) : 0;
      this.#taken.set(day, (this.#taken.get(day) ?? 0) + recipients - turnedAway);
      // A crash while it is under way: the provider has it, and nobody says so.
      if (this.#options.calm !== true && this.#one(300)) {
        this.#met.crashes++;
        node.restart();
        return;
      }
      ended(recipients - turnedAway, turnedAway);
    }
  }

  async #look(): Promise<void> {
    const { store, ceilings } = this.#options;
    for (const row of await store.sourceDays({ source: SOURCE, sinceDay: 0 })) {
      const { day, step, ceiling, reserved } = row;
      const taken = this.#taken.get(day) ?? 0;
      const planned = ceilings[step] ?? 0;
      if (taken > reserved || reserved > ceiling || ceiling > planned)
        this.#problems.push(
          `day ${day}, step ${step}: taken ${taken}, reserved ${reserved}, ceiling ${ceiling}, planned ${planned}`,
        );
    }
  }

  /** Rejects before it wrote, or after: whoever asked cannot know which. */
  #flaky(store: EgressReader & EgressWriter): EgressReader & EgressWriter {
    const guarded =
      <Args extends unknown[], Value>(verb: (...args: Args) => Promise<Value>) =>
      async (...args: Args): Promise<Value> => {
        const fails = this.#storeFails;
        if (fails !== 'no') this.#met.failures++;
        if (fails === 'before') throw new StoreError('failed', 'the simulated store failed');
        const value = await verb(...args);
        if (fails === 'after') throw new StoreError('failed', 'the simulated store failed after it wrote');
        return value;
      };
    return {
      ...store,
      sourceDays: guarded((filter) => store.sourceDays(filter)),
      leaseSource: guarded((request) => store.leaseSource(request)),
      countSources: guarded((counts) => store.countSources(counts)),
    };
  }

  #below(end: number): number {
    return Math.floor(this.#random.float() * end);
  }

  #one(of: number): boolean {
    return this.#below(of) === 0;
  }
}
