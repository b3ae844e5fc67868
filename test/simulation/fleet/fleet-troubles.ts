/** What goes wrong in a fleet, and what its operator does, by dice: each kind by itself, until the end. */
import { StoreError } from '../../../src/store/errors.ts';
import type { FleetWriter } from '../../../src/store/fleet.ts';
import type { DeliverySelection, QueueWriter } from '../../../src/store/queue-admin.ts';
import type { Dice } from '../dice.ts';
import { HOUR_MS, MINUTE_MS } from '../durations.ts';
import type { SimulatedTime } from '../simulated-time.ts';
import type { Trace } from '../trace.ts';
import type { FleetLedger } from './fleet-ledger.ts';
import type { FleetPlan, FleetTroubles } from './fleet-plan.ts';
import type { Machine } from './machine.ts';
import type { WireWeather } from './node-wire.ts';
import type { SimulatedDatabase } from './simulated-database.ts';

export interface TroublesPorts {
  readonly plan: FleetPlan;
  readonly time: SimulatedTime;
  readonly trace: Trace;
  readonly dice: Dice;
  readonly ledger: FleetLedger;
  readonly machines: readonly Machine[];
  readonly database: SimulatedDatabase;
  /** The server takes connections, or not. */
  readonly setDown: (isDown: boolean) => void;
  /** An operator's tool beside the nodes. */
  readonly withTool: (
    use: (tool: { fleet: FleetWriter; queue: QueueWriter }) => Promise<void>,
  ) => Promise<void>;
  readonly onServerJump: () => void;
}

const ALL: DeliverySelection = { accountId: undefined, id: undefined, destination: undefined };
const ACTOR = 'relayctl';
/** Between what a host has done and what is written of it. */
const SORE_POINTS = [
  'accept is answered',
  'claims are fed',
  'claim is answered',
  'the dot is sent',
  'the host has the message',
  'the reply to the dot is heard',
  'settle is called',
  'settle is answered',
];

export class Troubles {
  readonly counts = {
    kills: 0,
    powerCuts: 0,
    stops: 0,
    partitions: 0,
    pauses: 0,
    restarts: 0,
    jumps: 0,
    drains: 0,
    removals: 0,
  };
  /** How far clocks were set in all. */
  jumpedMs = 0;
  readonly #ports: TroublesPorts;
  readonly #dice: Dice;
  #isOver = false;

  constructor(ports: TroublesPorts) {
    this.#ports = ports;
    this.#dice = ports.dice.fork('troubles');
  }

  begin(): void {
    const acts: Record<keyof FleetTroubles, () => void> = {
      kills: () => this.#kill(),
      powerCuts: () => this.#cutPower(),
      stops: () => this.#stop(),
      partitions: () => this.#partition(),
      pauses: () => this.#pause(),
      clockJumps: () => this.#jump(),
      serverClockJumps: () => this.#jumpServer(),
      databaseRestarts: () => this.#restartDatabase(),
      slowness: () => this.#slowDown(),
      drains: () => this.#drain(),
      removals: () => this.#remove(),
      queueChanges: () => this.#changeQueue(),
    };
    const { troubles } = this.#ports.plan;
    for (const kind of Object.keys(acts) as (keyof FleetTroubles)[]) this.#often(troubles[kind], acts[kind]);
  }

  /** Nothing more goes wrong; what was held is let go. */
  async end(): Promise<void> {
    this.#isOver = true;
    await this.#command('release all', async ({ fleet, queue }) => {
      await queue.release(ALL, this.#ports.time.nowMs(), ACTOR);
      for (const { name } of this.#ports.machines)
        await fleet.drainNode(name, false, this.#ports.time.nowMs(), ACTOR).catch(ignoreUnknown);
    });
    this.#ports.ledger.sending.hurried();
  }

  #often(meanMs: number | undefined, act: () => void): void {
    if (meanMs === undefined) return;
    this.#ports.time.after(this.#dice.exponential(meanMs), () => {
      if (this.#isOver) return;
      act();
      this.#often(meanMs, act);
    });
  }

  #machine(): Machine {
    return this.#dice.pick(this.#ports.machines);
  }

  #kill(): void {
    this.counts.kills++;
    if (this.#dice.chance(0.5)) this.#machine().endSoon(this.#dice.int(0, 200));
    else this.#machine().endSoon(this.#dice.int(0, 5), this.#dice.pick(SORE_POINTS));
  }

  #cutPower(): void {
    this.counts.powerCuts++;
    const machine = this.#machine();
    const awayMs = this.#dice.exponential(MINUTE_MS);
    this.#nowOrWithin(machine, () => {
      this.#ports.trace.add(`${machine.name} loses power`);
      machine.cutPower(awayMs);
    });
  }

  #stop(): void {
    this.counts.stops++;
    this.#machine().stop(this.#dice.exponential(30_000));
  }

  #partition(): void {
    const machine = this.#machine();
    const kind = this.#dice.pick(['silent', 'silent', 'deaf', 'cut'] as const);
    this.counts.partitions++;
    const lastsMs = this.#dice.pick([3_000, 15_000, 40_000, 3 * MINUTE_MS]);
    this.#nowOrWithin(machine, () => this.#setWeather([machine], { kind }, lastsMs));
  }

  /** Half of the time between two statements of a transaction. */
  #nowOrWithin(machine: Machine, act: () => void): void {
    if (this.#dice.chance(0.5)) act();
    else machine.atNextTransaction(() => this.#ports.time.after(0, act));
  }

  #slowDown(): void {
    const crossingMs = this.#dice.pick([20, 200, 2_000]);
    this.#setWeather(this.#ports.machines, { kind: 'slow', crossingMs }, this.#dice.exponential(MINUTE_MS));
  }

  #setWeather(machines: readonly Machine[], weather: WireWeather, lastsMs: number): void {
    const { time, trace } = this.#ports;
    for (const machine of machines) {
      trace.add(`the wire of ${machine.name} is ${weather.kind}`);
      machine.weather = weather;
    }
    time.after(this.#dice.between(0.5, 1.5) * lastsMs, () => {
      for (const machine of machines) {
        trace.add(`the wire of ${machine.name} is well`);
        machine.weather = { kind: 'well' };
      }
    });
  }

  #pause(): void {
    const machine = this.#machine();
    const lastsMs = this.#dice.pick([500, 4_000, 18_000, 30_000, 90_000]) * this.#dice.between(0.5, 1.5);
    this.#nowOrWithin(machine, () => this.#standStill(machine, lastsMs));
  }

  #standStill(machine: Machine, lastsMs: number): void {
    const { time, trace } = this.#ports;
    if (machine.time.standsStill) return;
    this.counts.pauses++;
    trace.add(`${machine.name} stands still`);
    machine.trouble('it stands still', true);
    machine.time.standStill();
    time.after(lastsMs, () => {
      trace.add(`${machine.name} goes on`);
      machine.trouble('it stands still', false);
      machine.time.goOn();
    });
  }

  #jump(): void {
    const machine = this.#machine();
    const byMs = Math.round(this.#dice.between(-1, 1) * this.#dice.pick([MINUTE_MS, HOUR_MS]));
    this.counts.jumps++;
    this.jumpedMs += Math.abs(byMs);
    this.#ports.trace.add(`the clock of ${machine.name} jumps by ${byMs} ms`);
    machine.time.jump(byMs);
    this.#ports.ledger.sending.hurried();
  }

  #jumpServer(): void {
    const byMs = Math.round(this.#dice.between(-1, 1) * HOUR_MS);
    this.counts.jumps++;
    this.#ports.trace.add(`the clock of the server jumps by ${byMs} ms`);
    this.#ports.database.jump(byMs);
    this.#ports.onServerJump();
  }

  #restartDatabase(): void {
    const { time, trace, database, machines, setDown } = this.#ports;
    this.counts.restarts++;
    trace.add('the database ends');
    setDown(true);
    for (const machine of machines) machine.trouble('the database', true);
    database.restart();
    time.after(this.#dice.pick([200, 5_000, 30_000, 60_000]) * this.#dice.between(0.5, 1.5), () => {
      trace.add('the database is back');
      setDown(false);
      for (const machine of machines) machine.trouble('the database', false);
    });
  }

  #drain(): void {
    const { name } = this.#machine();
    this.counts.drains++;
    const set = (draining: boolean) => () =>
      this.#command(`${draining ? 'drain' : 'do not drain'} ${name}`, async ({ fleet }) => {
        await fleet.drainNode(name, draining, this.#ports.time.nowMs(), ACTOR).catch(ignoreUnknown);
      });
    void set(true)();
    this.#ports.time.after(this.#dice.exponential(3 * MINUTE_MS), () => void set(false)());
  }

  /** Of one that was stopped for good; it comes back all the same. */
  #remove(): void {
    const machine = this.#machine();
    machine.stop(this.#dice.between(1, 4) * MINUTE_MS);
    this.#ports.time.after(this.#dice.between(0, 80_000), () => {
      void this.#command(`remove ${machine.name}`, async ({ fleet }) => {
        await fleet.removeNode(machine.name, this.#ports.time.nowMs(), ACTOR).then(() => {
          this.counts.removals++;
        }, ignoreUnknown);
      });
    });
  }

  #changeQueue(): void {
    const { plan, time, ledger } = this.#ports;
    const names = plan.world.domains.filter(({ site }) => site.kind === 'unruly').map(({ name }) => name);
    const selection = { ...ALL, destination: this.#dice.pick(names) };
    const change = (what: 'hold' | 'release' | 'retry') => () =>
      this.#command(`${what} ${selection.destination}`, async ({ queue }) => {
        if (what !== 'hold') ledger.sending.hurried();
        await queue[what](selection, time.nowMs(), ACTOR);
        ledger.sending.hurried();
      });
    if (this.#dice.chance(0.4)) {
      void change('retry')();
      return;
    }
    void change('hold')();
    time.after(this.#dice.exponential(3 * MINUTE_MS), () => void change('release')());
  }

  /** The database may be away: then somebody tries again. */
  async #command(what: string, act: Parameters<TroublesPorts['withTool']>[0]): Promise<void> {
    const { trace, withTool, ledger, time } = this.#ports;
    for (;;) {
      try {
        await withTool(act);
        trace.add(`operator: ${what}`);
        return;
      } catch (error) {
        trace.add(`operator: ${what}: ${String(error)}`);
        if (!(error instanceof StoreError)) ledger.promises.breaks(`a command failed: ${String(error)}`);
        await time.wait(5_000);
      }
    }
  }
}

function ignoreUnknown(error: unknown): void {
  if (!(error instanceof StoreError) || !['not-found', 'conflict'].includes(error.code)) throw error;
}
