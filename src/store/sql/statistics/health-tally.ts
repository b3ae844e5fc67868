/**
 * Health's counts in memory: outcomes of deliveries, by hour for account, domain, stream and destination. Written once in a
 * transaction, however many deliveries it settles.
 */
import type { HealthCounts } from '../../../policy/health.ts';
import type { HealthKind } from '../../health.ts';
import { KIND_NUMBERS } from './health-kinds.ts';
import { hourOf } from './hours.ts';

/** The subject that a delivery counts for. */
export interface HealthSubject {
  readonly accountKey: number;
  /** The sending domain. */
  readonly domain: string;
  readonly stream: string;
  readonly destination: string;
}

export type Fate = keyof HealthCounts;

interface Gathered extends HealthSubject {
  readonly hour: number;
  readonly counts: Record<Fate, number>;
}

/** Amounts to add to a row of `health_hour`. */
export interface HealthHourRow extends Record<Fate, number> {
  readonly kind: number;
  readonly hour: number;
  readonly account: number;
  readonly name: string;
}

export class HealthTally {
  readonly #gathered = new Map<string, Gathered>();

  get isEmpty(): boolean {
    return this.#gathered.size === 0;
  }

  /** Adds `change` outcomes of that kind to `subject`; returns the undo step. */
  count(subject: HealthSubject, fate: Fate, atMs: number, change = 1): () => void {
    const hour = hourOf(atMs);
    const { accountKey, domain, stream, destination } = subject;
    const key = `${hour} ${accountKey} ${stream} ${domain} ${destination}`;
    let entry = this.#gathered.get(key);
    if (entry === undefined) {
      entry = { hour, accountKey, domain, stream, destination, counts: noCounts() };
      this.#gathered.set(key, entry);
    }
    const { counts } = entry;
    counts[fate] += change;
    return () => {
      counts[fate] -= change;
    };
  }

  /** Each count in the rows of its account, domain, stream and destination; zero amounts are left out. */
  rows(): HealthHourRow[] {
    const rows = new Map<string, HealthHourRow>();
    const add = (
      kind: HealthKind,
      account: number,
      name: string,
      { hour, counts }: Pick<Gathered, 'hour' | 'counts'>,
    ) => {
      const key = `${kind} ${hour} ${account} ${name}`;
      let row = rows.get(key);
      if (row === undefined) {
        row = { kind: KIND_NUMBERS[kind], hour, account, name, ...noCounts() };
        rows.set(key, row);
      }
      row.delivered += counts.delivered;
      row.hardBounced += counts.hardBounced;
      row.failed += counts.failed;
      row.complained += counts.complained;
    };
    for (const entry of this.#gathered.values()) {
      const { accountKey, domain, stream, destination } = entry;
      add('account', accountKey, '', entry);
      add('domain', accountKey, domain, entry);
      add('stream', accountKey, stream, entry);
      add('destination', 0, destination, entry);
    }
    return [...rows.values()].filter(
      ({ delivered, hardBounced, failed, complained }) =>
        delivered !== 0 || hardBounced !== 0 || failed !== 0 || complained !== 0,
    );
  }
}

function noCounts(): Record<Fate, number> {
  return { delivered: 0, hardBounced: 0, failed: 0, complained: 0 };
}
