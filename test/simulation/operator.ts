/**
 * The operator at the command line: holds and releases, cancels, retries, suspends and resumes, suppresses. Each
 * command is a second writer of the database, as relayctl is, which the running relay has to notice by itself. What is
 * held or suspended is let go later; steady destinations and the quiet account are left alone.
 */
import { silentLog } from '../../src/platform/log.ts';
import type { DeliverySelection } from '../../src/store/queue-admin.ts';
import { openSqliteStore, type SqliteStore } from '../../src/store/sqlite/open.ts';
import type { Dice } from './dice.ts';
import type { Ledger } from './ledger.ts';
import type { LedgerDelivery } from './ledger-entries.ts';
import { HOUR_MS } from './durations.ts';
import type { Plan } from './plan.ts';
import type { SimulatedTime } from './simulated-time.ts';
import type { Trace } from './trace.ts';

export interface OperatorPorts {
  readonly plan: Plan;
  readonly dataDir: string;
  readonly time: SimulatedTime;
  readonly trace: Trace;
  readonly ledger: Ledger;
  readonly dice: Dice;
  /** A transaction of the command was committed. */
  readonly onWrite: () => void;
}

const ACTOR = 'relayctl';
/** So long after its end a suspension is looked at. */
const LOOK_MS = 500;
const ALL: DeliverySelection = { accountId: undefined, id: undefined, destination: undefined };

export class Operator {
  readonly #ports: OperatorPorts;
  readonly #dice: Dice;
  readonly #domains: readonly string[];
  readonly #accounts: readonly string[];

  constructor(ports: OperatorPorts) {
    const { domains, accounts } = ports.plan;
    this.#ports = ports;
    this.#dice = ports.dice.fork('operator');
    this.#domains = domains
      .filter(({ site }) => site.kind === 'unruly' || site.kind === 'shaped')
      .map(({ name }) => name);
    this.#accounts = accounts.filter(({ quiet }) => !quiet).map(({ id }) => id);
  }

  /** Acts every `meanMs`, until `isOver`. */
  live(meanMs: number, isOver: () => boolean): void {
    this.#ports.time.after(this.#dice.exponential(meanMs), () => {
      if (isOver()) return;
      this.#act();
      this.live(meanMs, isOver);
    });
  }

  /** Lets everything go that is held or suspended. */
  async letGo(): Promise<void> {
    await this.#command('release all', async (store, nowMs) => {
      for (const name of this.#domains) await store.queue.suspendDestination(name, false, nowMs, ACTOR);
      await store.queue.release(ALL, nowMs, ACTOR);
      await store.queue.retry(ALL, nowMs, ACTOR);
    });
    this.#ports.ledger.sending.hurried();
  }

  /** Gives up what has not come to an end. */
  async cancelAll(): Promise<void> {
    await this.#command('cancel all', (store, nowMs) => store.queue.cancel(ALL, nowMs, ACTOR));
  }

  #act(): void {
    const dice = this.#dice;
    const action = dice.weighted<() => Promise<void>>([
      [4, () => this.#hold()],
      [2, () => this.#cancel()],
      [4, () => this.#retry()],
      [3, () => this.#suspend()],
      [4, () => this.#suppress()],
    ]);
    action().catch((error: unknown) => {
      this.#ports.ledger.promises.breaks(
        `a command failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      );
    });
  }

  async #hold(): Promise<void> {
    const selection = this.#selection();
    if (selection === undefined) return;
    await this.#command(`hold ${wordsOf(selection)}`, (store, nowMs) =>
      store.queue.hold(selection, nowMs, ACTOR),
    );
    this.#later(() => this.#release(selection));
  }

  async #release(selection: DeliverySelection): Promise<void> {
    this.#ports.ledger.sending.hurried();
    await this.#command(`release ${wordsOf(selection)}`, (store, nowMs) =>
      store.queue.release(selection, nowMs, ACTOR),
    );
    this.#ports.ledger.sending.hurried();
  }

  async #cancel(): Promise<void> {
    const selection = this.#selection();
    if (selection?.accountId !== undefined || selection === undefined) return;
    await this.#command(`cancel ${wordsOf(selection)}`, (store, nowMs) =>
      store.queue.cancel(selection, nowMs, ACTOR),
    );
  }

  async #retry(): Promise<void> {
    const selection = this.#dice.chance(0.3) ? ALL : this.#selection();
    if (selection === undefined) return;
    this.#ports.ledger.sending.hurried();
    await this.#command(`retry ${wordsOf(selection)}`, (store, nowMs) =>
      store.queue.retry(selection, nowMs, ACTOR),
    );
    this.#ports.ledger.sending.hurried();
  }

  /** With an end, when relayd resumes it (upkeep/suspension-watch.ts), or until somebody does. */
  async #suspend(): Promise<void> {
    const name = this.#dice.pick(this.#domains);
    if (this.#dice.chance(0.5)) {
      const forMs = this.#dice.between(60_000, HOUR_MS);
      await this.#command(`suspend ${name} for ${Math.round(forMs)} ms`, (store, nowMs) =>
        store.queue.suspendDestination(name, true, nowMs, ACTOR, {
          untilMs: nowMs + forMs,
          reason: 'they asked',
        }),
      );
      this.#ports.time.after(forMs + LOOK_MS, () =>
        this.#run(() =>
          this.#command(`the suspension of ${name} ends`, (store, nowMs) =>
            store.queue.suspendDestination(name, false, nowMs, 'relayd'),
          ),
        ),
      );
      return;
    }
    await this.#command(`suspend ${name}`, (store, nowMs) =>
      store.queue.suspendDestination(name, true, nowMs, ACTOR),
    );
    this.#later(() =>
      this.#command(`resume ${name}`, (store, nowMs) =>
        store.queue.suspendDestination(name, false, nowMs, ACTOR),
      ),
    );
  }

  async #suppress(): Promise<void> {
    const { ledger, time } = this.#ports;
    const delivery = this.#openDelivery();
    if (delivery === undefined || delivery.message.facts.via === 'dsn') return;
    const { accountId } = delivery.message.facts;
    const address = delivery.recipient;
    await this.#command(`suppress ${address}`, async (store) => {
      await store.suppressions.addSuppression(
        {
          accountId,
          scope: '',
          address,
          reason: 'manual',
          evidence: '',
          createdAtMs: time.nowMs(),
          expiresAtMs: undefined,
          createdBy: ACTOR,
        },
        ACTOR,
      );
      ledger.suppressed.add(accountId, address);
    });
    this.#later(async () => {
      ledger.suppressed.remove(accountId, address);
      await this.#command(`unsuppress ${address}`, (store, nowMs) =>
        store.suppressions.removeSuppression(
          { accountId, scope: '', address, reason: undefined },
          nowMs,
          ACTOR,
        ),
      );
    });
  }

  #later(act: () => Promise<unknown>): void {
    this.#ports.time.after(this.#dice.exponential(HOUR_MS), () => this.#run(act));
  }

  #run(act: () => Promise<unknown>): void {
    act().catch((error: unknown) => this.#ports.ledger.promises.breaks(`a command failed: ${String(error)}`));
  }

  async #command(what: string, act: (store: SqliteStore, nowMs: number) => Promise<unknown>): Promise<void> {
    const { dataDir, time, trace, onWrite } = this.#ports;
    trace.add(`operator: ${what}`);
    const store = openSqliteStore({
      dataDir,
      clock: time.clock,
      random: this.#dice.random,
      log: silentLog,
      reserveBytes: 0,
      exclusive: false,
      schedule: (callback) =>
        void time.after(this.#dice.between(0.1, 3), () => {
          callback();
          onWrite();
        }),
    });
    const result = await act(store, time.nowMs());
    await store.close();
    trace.add(`operator: ${what}: ${typeof result === 'number' ? result : 'done'}`);
  }

  /** One delivery, one message, one destination, one account; or of a destination what has a sender, recipient, age or state. */
  #selection(): DeliverySelection | undefined {
    const kind = this.#dice.int(0, 5);
    if (kind > 3) return this.#partOfDestination();
    if (kind === 0) return { ...ALL, destination: this.#dice.pick(this.#domains) };
    if (kind === 1) return { ...ALL, accountId: this.#dice.pick(this.#accounts) };
    const delivery = this.#openDelivery();
    if (delivery === undefined) return undefined;
    return { ...ALL, id: kind === 2 ? delivery.id : delivery.message.facts.id };
  }

  #partOfDestination(): DeliverySelection | undefined {
    const { time } = this.#ports;
    const destination = this.#dice.pick(this.#domains);
    const delivery = this.#openDelivery();
    const sender = delivery?.message.facts.reversePath ?? '';
    const parts: readonly Partial<DeliverySelection>[] = [
      { acceptedBeforeMs: time.nowMs() - this.#dice.between(60_000, 6 * HOUR_MS) },
      { acceptedAfterMs: time.nowMs() - this.#dice.between(60_000, HOUR_MS) },
      { state: this.#dice.pick(['queued', 'deferred', 'held'] as const) },
      ...(sender === '' ? [] : [{ sender }]),
      ...(delivery === undefined
        ? []
        : [{ recipient: delivery.recipient, destination: delivery.destination }]),
    ];
    const part = this.#dice.pick(parts);
    return { ...ALL, destination, ...part };
  }

  #openDelivery(): LedgerDelivery | undefined {
    const open: LedgerDelivery[] = [];
    for (const delivery of this.#ports.ledger.open)
      if (this.#accounts.includes(delivery.message.facts.accountId)) open.push(delivery);
    return open.length === 0 ? undefined : this.#dice.pick(open);
  }
}

function wordsOf(selection: DeliverySelection): string {
  const named = Object.values(selection).filter((part) => part !== undefined);
  return named.length === 0 ? 'all' : named.join(' ');
}
