/**
 * Looks at a fleet while it lives, every few seconds of its time: a duty has one holder, and has one where somebody is well;
 * what a dead node had in hand is free in time; nobody waits at a host that is well; all comes to its end.
 */
import { DUTIES } from '../../../src/store/node-standing.ts';
import { MINUTE_MS } from '../durations.ts';
import type { Plan } from '../plan.ts';
import type { Promises } from '../promises.ts';
import type { SimulatedTime } from '../simulated-time.ts';
import type { FleetAudit } from './fleet-audit.ts';
import type { FleetLedger } from './fleet-ledger.ts';
import type { Machine } from './machine.ts';

/** A lease, and what others may take after it. */
const LEASE_MS = 20_000;
const TAKEN_OVER_MS = 30_000;
const LOOK_EVERY_MS = 5_000;
/** Nobody has a duty: as long as a dead one may seem to have it. */
const DUTY_MS = LEASE_MS + TAKEN_OVER_MS;
/** To hosts that are well, once all nodes are: and what was in hand of one that was not. */
const STEADY_WAIT_MS = 2 * MINUTE_MS + DUTY_MS;
const CROWDED_WAIT_MS = 10 * MINUTE_MS + DUTY_MS;
/** In hand of a node that is well: no time limit of a command is longer than ten minutes, and a site has a queue. */
const LONGEST_IN_HAND_MS = 60 * MINUTE_MS;
/** Due, and nobody looks, although somebody is well: longer than the longest attempt. */
const LONGEST_PAUSE_MS = 30 * MINUTE_MS;

export interface FleetWatchPorts {
  readonly time: SimulatedTime;
  readonly plan: Plan;
  readonly promises: Promises;
  readonly ledger: FleetLedger;
  readonly audit: FleetAudit;
  readonly machines: readonly Machine[];
  /** How far wall clocks are from the right one at most. */
  readonly skewMs: () => number;
}

export class FleetWatch {
  readonly #ports: FleetWatchPorts;
  /** World time since which a life that is not lived has something claimed. */
  readonly #orphans = new Map<number, number>();
  readonly #dutyFreeSinceMs = new Map<string, number>();
  readonly #quiet: string;
  readonly #waits: ReadonlyMap<string, number>;
  longestTakeOverMs = 0;

  constructor(ports: FleetWatchPorts) {
    const { plan } = ports;
    this.#ports = ports;
    this.#quiet = plan.accounts.find(({ quiet }) => quiet)?.id ?? '';
    this.#waits = new Map(
      plan.domains
        .filter(
          ({ name, site }) =>
            (site.kind === 'steady' || site.kind === 'crowded') && !name.startsWith('sender-'),
        )
        .map(({ name, site }) => [name, site.kind === 'steady' ? STEADY_WAIT_MS : CROWDED_WAIT_MS]),
    );
  }

  /** Until `isOver`. */
  begin(isOver: () => boolean): void {
    const { time } = this.#ports;
    time.after(LOOK_EVERY_MS, () => {
      if (isOver()) return;
      this.#checkDuties();
      this.#checkOrphans().then(
        () => this.begin(isOver),
        (error: unknown) => this.#ports.promises.breaks(`a look failed: ${String(error)}`),
      );
    });
  }

  /** Now and then. */
  async check(): Promise<void> {
    const { audit, ledger, promises, time, machines, skewMs } = this.#ports;
    const open = await audit.open();
    const nowMs = time.elapsedMs;
    const allCalmMs = Math.max(...machines.map(({ calmSinceMs }) => calmSinceMs));
    for (const id of open.keys()) {
      const delivery = ledger.deliveries.get(id);
      const longestMs = this.#waits.get(delivery?.destination ?? '');
      if (delivery === undefined || longestMs === undefined) continue;
      const { facts, storedAtMs } = delivery.message;
      if (facts.accountId !== this.#quiet || facts.via === 'dsn') continue;
      const waitedMs = nowMs - Math.max(storedAtMs, allCalmMs) - 2 * skewMs();
      promises.holds(waitedMs <= longestMs, `${id} has waited ${Math.round(waitedMs / 1_000)} s`);
    }
    for (const { process, calmSinceMs, name } of machines) {
      if (process === undefined || nowMs - calmSinceMs < LONGEST_IN_HAND_MS) continue;
      for (const { id } of ledger.inHandSince(process.life, nowMs - LONGEST_IN_HAND_MS))
        promises.breaks(`${name} has had ${id} in hand for an hour`);
    }
    const someoneCalmMs = Math.min(...machines.map(({ calmSinceMs }) => calmSinceMs));
    if (nowMs - someoneCalmMs < LONGEST_PAUSE_MS) return;
    for (const name of await audit.readySince(time.nowMs() - LONGEST_PAUSE_MS - 2 * skewMs())) {
      const settledAtMs = ledger.settledAtMs.get(name) ?? -Infinity;
      promises.holds(
        nowMs - settledAtMs < LONGEST_PAUSE_MS,
        `deliveries to ${name} are due, and nobody looks`,
      );
    }
  }

  #checkDuties(): void {
    const { machines, promises, time } = this.#ports;
    const nowMs = time.elapsedMs;
    const someoneCalmMs = Math.min(...machines.map(({ calmSinceMs }) => calmSinceMs));
    for (const duty of DUTIES) {
      const holders = machines.filter(({ process }) => process?.standing.holds(duty) !== undefined);
      promises.holds(
        holders.length <= 1,
        `${duty} is done by ${holders.map(({ name }) => name).join(' and ')}`,
      );
      if (holders.length > 0) this.#dutyFreeSinceMs.delete(duty);
      else if (!this.#dutyFreeSinceMs.has(duty)) this.#dutyFreeSinceMs.set(duty, nowMs);
      const freeMs = nowMs - Math.max(this.#dutyFreeSinceMs.get(duty) ?? nowMs, someoneCalmMs);
      promises.holds(freeMs <= DUTY_MS, `nobody does ${duty} for ${Math.round(freeMs / 1_000)} s`);
    }
  }

  async #checkOrphans(): Promise<void> {
    const { audit, machines, promises, time } = this.#ports;
    const nowMs = time.elapsedMs;
    const lived = new Set(machines.map(({ process }) => process?.standing.life));
    const someoneCalmMs = Math.min(...machines.map(({ calmSinceMs }) => calmSinceMs));
    const seen = new Set<number>();
    for (const { life, ended } of await audit.claimants()) {
      if (!ended && lived.has(life)) continue;
      seen.add(life);
      const sinceMs = this.#orphans.get(life) ?? nowMs;
      this.#orphans.set(life, sinceMs);
      const waitedMs = nowMs - Math.max(sinceMs, someoneCalmMs);
      this.longestTakeOverMs = Math.max(this.longestTakeOverMs, waitedMs);
      promises.holds(
        waitedMs <= LEASE_MS + TAKEN_OVER_MS,
        `what life ${life} had in hand is not taken over for ${Math.round(waitedMs / 1_000)} s`,
      );
    }
    for (const life of this.#orphans.keys()) if (!seen.has(life)) this.#orphans.delete(life);
  }
}
