/**
 * Connections of all sites together. Above the soft limit a site may only have its first two, up to the hard limit, so that
 * many slow sites with all their connections cannot prevent a fast one from starting. A waiting site is called in turn when
 * a connection ends.
 */

/** What the budget needs to know of a site. */
export interface Connecting {
  /** Its connections, those being opened or closed included. */
  readonly openConnections: number;
  /** A connection became possible. */
  dispatch(): void;
}

const GUARANTEED = 2;

export class ConnectionBudget {
  readonly #soft: number;
  readonly #hard: number;
  /** Sites that wait for one of their first two connections, and those that want more; first come, first called. */
  readonly #starting = new Set<Connecting>();
  readonly #growing = new Set<Connecting>();
  #open = 0;

  constructor(limits: { readonly softConnections: number; readonly hardConnections: number }) {
    this.#soft = limits.softConnections;
    this.#hard = Math.max(limits.softConnections, limits.hardConnections);
  }

  get open(): number {
    return this.#open;
  }

  /** Takes one connection for `site`, or notes that it waits for one. Each one taken is given back by {@link closed}. */
  take(site: Connecting): boolean {
    const starting = site.openConnections < GUARANTEED;
    if (this.#open >= (starting ? this.#hard : this.#soft)) {
      (starting ? this.#starting : this.#growing).add(site);
      return false;
    }
    this.forget(site);
    this.#open++;
    return true;
  }

  closed(): void {
    this.#open--;
    // One that was called may not want it any more; it is the next one's then.
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      this.forget(next);
      next.dispatch();
    }
  }

  forget(site: Connecting): void {
    this.#starting.delete(site);
    this.#growing.delete(site);
  }

  /** A site waits for one of its first two: no connection is to be kept without work. */
  get wanted(): boolean {
    return this.#starting.size > 0;
  }

  /** True when `site` should let a connection go after its transaction: another one waits for its first two. */
  shouldYield(site: Connecting): boolean {
    return this.wanted && site.openConnections > GUARANTEED;
  }

  /** Whose turn it is, while there is room. */
  #next(): Connecting | undefined {
    const starting = this.#open < this.#hard ? first(this.#starting) : undefined;
    return starting ?? (this.#open < this.#soft ? first(this.#growing) : undefined);
  }
}

function first<T>(set: ReadonlySet<T>): T | undefined {
  for (const item of set) return item;
  return undefined;
}
