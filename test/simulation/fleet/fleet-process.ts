/**
 * relayd as one node of a simulated fleet: the real PostgreSQL engine with its lease and duties, delivery service, policy and
 * acceptance, composed as app/ does it, without threads and sockets, on the time of its machine.
 */
import { startDelivery, type DeliveryService } from '../../../src/delivery/delivery-service.ts';
import type { AcceptanceContext } from '../../../src/intake/accept-message.ts';
import { UsageLimiter } from '../../../src/intake/usage-limiter.ts';
import { SharedRates } from '../../../src/intake/shared-rates.ts';
import type { Clock, Timer } from '../../../src/platform/clock.ts';
import type { Log } from '../../../src/platform/log.ts';
import type { BounceRules } from '../../../src/policy/bounce-rules.ts';
import { NO_SHAPING, type ShapingRules } from '../../../src/policy/shaping/shaping-rules.ts';
import type { StoreError } from '../../../src/store/errors.ts';
import type { Lease } from '../../../src/store/lease.ts';
import type { NodeStanding } from '../../../src/store/node-standing.ts';
import { openPostgresStore, type PostgresStore } from '../../../src/store/postgres/open.ts';
import { openPostgresReader, type PostgresReader } from '../../../src/store/postgres/reader.ts';
import type { Spool } from '../../../src/store/spool.ts';
import { createStandingBoard, readStanding } from '../../../src/store/standing-board.ts';
import type { Dice } from '../dice.ts';
import type { Life } from '../life.ts';
import type { Plan } from '../plan.ts';
import type { RemoteNetwork } from '../remote-network.ts';
import { egressOf, readShaping } from '../shaping/read-rules.ts';
import { signatureOf } from '../sent-content.ts';
import type { Trace } from '../trace.ts';
import type { Zone } from '../zone.ts';
import type { FleetLedger } from './fleet-ledger.ts';
import { FleetPort } from './fleet-port.ts';
import { asCodeOf } from './library-timers.ts';
import type { NodeTime } from './node-time.ts';
import type { NodeWire } from './node-wire.ts';

/** A relay that is broken on purpose. */
export interface FleetTamper {
  /** Instead of the engine's spool. */
  readonly spool?: (spool: Spool) => Spool;
  /** What delivery is told of the lease. */
  readonly lease?: (lease: Lease) => Lease;
  readonly shaping?: (rules: ShapingRules) => ShapingRules;
  /** Done to the database before anybody starts. */
  readonly sql?: string;
}

export interface FleetProcessPorts {
  readonly name: string;
  readonly plan: Plan;
  readonly url: string;
  readonly rules: BounceRules;
  readonly time: NodeTime;
  readonly wire: NodeWire;
  readonly trace: Trace;
  readonly ledger: FleetLedger;
  readonly dice: Dice;
  readonly network: RemoteNetwork;
  readonly zone: Zone;
  /** Commits of everybody so far. */
  readonly commits: () => number;
  readonly tamper?: FleetTamper | undefined;
  /** The relay met an error of its own. */
  readonly onBug: (why: string) => void;
  /** The store gave up: the process is to end. */
  readonly onFailure: (error: StoreError) => void;
}

const FAILING_DESTINATIONS = 1_000;
/** When the numbering of events looks that has nothing to do (events/sequencer.ts), and the backlog (spool/backlog.ts). */
function isLook(delayMs: number): boolean {
  return delayMs === 100 || (delayMs > 750 && delayMs < 1_250 && !Number.isInteger(delayMs));
}

/** One in so many is taken in any case. */
const IDLE_LOOKS = 10;
const NO_TIMER: Timer = { cancel: () => undefined };

export class FleetProcess {
  readonly life: Life;
  readonly standing: NodeStanding;
  readonly #ports: FleetProcessPorts;
  readonly #board = createStandingBoard();
  #store: PostgresStore | undefined;
  #reader: PostgresReader | undefined;
  #delivery: DeliveryService | undefined;
  #port: FleetPort | undefined;
  #acceptance: AcceptanceContext | undefined;
  #stopping = false;

  constructor(life: Life, ports: FleetProcessPorts) {
    this.life = life;
    this.#ports = ports;
    this.standing = readStanding(this.#board, life.clock, () => life.clock.monotonic());
  }

  /** It is up: it takes mail and delivers. */
  get running(): boolean {
    return this.#delivery !== undefined && !this.#stopping;
  }

  /** It takes no mail. */
  get stopping(): boolean {
    return !this.running || this.standing.draining;
  }

  get acceptance(): AcceptanceContext {
    return made(this.#acceptance);
  }

  get port(): FleetPort {
    return made(this.#port);
  }

  asItsCode<T>(run: () => T): T {
    return asCodeOf(this.life.clock, run);
  }

  /** StoreError. */
  async start(): Promise<void> {
    const { life } = this;
    const { name, url, time, wire, ledger, dice, plan, onFailure, tamper } = this.#ports;
    const log = this.#log();
    const shared = {
      ...{ url, preparedStatements: 'auto' as const, log },
      ...{ clock: this.#storeClock(), random: life.random, stream: wire.streamFor(life) },
    };
    const store = await openPostgresStore({
      ...shared,
      ...{ nodeName: name, version: '1.0.0', board: this.#board, onFailure },
      processTime: () => life.clock.monotonic(),
    });
    const reader = openPostgresReader(shared);
    this.#store = store;
    this.#reader = reader;
    const spool = tamper?.spool?.(store.spool) ?? store.spool;
    const port = new FleetPort({ node: name, life, spool, ledger, time, dice });
    this.#port = port;
    const { clock } = life;
    this.#acceptance = {
      directory: reader,
      spool: port.spool,
      limits: new UsageLimiter({
        reader,
        hashes: (text) => [new TextEncoder().encode(text)],
        shared: new SharedRates(store.limits, clock),
      }),
      refusals: { keep: () => undefined },
      ...{ clock, log },
      config: { submission: { requireVerifiedDomain: true } },
      longestAgeMs: () => plan.config.maxAgeMs,
      streamFit: { note: () => undefined },
    };
    this.#delivery = await this.#startDelivery(log, reader, port);
  }

  /** SIGTERM. Resolves when the process has ended. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    await this.#delivery?.stop(graceMs);
    await this.#store?.close();
    await this.#reader?.close();
  }

  async #startDelivery(log: Log, reader: PostgresReader, port: FleetPort): Promise<DeliveryService> {
    const { life, standing } = this;
    const { plan, rules, network, zone, onBug, tamper } = this.#ports;
    const planned = plan.shaping === undefined ? NO_SHAPING : readShaping(plan.shaping);
    const shaping = tamper?.shaping?.(planned) ?? planned;
    const { destinations } = await reader.summary(FAILING_DESTINATIONS);
    return startDelivery({
      spool: port.spool,
      lease: tamper?.lease?.(standing) ?? standing,
      nodes: () => standing.nodes,
      content: reader,
      attempts: reader,
      directory: reader,
      openKey: () => {
        throw new Error('the world signs without keys');
      },
      sign: async (facts) => {
        await Promise.resolve();
        return signatureOf(facts);
      },
      failing: destinations.filter(({ failures }) => failures > 0),
      resolver: zone.resolverFor(life),
      connect: network.connectFor(life),
      config: plan.config,
      hostname: 'relay.test',
      ownAddresses: [],
      shaping: () => shaping,
      windows: made(this.#store).shaping,
      egress: egressOf(plan),
      ...{ rules, clock: life.clock, random: life.random, log, limits: plan.limits },
      onBug: (error) => {
        if (life.alive) onBug(error instanceof Error ? (error.stack ?? error.message) : String(error));
      },
    });
  }

  /** Looks at what others did sleep until somebody has written something: they would be most of what happens. */
  #storeClock(): Clock {
    const { clock } = this.life;
    const { commits } = this.#ports;
    return {
      ...clock,
      after: (delayMs, callback) => {
        if (!isLook(delayMs)) return clock.after(delayMs, callback);
        const seen = commits();
        let left = IDLE_LOOKS;
        let timer = NO_TIMER;
        const look = () => {
          timer = clock.after(delayMs, () => {
            if (commits() !== seen || --left === 0) callback();
            else look();
          });
        };
        look();
        return { cancel: () => timer.cancel() };
      },
    };
  }

  /** Warnings belong to the trace. An error is one of the relay's own. */
  #log(): Log {
    const { life } = this;
    const { name, trace, onBug } = this.#ports;
    const words = (event: string, fields: unknown) => `${name} ${event} ${JSON.stringify(fields ?? {})}`;
    return {
      debug: () => undefined,
      info: () => undefined,
      warn: (event, fields) => {
        if (life.alive) trace.add(`warns: ${words(event, fields)}`);
      },
      error: (event, fields) => {
        if (life.alive) onBug(words(event, fields));
      },
      enabled: (level) => level === 'warn' || level === 'error',
    };
  }
}

function made<T>(part: T | undefined): T {
  if (part === undefined) throw new Error('the process is not up');
  return part;
}
