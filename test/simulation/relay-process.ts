/**
 * relayd in a simulated world: the real engine, delivery service, policy and acceptance in one life, composed as app/
 * does it, without threads and sockets. It can stop as on SIGTERM and it can die; the data folder outlives it.
 */
import { startDelivery, type DeliveryService } from '../../src/delivery/delivery-service.ts';
import type { DeliveryLimits } from '../../src/delivery/limits.ts';
import type { Log } from '../../src/platform/log.ts';
import type { BounceRules } from '../../src/policy/bounce-rules.ts';
import { NO_SHAPING, type ShapingRules } from '../../src/policy/shaping/shaping-rules.ts';
import type { Spool } from '../../src/store/spool.ts';
import { openSqliteStore, SETTLE_WITHIN_MS, type SqliteStore } from '../../src/store/sqlite/open.ts';
import { openSqliteReader, type SqliteReader } from '../../src/store/sqlite/reader.ts';
import type { AcceptanceContext } from '../../src/intake/accept-message.ts';
import { UsageLimiter } from '../../src/intake/usage-limiter.ts';
import type { Dice } from './dice.ts';
import type { Ledger } from './ledger.ts';
import type { Life } from './life.ts';
import { MINUTE_MS } from './durations.ts';
import type { Plan } from './plan.ts';
import type { RemoteNetwork } from './remote-network.ts';
import { startAutomatic } from './shaping/automatic.ts';
import { egressOf, readShaping } from './shaping/read-rules.ts';
import { signatureOf } from './sent-content.ts';
import type { SimulatedTime } from './simulated-time.ts';
import { commitMs, StorePort, type DiskWeather } from './store-port.ts';
import type { Trace } from './trace.ts';
import type { Zone } from './zone.ts';

export interface RelayPorts {
  readonly plan: Plan;
  readonly dataDir: string;
  readonly rules: BounceRules;
  readonly time: SimulatedTime;
  readonly trace: Trace;
  readonly ledger: Ledger;
  readonly dice: Dice;
  readonly network: RemoteNetwork;
  readonly zone: Zone;
  readonly weather: () => DiskWeather;
  /** Instead of the engine's spool and the plan's limits: a relay that is broken on purpose. */
  readonly tamper?: {
    readonly spool?: (spool: Spool) => Spool;
    readonly limits?: (limits: DeliveryLimits) => DeliveryLimits;
    readonly shaping?: (rules: ShapingRules) => ShapingRules;
  };
  /** The store failed, or the relay met an error of its own: the process is about to end. */
  readonly onFailure: (why: string) => void;
}

const HOSTNAME = 'relay.test';
const CLEAN_EVERY_MS = 30 * MINUTE_MS;

export class RelayProcess {
  readonly life: Life;
  readonly store: SqliteStore;
  readonly delivery: DeliveryService;
  readonly port: StorePort;
  readonly reader: SqliteReader;
  readonly acceptance: AcceptanceContext;
  readonly #ports: RelayPorts;
  readonly #shaping: ShapingRules;
  readonly #automatic: ReturnType<typeof startAutomatic>;
  #stopping = false;

  constructor(life: Life, ports: RelayPorts) {
    const { plan, dataDir, time, dice, ledger, weather } = ports;
    this.life = life;
    this.#ports = ports;
    const log = lifeLog(life, ports);
    this.store = openSqliteStore({
      dataDir,
      clock: life.storeClock,
      random: life.random,
      log,
      reserveBytes: 0,
      exclusive: true,
      settleWithinMs: SETTLE_WITHIN_MS,
      schedule: (callback) =>
        void time.after(commitMs(weather(), dice), () => {
          if (life.alive) callback();
        }),
      onFailure: (error) => ledger.promises.breaks(`the engine itself failed: ${error.message}`),
    });
    this.reader = openSqliteReader(dataDir);
    const spool = ports.tamper?.spool?.(this.store.spool) ?? this.store.spool;
    const suppressedIn = async (messageId: string) =>
      (await this.reader.messageById(messageId))?.deliveries
        .filter(({ state }) => state === 'suppressed')
        .map(({ id }) => id) ?? [];
    this.port = new StorePort({ life, store: this.store, spool, ledger, time, dice, weather, suppressedIn });
    const planned = plan.shaping === undefined ? NO_SHAPING : readShaping(plan.shaping);
    this.#shaping = ports.tamper?.shaping?.(planned) ?? planned;
    this.#automatic = this.#startAutomatic(log);
    this.delivery = this.#startDelivery(log);
    this.acceptance = {
      directory: this.reader,
      spool: this.port.spool,
      limits: new UsageLimiter({ reader: this.reader, hashes: (text) => [new TextEncoder().encode(text)] }),
      refusals: { keep: () => undefined },
      clock: life.clock,
      log,
      config: { submission: { requireVerifiedDomain: true } },
      longestAgeMs: () => plan.config.maxAgeMs,
      streamFit: { note: () => undefined },
    };
    this.#cleanNow();
  }

  /** No mail is taken any more. */
  get stopping(): boolean {
    return this.#stopping;
  }

  /** SIGTERM. Resolves when the process has ended. */
  async stop(graceMs: number): Promise<void> {
    const { ledger, network } = this.#ports;
    this.#stopping = true;
    await this.delivery.stop(graceMs);
    await this.#automatic.stop();
    ledger.promises.holds(network.open === 0, `${network.open} connections are left after the stop`);
    await this.store.close();
    this.reader.close();
    ledger.promises.holds(
      this.life.pendingTimers <= 1,
      `${this.life.pendingTimers} timers are left after the stop`,
    );
  }

  /** What the operating system does when the process is gone. */
  bury(): void {
    this.reader.close();
    this.store.abandon();
  }

  #startAutomatic(log: Log) {
    const { life } = this;
    return startAutomatic({
      reader: this.reader,
      writer: this.port.shaping,
      replies: () => this.#shaping.replies,
      nodes: () => 1,
      ...{ clock: life.clock, log },
      onBug: (error) => this.#onBug(error),
    });
  }

  #onBug(error: unknown): void {
    if (!this.life.alive) return;
    this.#ports.onFailure(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }

  #startDelivery(log: Log): DeliveryService {
    const { life } = this;
    const { plan, rules, network, zone, tamper } = this.#ports;
    const limits = tamper?.limits?.(plan.limits) ?? plan.limits;
    return startDelivery({
      spool: this.port.spool,
      content: this.reader,
      attempts: this.reader,
      directory: this.reader,
      openKey: () => {
        throw new Error('the world signs without keys');
      },
      sign: async (facts) => {
        await Promise.resolve();
        return signatureOf(facts);
      },
      resolver: zone.resolverFor(life),
      connect: network.connectFor(life),
      config: plan.config,
      hostname: HOSTNAME,
      ownAddresses: [],
      rules,
      shaping: () => this.#shaping,
      windows: this.port.shaping,
      ...this.#automatic,
      egress: egressOf(plan),
      clock: life.clock,
      random: life.random,
      log,
      limits,
      onBug: (error) => this.#onBug(error),
    });
  }

  #cleanNow(): void {
    this.life.clock.after(CLEAN_EVERY_MS, () => {
      if (this.#stopping) return;
      this.#cleanNow();
      this.port.clean(this.life.clock.now(), this.#ports.plan.retention).catch(() => undefined);
    });
  }
}

/** Warnings belong to the trace. An error, but for the store's, is an error of the relay's own. */
function lifeLog(life: Life, { trace, ledger }: RelayPorts): Log {
  return {
    debug: () => undefined,
    info: () => undefined,
    warn: (event, fields) => {
      if (life.alive) trace.add(`warns: ${event} ${JSON.stringify(fields ?? {})}`);
      if (event.startsWith('outcomes came too late')) ledger.promises.breaks(event);
    },
    error: (event, fields) => {
      if (life.alive)
        ledger.promises.breaks(`the relay logs an error: ${event} ${JSON.stringify(fields ?? {})}`);
    },
    enabled: (level) => level === 'warn' || level === 'error',
  };
}
