/** What a seed decides of a fleet before anything happens: machines with their clocks, and how often what goes wrong. */
import { Dice } from '../dice.ts';
import { HOUR_MS, MINUTE_MS } from '../durations.ts';
import { makePlan, type AccountPlan, type Plan, type Shaped } from '../plan.ts';

export interface MachinePlan {
  /** `node.name` */
  readonly name: string;
  /** Wall clock less the right one. */
  readonly skewMs: number;
  /** Of the steady clock, beside the right one. */
  readonly rate: number;
}

/** Mean times between what goes wrong; `undefined`: never. */
export interface FleetTroubles {
  /** The process is killed: its connections close. */
  readonly kills: number | undefined;
  /** The machine loses power: nobody closes its connections. */
  readonly powerCuts: number | undefined;
  readonly stops: number | undefined;
  /** The database cannot be reached from one machine. */
  readonly partitions: number | undefined;
  /** A machine stands still. */
  readonly pauses: number | undefined;
  readonly clockJumps: number | undefined;
  readonly serverClockJumps: number | undefined;
  readonly databaseRestarts: number | undefined;
  /** Statements take up to seconds, for everybody. */
  readonly slowness: number | undefined;
  readonly drains: number | undefined;
  readonly removals: number | undefined;
  readonly queueChanges: number | undefined;
}

export interface FleetPlan {
  readonly seed: number;
  readonly minutes: number;
  readonly machines: readonly MachinePlan[];
  /** Greatest skew of a wall clock at the start. */
  readonly skewMs: number;
  readonly troubles: FleetTroubles;
  /** Accounts, hosts, domains, limits. */
  readonly world: Plan;
}

/** Of the account that has one. */
const RATES_PER_MINUTE = [6, 20, 60];
const MAX_AGE_MS = 12 * MINUTE_MS;

export function makeFleetPlan(seed: number, minutes: number, shaped: Shaped = 'by seed'): FleetPlan {
  const dice = new Dice(seed).fork('fleet plan');
  const world = makePlan(seed, minutes / 60, shaped);
  const maybe = (probability: number, mean: number) => (dice.chance(probability) ? mean : undefined);
  const skewMs = dice.pick([0, 2_000, 2_000, 5 * MINUTE_MS]);
  const count = dice.pick([2, 3, 3, 4]);
  const machines = Array.from({ length: count }, (_, index) => ({
    name: `node-${index + 1}`,
    skewMs: dice.between(-skewMs, skewMs),
    rate: 1 + dice.pick([0, 0.0005, 0.01]) * dice.between(-1, 1),
  }));
  const often = () => dice.between(1, 6) * MINUTE_MS;
  const ratePerMinute = dice.pick(RATES_PER_MINUTE);
  const accounts = world.accounts.map((account, index): AccountPlan =>
    index === 0 ? { ...account, ratePerMinute } : account,
  );
  return {
    seed,
    minutes,
    machines,
    skewMs,
    troubles: {
      kills: maybe(0.8, often()),
      powerCuts: maybe(0.4, often()),
      stops: maybe(0.4, often()),
      partitions: maybe(0.75, often()),
      pauses: maybe(0.75, often()),
      clockJumps: maybe(0.3, 2 * often()),
      serverClockJumps: maybe(0.3, 2 * often()),
      databaseRestarts: maybe(0.4, often()),
      slowness: maybe(0.4, often()),
      drains: maybe(0.3, often()),
      removals: maybe(0.3, often()),
      queueChanges: maybe(0.5, often()),
    },
    world: {
      ...world,
      accounts,
      hours: minutes / 60,
      sendWithinMs: 5 * MINUTE_MS,
      calmEnd: true,
      shaping: world.shaping && { ...world.shaping, ...makeFleetBursts(new Dice(seed).fork('fleet bursts')) },
      config: {
        ...world.config,
        retryScheduleMs: dice.pick([[MINUTE_MS], [MINUTE_MS, 2 * MINUTE_MS, 4 * MINUTE_MS]]),
        maxAgeMs: MAX_AGE_MS,
      },
      messagesPerHour: dice.between(200, 800),
      burstsPerHour: dice.chance(0.6) ? dice.between(1, 8) : 0,
      burstSize: dice.int(20, 60),
      limits: {
        ...world.limits,
        hardConnections: world.limits.hardConnections * machines.length,
        maxConnectionsPerSite: Math.max(2, world.limits.maxConnectionsPerSite),
      },
      troubles: { ...world.troubles, moods: dice.pick([5 * MINUTE_MS, 20 * MINUTE_MS]), dns: HOUR_MS },
    },
  };
}

/** A fleet lives for minutes. */
function makeFleetBursts(dice: Dice) {
  return { burstsPerHour: dice.between(10, 40), burstSize: dice.int(10, 40) };
}
