/**
 * How many lines of the log strangers may fill: so many a window for one client network, so many for all of them, and what
 * was left out is counted. Without it whoever can connect writes thousands of lines a second, until the disk is full or
 * nobody finds anything. Pure; the caller brings the time and opens a new window when the old one is over.
 */

export interface LineRation {
  readonly perNetwork: number;
  readonly inAll: number;
}

/** What one window left out. Without `network`: of so many further networks together. */
export type LeftOut =
  | { readonly network: string; readonly lines: number }
  | { readonly networks: number; readonly lines: number };

interface Used {
  written: number;
  leftOut: number;
}

/** Networks that are named at the end of a window, those with most first. */
const NAMED = 20;

/** One window. It holds no more networks than lines, and a number for all others. */
export class LineWindow {
  readonly #ration: LineRation;
  readonly #used = new Map<string, Used>();
  #written = 0;
  /** Of networks that came when all was used up. */
  #leftOutOfOthers = 0;

  constructor(ration: LineRation) {
    this.#ration = ration;
  }

  /** True: the line may be written. False: it was counted. */
  take(network: string): boolean {
    const { perNetwork, inAll } = this.#ration;
    let used = this.#used.get(network);
    if (this.#written >= inAll || (used !== undefined && used.written >= perNetwork)) {
      if (used === undefined) this.#leftOutOfOthers++;
      else used.leftOut++;
      return false;
    }
    if (used === undefined) this.#used.set(network, (used = { written: 0, leftOut: 0 }));
    used.written++;
    this.#written++;
    return true;
  }

  leftOut(): readonly LeftOut[] {
    const all = [...this.#used]
      .filter(([, { leftOut }]) => leftOut > 0)
      .map(([network, { leftOut }]) => ({ network, lines: leftOut }))
      .sort((one, other) => other.lines - one.lines);
    const rest = all.slice(NAMED);
    const lines = rest.reduce((sum, one) => sum + one.lines, this.#leftOutOfOthers);
    return lines === 0 ? all : [...all.slice(0, NAMED), { networks: rest.length, lines }];
  }
}
