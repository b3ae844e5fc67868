/**
 * A fleet made from a seed: two to four relays that share one database, each on a machine with clocks of its own, their hosts, their
 * clients, and what goes wrong between them. It runs for some of its own time, then nobody sends any more and everything has
 * to come to an end. What happens depends on the seed alone.
 */
import { readFileSync } from 'node:fs';
import { loadBounceRules } from '../../../src/config/bounce-rules.ts';
import { silentLog } from '../../../src/platform/log.ts';
import { openPostgresStore } from '../../../src/store/postgres/open.ts';
import { Clients } from '../clients.ts';
import { Dice } from '../dice.ts';
import { Life } from '../life.ts';
import { MINUTE_MS } from '../durations.ts';
import { credentialOf } from '../plan.ts';
import { Promises } from '../promises.ts';
import { RemoteNetwork } from '../remote-network.ts';
import { ShapingWatch, type ShapingWatchOptions } from '../shaping/shaping-watch.ts';
import type { SimulatedTime } from '../simulated-time.ts';
import { Trace } from '../trace.ts';
import { Zone } from '../zone.ts';
import { FleetAudit } from './fleet-audit.ts';
import { FleetLedger } from './fleet-ledger.ts';
import { FleetLimits } from './fleet-limits.ts';
import type { FleetPlan } from './fleet-plan.ts';
import type { FleetTamper } from './fleet-process.ts';
import { FleetSending } from './fleet-sending.ts';
import { Troubles, type TroublesPorts } from './fleet-troubles.ts';
import { FleetWatch } from './fleet-watch.ts';
import { asCodeOf } from './library-timers.ts';
import { Machine } from './machine.ts';
import { NodeWire } from './node-wire.ts';
import type { SimulatedDatabase } from './simulated-database.ts';

export interface FleetWorldOptions {
  readonly plan: FleetPlan;
  readonly time: SimulatedTime;
  readonly database: SimulatedDatabase;
  /** Of the database that the nodes share. */
  readonly url: string;
  readonly tamper?: FleetTamper | undefined;
  readonly onTraceLine?: ((line: string) => void) | undefined;
}

const AUDIT_EVERY_MS = 2 * MINUTE_MS;
/** After the last outcome: connections go idle and are closed. */
const AFTERMATH_MS = 4 * MINUTE_MS;
/** After the last message: time-outs, retries, the end of what is given up, and what that causes. */
const LATEST_MS = 120 * MINUTE_MS;
/** Something that happens so often at one instant turns in circles. */
const CIRCLES = 50_000;

export class FleetWorld {
  readonly promises = new Promises();
  readonly trace: Trace;
  readonly ledger: FleetLedger;
  readonly watch: FleetWatch;
  readonly shaping: ShapingWatch | undefined;
  readonly troubles: Troubles;
  readonly counts = { lives: 0 };
  readonly #options: FleetWorldOptions;
  readonly #dice: Dice;
  readonly #network: RemoteNetwork;
  readonly #zone: Zone;
  readonly #audit: FleetAudit;
  readonly #machines: readonly Machine[];
  readonly #tool: { readonly life: Life; readonly wire: NodeWire };
  #isDown = false;
  #ending = false;
  #letGo = false;
  #settledAtMs: number | undefined;
  #over = false;

  constructor(options: FleetWorldOptions) {
    const { plan, time, database, url, tamper, onTraceLine } = options;
    const { promises } = this;
    const { world } = plan;
    this.#options = options;
    const dice = new Dice(plan.seed);
    this.#dice = dice.fork('fleet');
    this.trace = new Trace(time, onTraceLine);
    const { trace } = this;
    const isTroubled = () =>
      this.#machines.some(({ process, calmSinceMs }) => process !== undefined && calmSinceMs === Infinity);
    const limits = new FleetLimits(world.limits, {
      ...{ time, promises, isTroubled },
      nodes: plan.machines.length,
    });
    const skewMs = () => plan.skewMs + this.troubles.jumpedMs;
    const sending = new FleetSending({
      ...{ time, promises, limits: world.limits },
      truthOf: (keys) => this.#audit.truthOf(keys),
      hasEnded: (life) => this.#audit.hasEnded(life),
      nodeOf: (life) => this.#nodeOf(life),
      skewMs: () => 2 * skewMs(),
    });
    const passedRate: FleetLimits['passedRate'] = (account) => limits.passedRate(account);
    this.ledger = new FleetLedger({ time, trace, promises, sending, passedRate });
    const { ledger } = this;
    this.#audit = new FleetAudit(database, ledger);
    this.shaping = shapingOf(plan, { promises, elapsedMs: () => time.elapsedMs, fleetSkewMs: skewMs });
    const { shaping } = this;
    this.#network = new RemoteNetwork(world, {
      ...{ time, trace, ledger, shaping, dice: dice.fork('network') },
      limits: limits.ofAll(),
    });
    this.#zone = new Zone(world, { time, trace, ledger, dice });
    const wire = new NodeWire({ time, database, dice: dice.fork('tool'), isDown: () => this.#isDown });
    this.#tool = { wire, life: new Life(0, { time, dice, onEnd: () => undefined }) };
    const ports = {
      ...{ plan, url, time, trace, database, ledger, dice: this.#dice, counts: this.counts },
      ...{ network: this.#network, zone: this.#zone, tamper },
      rules: loadBounceRules((file) => readFileSync(file, 'utf8')),
      isDown: () => this.#isDown,
      onChange: () => limits.changed(),
    };
    this.#machines = plan.machines.map((machine) => new Machine(machine, ports));
    const machines = this.#machines;
    this.troubles = new Troubles({
      ...{ plan, time, trace, dice, ledger, machines, database },
      setDown: (isDown) => void (this.#isDown = isDown),
      withTool: (use) => this.#withTool(use),
      onServerJump: () => limits.serverClockJumped(),
    });
    this.watch = new FleetWatch({
      ...{ time, promises, ledger, machines, plan: world, audit: this.#audit, skewMs },
    });
  }

  /** A promise is broken, or everything came to its end. */
  get isOver(): boolean {
    if (this.#options.time.atThisInstant > CIRCLES) this.promises.breaks('something turns in circles');
    return this.#over || this.promises.broken !== undefined;
  }

  begin(): void {
    this.#live().catch((error: unknown) =>
      this.promises.breaks(error instanceof Error ? (error.stack ?? error.message) : String(error)),
    );
  }

  async #live(): Promise<void> {
    const { time, plan } = this.#options;
    const { world } = plan;
    const { trace, ledger } = this;
    await this.#prepareStore();
    const isOver = () => this.isOver;
    const isEnding = () => this.#ending;
    for (const machine of this.#machines) time.after(this.#dice.between(0, 5_000), () => machine.start());
    const relay = () => this.#relay();
    new Clients({ plan: world, time, trace, ledger, dice: this.#dice, relay }).live(isEnding);
    for (const host of this.#network.hosts) host.live(world.troubles.moods, isEnding);
    this.#zone.live(world.troubles.dns, isEnding);
    this.troubles.begin();
    this.watch.begin(isOver);
    time.after(plan.minutes * MINUTE_MS, () => this.#end());
    while (!this.isOver) {
      await time.wait(AUDIT_EVERY_MS);
      await this.#audit.check();
      await this.watch.check();
      if (this.#ending) await this.#lookForTheEnd();
    }
  }

  /** One that takes mail, of those that the balancer reaches. */
  #relay() {
    const up = this.#machines.filter(({ process, time }) => process?.stopping === false && !time.standsStill);
    return up.length === 0 ? undefined : this.#dice.pick(up).process;
  }

  #nodeOf(life: Life): { readonly lifeKey: number; readonly name: string } {
    const machine = this.#machines.find(({ process }) => process?.life === life);
    return { lifeKey: machine?.process?.standing.life ?? -1, name: machine?.name ?? 'a dead process' };
  }

  #end(): void {
    this.trace.add('nobody sends any more');
    this.#ending = true;
    this.#network.calm();
    this.#zone.calm();
    this.troubles.end().then(
      () => {
        this.#letGo = true;
      },
      (error: unknown) => this.promises.breaks(`the last release failed: ${String(error)}`),
    );
  }

  async #lookForTheEnd(): Promise<void> {
    const { time, plan } = this.#options;
    const { open, pending } = await this.#audit.left();
    const latestMs = plan.minutes * MINUTE_MS + LATEST_MS + this.troubles.jumpedMs;
    this.promises.holds(time.elapsedMs <= latestMs, `${open} deliveries never come to an end`);
    const areUp = this.#machines.every(({ calmSinceMs }) => calmSinceMs < Infinity);
    if (open > 0 || pending > 0 || !this.#letGo || !areUp) {
      this.#settledAtMs = undefined;
      return;
    }
    this.#settledAtMs ??= time.elapsedMs;
    if (time.elapsedMs - this.#settledAtMs < AFTERMATH_MS) return;
    await this.#audit.checkEnd();
    const { open: connections } = this.#network;
    this.promises.holds(connections === 0, `${connections} connections are open in the end`);
    this.#over = true;
  }

  /** Accounts with their verified domains, as `relayctl account add` and `domain add` make them. */
  async #prepareStore(): Promise<void> {
    const nowMs = this.#options.time.nowMs();
    await this.#open(async ({ directory }) => {
      for (const account of this.#options.plan.world.accounts) {
        const { id, name, domain } = account;
        await directory.addAccount({ id, name, createdAtMs: nowMs }, 'world');
        const added = { id: `dom_${name}`, accountId: id, name: domain, verifiedAtMs: nowMs };
        await directory.addDomain({ ...added, recordStatus: {}, createdAtMs: nowMs }, [], 'world');
        await directory.addCredential(credentialOf(account), 'world');
      }
    });
  }

  #withTool(use: Parameters<TroublesPorts['withTool']>[0]): Promise<void> {
    return this.#open(use);
  }

  /** A tool beside the nodes, as relayctl is. */
  #open(use: (store: Awaited<ReturnType<typeof openPostgresStore>>) => Promise<void>): Promise<void> {
    const { url } = this.#options;
    const { life, wire } = this.#tool;
    return asCodeOf(life.clock, async () => {
      const store = await openPostgresStore({
        ...{ url, preparedStatements: 'auto', nodeName: 'tool', exclusive: false, version: '1.0.0' },
        ...{ clock: life.clock, random: life.random, log: silentLog, stream: wire.streamFor(life) },
        processTime: () => life.clock.monotonic(),
      });
      try {
        await use(store);
      } finally {
        await store.close();
      }
    });
  }
}

/** Clocks that are fast or slow are apart the more the longer it lasts. */
function shapingOf(
  { world, machines }: FleetPlan,
  options: Required<ShapingWatchOptions>,
): ShapingWatch | undefined {
  const { elapsedMs, fleetSkewMs: skewMs } = options;
  const drift = Math.max(...machines.map(({ rate }) => Math.abs(rate - 1)));
  const fleetSkewMs = () => skewMs() + drift * elapsedMs();
  return world.shaping && new ShapingWatch(world, world.shaping, { ...options, fleetSkewMs });
}
