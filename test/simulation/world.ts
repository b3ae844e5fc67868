/**
 * A world made from a seed: the relay, its hosts, its clients, its operator, and what goes wrong. It runs for some hours
 * of its own time, then nobody sends any more and everything has to come to an end. What happens depends on the seed
 * alone, so a world that broke a promise does so again.
 */
import { readFileSync } from 'node:fs';
import { loadBounceRules } from '../../src/config/bounce-rules.ts';
import type { BounceRules } from '../../src/policy/bounce-rules.ts';
import { silentLog } from '../../src/platform/log.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { Audit } from './audit.ts';
import { Clients } from './clients.ts';
import { Dice } from './dice.ts';
import { Ledger } from './ledger.ts';
import type { LedgerDelivery } from './ledger-entries.ts';
import { Life } from './life.ts';
import { Operator } from './operator.ts';
import { HOUR_MS, MINUTE_MS } from './durations.ts';
import { credentialOf, type Plan } from './plan.ts';
import { LONGEST_PAUSE_MS, Progress } from './progress.ts';
import { RelayProcess, type RelayPorts } from './relay-process.ts';
import { RemoteNetwork } from './remote-network.ts';
import { ShapingWatch } from './shaping/shaping-watch.ts';
import { WaitingMail } from './shaping/waiting-mail.ts';
import { SimulatedTime } from './simulated-time.ts';
import type { DiskWeather } from './store-port.ts';
import { Trace } from './trace.ts';
import { Zone } from './zone.ts';

export type Tamper = NonNullable<RelayPorts['tamper']>;

export interface WorldOptions {
  readonly plan: Plan;
  /** Empty. */
  readonly dataDir: string;
  readonly tamper?: Tamper | undefined;
  readonly onTraceLine?: ((line: string) => void) | undefined;
}

const AUDIT_EVERY_MS = 10 * MINUTE_MS;
const GRACE_MS = 15_000;
/** Flushing, closing and what lies between. */
const STOP_SLACK_MS = 30_000;
/** After the last outcome: connections go idle and are closed. */
const AFTERMATH_MS = 10 * MINUTE_MS;
const LONGEST_SHAPED_MS = 14 * 24 * HOUR_MS;
/** Something that happens so often at one instant turns in circles. */
const CIRCLES = 50_000;

const SORE_POINTS = [
  'accept is durable',
  'claims are fed',
  'claim is durable',
  'the dot is sent',
  'the host has the message',
  'the reply to the dot is heard',
  'settle is called',
  'settle is durable',
  'blockDestinations is durable',
];

let rules: BounceRules | undefined;

export class World {
  readonly plan: Plan;
  readonly time = new SimulatedTime();
  readonly trace: Trace;
  readonly ledger: Ledger;
  readonly progress: Progress;
  readonly shaping: ShapingWatch | undefined;
  readonly counts = { lives: 0, suddenEnds: 0, stops: 0 };
  readonly #dataDir: string;
  readonly #dice: Dice;
  readonly #network: RemoteNetwork;
  readonly #zone: Zone;
  readonly #operator: Operator;
  readonly #audit: Audit;
  readonly #waiting: WaitingMail | undefined;
  readonly #tamper: Tamper | undefined;
  #relay: RelayProcess | undefined;
  #weather: DiskWeather = { kind: 'well' };
  /** Nobody sends, nothing more goes wrong. */
  #ending = false;
  #letGo = false;
  /** World time; nothing is open since then. */
  #settledAtMs: number | undefined;
  #over = false;

  constructor({ plan, dataDir, tamper, onTraceLine }: WorldOptions) {
    this.plan = plan;
    this.#dataDir = dataDir;
    this.#tamper = tamper;
    rules ??= loadBounceRules((file) => readFileSync(file, 'utf8'));
    const { time } = this;
    const dice = new Dice(plan.seed);
    this.#dice = dice.fork('world');
    this.trace = new Trace(time, onTraceLine);
    const { trace } = this;
    const { limits, config, troubles } = plan;
    this.ledger = new Ledger({
      ...{ time, trace, limits },
      accounts: plan.accounts.length,
      maxAgeMs: config.maxAgeMs,
    });
    const { ledger } = this;
    const ofShaping = { promises: ledger.promises, elapsedMs: () => time.elapsedMs };
    const shaping = plan.shaping && new ShapingWatch(plan, plan.shaping, ofShaping);
    this.shaping = shaping;
    this.#network = new RemoteNetwork(plan, {
      time,
      trace,
      ledger,
      dice: dice.fork('network'),
      limits,
      shaping,
    });
    this.progress = new Progress(plan, ledger, { time, network: this.#network });
    this.#zone = new Zone(plan, { time, trace, ledger, dice });
    this.#prepareStore();
    this.#audit = new Audit(dataDir, ledger);
    this.#waiting =
      plan.shaping &&
      new WaitingMail(
        dataDir,
        plan.shaping.domains.map(({ name }) => name),
      );
    this.#operator = new Operator({
      ...{ plan, dataDir, time, trace, ledger, dice },
      onWrite: () => this.#relay?.life.somebodyElseWrote(),
    });
    const clients = new Clients({ plan, time, trace, ledger, dice, relay: () => this.#relay });

    this.#startLife();
    const isCalm = () => this.#ending && plan.calmEnd;
    const isEnding = () => this.#ending;
    clients.live(isEnding);
    for (const host of this.#network.hosts) host.live(troubles.moods, isCalm);
    this.#zone.live(troubles.dns, isCalm);
    this.#often(troubles.sudden, () => this.#endSoon());
    this.#often(troubles.stops, () => this.#stop());
    this.#often(troubles.storeFaults, () => this.#changeWeather());
    this.#often(troubles.clockJumps, () => this.#jump());
    if (troubles.operator !== undefined) this.#operator.live(troubles.operator, isEnding);
    time.after(AUDIT_EVERY_MS, () => this.#look());
    time.after(MINUTE_MS, () => this.#lookForMovement());
    time.after(plan.hours * HOUR_MS, () => this.#end());
  }

  /** A promise is broken, or everything came to its end. */
  get isOver(): boolean {
    if (this.time.atThisInstant > CIRCLES) this.ledger.promises.breaks('something turns in circles');
    return this.#over || this.ledger.promises.broken !== undefined;
  }

  close(): void {
    this.#audit.close();
    this.#waiting?.close();
    this.#relay?.life.end();
    this.#relay?.bury();
    this.#relay = undefined;
  }

  // ---- lives

  #startLife(): void {
    const life = new Life(++this.counts.lives, {
      time: this.time,
      dice: this.#dice,
      onEnd: (crossing) => {
        this.trace.add(`life ${life.number} ends suddenly: ${crossing}`);
        this.counts.suddenEnds++;
        // What became durable in this instant is still told.
        this.time.after(0, () => this.#bury(relay));
      },
    });
    const relay: RelayProcess = new RelayProcess(life, {
      ...{ plan: this.plan, dataDir: this.#dataDir, rules: rules ?? [] },
      ...{ time: this.time, trace: this.trace, ledger: this.ledger },
      dice: this.#dice.fork(`process ${life.number}`),
      network: this.#network,
      zone: this.#zone,
      weather: () => this.#weather,
      ...(this.#tamper && { tamper: this.#tamper }),
      onFailure: (why) => this.ledger.promises.breaks(`an error of the relay's own: ${why}`),
    });
    this.#relay = relay;
    this.trace.add(`life ${life.number} begins`);
    this.#judgeCalm();
  }

  /** Anywhere, or where it hurts: between what a host has done and what is written of it. */
  #endSoon(): void {
    const life = this.#relay?.life;
    if (this.#dice.chance(0.5)) life?.endSoon(this.#dice.int(0, 400));
    else life?.endSoon(this.#dice.int(0, 5), this.#dice.pick(SORE_POINTS));
  }

  #bury(relay: RelayProcess): void {
    this.#network.cut(relay.life);
    relay.bury();
    this.#afterLife(relay);
  }

  #afterLife(relay: RelayProcess): void {
    this.ledger.lifeEnds(relay.life);
    this.shaping?.limits.processEnded();
    this.#relay = undefined;
    if (this.#weather.kind === 'broken') this.#weather = { kind: 'well' };
    this.#judgeCalm();
    this.#audit.check(false);
    const downMs = this.#dice.chance(0.3) ? 0 : this.#dice.exponential(3 * MINUTE_MS);
    this.time.after(downMs, () => this.#startLife());
  }

  #stop(): void {
    const relay = this.#relay;
    if (relay === undefined || relay.stopping) return;
    this.trace.add(`life ${relay.life.number} is stopped`);
    this.counts.stops++;
    this.#judgeCalm();
    this.time.after(GRACE_MS + STOP_SLACK_MS, () => {
      this.ledger.promises.holds(!relay.life.alive, 'a stop takes longer than it may');
    });
    relay.stop(GRACE_MS).then(
      () => {
        relay.life.end();
        this.trace.add(`life ${relay.life.number} has ended`);
        this.#afterLife(relay);
      },
      (error: unknown) => this.ledger.promises.breaks(`the stop failed: ${String(error)}`),
    );
  }

  // ---- what goes wrong

  #often(meanMs: number | undefined, act: () => void): void {
    if (meanMs === undefined) return;
    this.time.after(this.#dice.exponential(meanMs), () => {
      if (this.#ending) return;
      act();
      this.#often(meanMs, act);
    });
  }

  #changeWeather(): void {
    const dice = this.#dice;
    const relay = this.#relay;
    if (this.#weather.kind !== 'well' || relay === undefined) return;
    this.#weather = dice.weighted<() => DiskWeather>([
      [3, () => ({ kind: 'full' })],
      [3, () => ({ kind: 'locked', probability: dice.pick([0.2, 0.7, 1]) })],
      [3, () => ({ kind: 'slow', commitMs: dice.pick([100, 2_000, 20_000]) })],
      [2, () => ({ kind: 'broken' })],
    ])();
    const weather = this.#weather;
    this.trace.add(`the disk is ${weather.kind}`);
    this.#judgeCalm();
    if (weather.kind === 'broken') {
      // relayd ends when its store failed.
      this.time.after(dice.between(0, 3_000), () => relay.life.endSoon(0));
      return;
    }
    this.time.after(dice.exponential(5 * MINUTE_MS), () => this.#clearWeather());
  }

  #clearWeather(): void {
    this.#weather = { kind: 'well' };
    this.trace.add('the disk is well');
    this.#judgeCalm();
  }

  #jump(): void {
    const byMs = Math.round(this.#dice.between(-3, 3) * HOUR_MS);
    this.trace.add(`the clock jumps by ${byMs} ms`);
    this.time.jump(byMs);
    this.progress.jumpedMs += Math.abs(byMs);
    this.shaping?.limits.clockJumped();
    if (byMs < 0) this.shaping?.idle.clockSetBack();
    this.ledger.sending.hurried();
    this.#judgeCalm();
  }

  #judgeCalm(): void {
    const isCalm =
      this.#relay !== undefined &&
      this.#relay.life.alive &&
      !this.#relay.stopping &&
      this.#weather.kind === 'well';
    this.progress.calmSinceMs = isCalm ? this.time.elapsedMs : Infinity;
  }

  // ---- looks, and the end

  #look(): void {
    if (this.#over) return;
    this.#audit.check(this.#relay !== undefined);
    this.progress.checkPauses(
      this.#audit.readySince(this.time.nowMs() - LONGEST_PAUSE_MS - this.progress.jumpedMs),
      this.#audit.suspended(),
    );
    const held = this.#audit.held();
    this.progress.check(this.#relay, (delivery) => held.has(delivery.id));
    if (this.#ending) this.#lookForTheEnd();
    this.time.after(this.#ending ? 3 * AUDIT_EVERY_MS : AUDIT_EVERY_MS, () => this.#look());
  }

  #lookForMovement(): void {
    if (this.#over) return;
    this.progress.checkMovement();
    this.#lookForIdleMail();
    this.time.after(MINUTE_MS, () => this.#lookForMovement());
  }

  #lookForIdleMail(): void {
    const { plan, ledger, shaping } = this;
    if (shaping === undefined || this.#waiting === undefined) return;
    const { claimed } = this.#relay?.delivery.stats() ?? { claimed: 0 };
    shaping.idle.look({
      calmSinceMs: this.progress.calmSinceMs,
      waiting: idleOnes(ledger, this.#waiting.ids(this.time.nowMs())),
      isFull:
        this.#network.open >= plan.limits.softConnections || 5 * claimed > 4 * plan.limits.maxDeliveries,
    });
  }

  #end(): void {
    this.trace.add('nobody sends any more');
    this.#ending = true;
    if (this.plan.calmEnd) {
      this.#network.calm();
      this.#zone.calm();
    }
    if (this.#weather.kind !== 'broken') this.#clearWeather();
    this.#operator.letGo().then(
      () => {
        this.#letGo = true;
      },
      (error: unknown) => this.ledger.promises.breaks(`the last release failed: ${String(error)}`),
    );
    const { patienceMs } = this.plan;
    if (patienceMs !== undefined) this.time.after(patienceMs, () => this.#cancelRest());
  }

  /** Again and again: new notices may have been sent, and what is claimed is cancelled when it comes back. */
  #cancelRest(): void {
    if (this.#over) return;
    if (this.ledger.open.size > 0)
      this.#operator
        .cancelAll()
        .catch((error: unknown) => this.ledger.promises.breaks(`a cancel failed: ${String(error)}`));
    this.time.after(AUDIT_EVERY_MS, () => this.#cancelRest());
  }

  #lookForTheEnd(): void {
    const nowMs = this.time.elapsedMs;
    const { hours, config } = this.plan;
    // A notice about what expired last has a life of its own.
    // A limit of a day lets the rest of a burst go in days.
    const shapedMs = this.plan.shaping === undefined ? 0 : LONGEST_SHAPED_MS;
    const latestMs = (hours + 24) * HOUR_MS + 2 * config.maxAgeMs + shapedMs + this.progress.jumpedMs;
    this.ledger.promises.holds(nowMs <= latestMs, `${this.ledger.open.size} deliveries never come to an end`);
    if (this.ledger.open.size > 0 || !this.#letGo || this.#relay === undefined) {
      this.#settledAtMs = undefined;
      return;
    }
    this.#settledAtMs ??= nowMs;
    if (nowMs - this.#settledAtMs < AFTERMATH_MS) return;
    this.#checkAftermath(this.#relay);
    this.#over = true;
  }

  /** Everything is settled and some time has passed: nothing is held, open, or still on its way. */
  #checkAftermath(relay: RelayProcess): void {
    const { claimed, unwritten, connections } = relay.delivery.stats();
    const { ledger } = this;
    ledger.promises.holds(claimed === 0, `${claimed} deliveries are claimed in the end`);
    ledger.promises.holds(unwritten === 0, `${unwritten} outcomes are unwritten in the end`);
    ledger.promises.holds(connections === 0, `${connections} connections are counted in the end`);
    ledger.promises.holds(this.#network.open === 0, `${this.#network.open} connections are open in the end`);
    this.#audit.checkEnd();
  }

  /** Accounts with their verified domains, as `relayctl account add` and `domain add` make them. */
  #prepareStore(): void {
    const { time, plan } = this;
    const pending: (() => void)[] = [];
    const store = openSqliteStore({
      dataDir: this.#dataDir,
      clock: time.clock,
      random: this.#dice.random,
      log: silentLog,
      reserveBytes: 0,
      exclusive: false,
      schedule: (callback) => pending.push(callback),
    });
    const nowMs = time.nowMs();
    for (const account of plan.accounts) {
      const { id, name, domain } = account;
      void store.directory.addAccount({ id, name, createdAtMs: nowMs }, 'world');
      void store.directory.addDomain(
        {
          id: `dom_${name}`,
          accountId: id,
          name: domain,
          verifiedAtMs: nowMs,
          recordStatus: {},
          createdAtMs: nowMs,
        },
        [],
        'world',
      );
      void store.directory.addCredential(credentialOf(account), 'world');
    }
    for (let callback = pending.shift(); callback !== undefined; callback = pending.shift()) callback();
    store.abandon();
  }
}

/** What nobody has in hand, by its ids, and what somebody has and does nothing with. */
function* idleOnes(ledger: Ledger, ids: readonly string[]): Iterable<LedgerDelivery> {
  for (const id of ids) {
    const delivery = ledger.deliveries.get(id);
    if (delivery !== undefined) yield delivery;
  }
  for (const delivery of ledger.open)
    if (delivery.claim !== undefined && delivery.underWay === undefined) yield delivery;
}
