/**
 * A machine of a simulated fleet: its clocks, its wire to the database, and relayd on it, which its supervisor starts again
 * when it has ended. Knows since when nothing is wrong with it.
 */
import type { BounceRules } from '../../../src/policy/bounce-rules.ts';
import { StoreError } from '../../../src/store/errors.ts';
import type { Dice } from '../dice.ts';
import { Life } from '../life.ts';
import type { RemoteNetwork } from '../remote-network.ts';
import type { SimulatedTime } from '../simulated-time.ts';
import type { Trace } from '../trace.ts';
import type { Zone } from '../zone.ts';
import type { FleetLedger } from './fleet-ledger.ts';
import type { FleetPlan, MachinePlan } from './fleet-plan.ts';
import { FleetProcess, type FleetTamper } from './fleet-process.ts';
import { asCodeOf } from './library-timers.ts';
import { NodeTime } from './node-time.ts';
import { NodeWire, type WireWeather } from './node-wire.ts';
import type { SimulatedDatabase } from './simulated-database.ts';

export interface MachinePorts {
  readonly plan: FleetPlan;
  readonly url: string;
  readonly rules: BounceRules;
  readonly time: SimulatedTime;
  readonly trace: Trace;
  readonly dice: Dice;
  readonly database: SimulatedDatabase;
  readonly isDown: () => boolean;
  readonly ledger: FleetLedger;
  readonly network: RemoteNetwork;
  readonly zone: Zone;
  readonly counts: { lives: number };
  readonly tamper?: FleetTamper | undefined;
  /** Nodes came, went, or were cut off. */
  readonly onChange: () => void;
}

const GRACE_MS = 15_000;
/** Flushing, closing, a database that is away: a supervisor waits a minute in all (packaging/systemd/relayd.service). */
const STOP_SLACK_MS = 45_000;
/** The supervisor starts a process again that ended by itself. */
const RESTART_MS = 2_000;
/** A server that keeps nothing alive finds out late. */
const SERVER_LOOKS_MS = 20 * 60_000;

export class Machine {
  readonly name: string;
  readonly time: NodeTime;
  /** Why nobody is to take it for well; empty: it is. */
  readonly #troubles = new Set<string>(['not up']);
  readonly #ports: MachinePorts;
  readonly #wire: NodeWire;
  readonly #dice: Dice;
  #process: FleetProcess | undefined;
  /** World time; infinite while something is wrong. */
  calmSinceMs = Infinity;

  constructor({ name, ...clocks }: MachinePlan, ports: MachinePorts) {
    const { time, database, isDown } = ports;
    this.name = name;
    this.#ports = ports;
    this.#dice = ports.dice.fork(name);
    this.time = new NodeTime(time, clocks);
    this.#wire = new NodeWire({ time, database, isDown, dice: this.#dice.fork('wire') });
  }

  get process(): FleetProcess | undefined {
    return this.#process;
  }

  /** It is wrong as long as it is called so. */
  trouble(what: string, isWrong: boolean): void {
    const { time, onChange } = this.#ports;
    const before = this.#troubles.size === 0;
    if (isWrong) this.#troubles.add(what);
    else this.#troubles.delete(what);
    const now = this.#troubles.size === 0;
    if (now !== before) this.calmSinceMs = now ? time.elapsedMs : Infinity;
    onChange();
  }

  set weather(weather: WireWeather) {
    this.#wire.weather = weather;
    this.trouble('its wire', weather.kind !== 'well');
  }

  start(): void {
    const { counts, time, trace, ledger, dice } = this.#ports;
    const number = ++counts.lives;
    const life = new Life(number, { time: this.time, dice, onEnd: (crossing) => this.#ended(crossing) });
    const process = new FleetProcess(life, {
      ...this.#ports,
      ...{ name: this.name, time: this.time, wire: this.#wire, plan: this.#ports.plan.world },
      dice: this.#dice.fork(`process ${number}`),
      commits: () => this.#ports.database.commits,
      onBug: (why) => ledger.promises.breaks(`an error of the relay's own: ${this.name}: ${why}`),
      onFailure: (error) => {
        trace.add(`${this.name} gives up: ${error.message}`);
        this.kill();
      },
    });
    this.#process = process;
    trace.add(`${this.name} starts, process ${number}`);
    const start = asCodeOf(life.clock, () => process.start());
    start.then(
      () => {
        if (!life.alive) return;
        trace.add(`${this.name} is up in life ${process.standing.life}`);
        this.trouble('not up', false);
      },
      (error: unknown) => {
        if (!life.alive) return;
        trace.add(`${this.name} does not start: ${String(error)}`);
        const expected = error instanceof StoreError && ['busy', 'locked', 'conflict'].includes(error.code);
        ledger.promises.holds(expected, `${this.name} does not start: ${String(error)}`);
        this.#gone();
        time.after(RESTART_MS, () => this.#startAgain());
      },
    );
  }

  /** Sudden: now, or at one of its next crossings, or of those called so. */
  endSoon(crossings: number, what?: string): void {
    if (this.time.standsStill || this.#process === undefined) this.kill();
    else this.#process.life.endSoon(crossings, what);
  }

  /** As soon as one of its transactions is open. */
  atNextTransaction(act: () => void): void {
    this.#wire.atNextTransaction(act);
  }

  /** kill -9: its connections close. */
  kill(afterMs = this.#dice.exponential(20_000)): void {
    if (this.#process === undefined) return;
    this.#process.life.end();
    this.#wire.die();
    this.#gone();
    this.#ports.time.after(afterMs, () => this.#startAgain());
  }

  /** Without power: nobody closes anything. */
  cutPower(afterMs: number): void {
    if (this.#process === undefined) return;
    this.#process.life.end();
    this.#wire.vanish(SERVER_LOOKS_MS);
    this.#gone();
    this.#ports.time.after(afterMs, () => this.#startAgain());
  }

  /** SIGTERM; it starts again after `downMs`, unless that is infinite. */
  stop(downMs: number): void {
    const process = this.#process;
    if (process?.running !== true || this.time.standsStill) return;
    const { time, trace, ledger } = this.#ports;
    const { life } = process;
    trace.add(`${this.name} is stopped`);
    this.trouble('not up', true);
    time.after(GRACE_MS + STOP_SLACK_MS, () => {
      ledger.promises.holds(!life.alive || this.time.standsStill, `the stop of ${this.name} takes too long`);
    });
    asCodeOf(life.clock, () => process.stop(GRACE_MS)).then(
      () => {
        if (!life.alive) return;
        life.end();
        trace.add(`${this.name} has ended`);
        this.#gone();
        if (downMs !== Infinity) time.after(downMs, () => this.#startAgain());
      },
      (error: unknown) => {
        if (!life.alive) return;
        trace.add(`${this.name} ended badly: ${String(error)}`);
        ledger.promises.holds(
          error instanceof StoreError,
          `the stop of ${this.name} failed: ${String(error)}`,
        );
        this.kill();
      },
    );
  }

  #startAgain(): void {
    if (this.#process === undefined) this.start();
  }

  #ended(crossing: string): void {
    this.#ports.trace.add(`${this.name} ends suddenly: ${crossing}`);
    this.#ports.time.after(0, () => this.kill());
  }

  #gone(): void {
    const process = this.#process;
    if (process === undefined) return;
    process.life.end();
    this.#process = undefined;
    this.#ports.network.cut(process.life);
    this.#ports.ledger.lifeEnds(process.life);
    this.trouble('not up', true);
  }
}
