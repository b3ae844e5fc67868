/**
 * A bounded fair queue: entries belong to flows (an account, or a client's network), and flows are served round
 * robin, whatever their length. When the queue is full, the longest flow loses its newest entry, so that one flow can
 * fill the queue but cannot keep others out.
 */

export class FairQueue<Entry> {
  readonly #maxEntries: number;
  /** In the order of their turns; none is empty. */
  readonly #flows = new Map<string, Entry[]>();
  #size = 0;

  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries;
  }

  get size(): number {
    return this.#size;
  }

  /** The entry that was dropped: this one, the newest of a longer flow, or `undefined` when there was space. */
  add(flow: string, entry: Entry): Entry | undefined {
    const own = this.#flows.get(flow);
    if (own === undefined) this.#flows.set(flow, [entry]);
    else own.push(entry);
    this.#size++;
    return this.#size > this.#maxEntries ? this.#dropNewestOf(this.#longest(flow)) : undefined;
  }

  /** The oldest entry of the next flow. */
  take(): Entry | undefined {
    const next = this.#flows.entries().next();
    if (next.done === true) return undefined;
    const [flow, entries] = next.value;
    const entry = entries.shift();
    this.#size--;
    this.#flows.delete(flow);
    if (entries.length > 0) this.#flows.set(flow, entries);
    return entry;
  }

  /** Among equals the newcomer's flow, so that no waiting entry is dropped for an equal one. */
  #longest(newcomer: string): string {
    let longest = newcomer;
    let most = this.#flows.get(newcomer)?.length ?? 0;
    for (const [flow, { length }] of this.#flows) {
      if (length > most) [longest, most] = [flow, length];
    }
    return longest;
  }

  #dropNewestOf(flow: string): Entry | undefined {
    const entries = this.#flows.get(flow) ?? [];
    const dropped = entries.pop();
    this.#size--;
    if (entries.length === 0) this.#flows.delete(flow);
    return dropped;
  }
}
