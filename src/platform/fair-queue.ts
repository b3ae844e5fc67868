/**
 * What waits, party by party: each takes its turn, however much one of them has brought. The number of entries is
 * bounded. When it is reached, the party that has most of them loses its newest, so that one party can fill the queue
 * but not keep the others out of it.
 */

export class PartyQueue<Entry> {
  readonly #maxEntries: number;
  /** In the order of their turns; none is empty. */
  readonly #parties = new Map<string, Entry[]>();
  #size = 0;

  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries;
  }

  get size(): number {
    return this.#size;
  }

  /** The entry that had no place: this one, the newest of a party with more, or `undefined` when all have. */
  add(party: string, entry: Entry): Entry | undefined {
    const own = this.#parties.get(party);
    if (own === undefined) this.#parties.set(party, [entry]);
    else own.push(entry);
    this.#size++;
    return this.#size > this.#maxEntries ? this.#dropNewestOf(this.#longest(party)) : undefined;
  }

  /** The oldest entry of the party whose turn it is. */
  take(): Entry | undefined {
    const next = this.#parties.entries().next();
    if (next.done === true) return undefined;
    const [party, entries] = next.value;
    const entry = entries.shift();
    this.#size--;
    this.#parties.delete(party);
    if (entries.length > 0) this.#parties.set(party, entries);
    return entry;
  }

  /** Among equals the newcomer's party, so that nothing that waits gives way to an equal. */
  #longest(newcomer: string): string {
    let longest = newcomer;
    let most = this.#parties.get(newcomer)?.length ?? 0;
    for (const [party, { length }] of this.#parties) {
      if (length > most) [longest, most] = [party, length];
    }
    return longest;
  }

  #dropNewestOf(party: string): Entry | undefined {
    const entries = this.#parties.get(party) ?? [];
    const dropped = entries.pop();
    this.#size--;
    if (entries.length === 0) this.#parties.delete(party);
    return dropped;
  }
}
