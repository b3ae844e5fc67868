/** How many messages began in the last minute, in slots of five seconds: what was in use when a remote said that it is too much. */

const SLOT_MS = 5_000;
const SLOTS = 12;

export class StartsPerMinute {
  readonly #slots = new Uint32Array(SLOTS);
  #current = 0;

  /** `nowMs` is monotonic. */
  started(nowMs: number): void {
    this.#moveTo(nowMs);
    const at = this.#current % SLOTS;
    this.#slots[at] = (this.#slots[at] ?? 0) + 1;
  }

  count(nowMs: number): number {
    this.#moveTo(nowMs);
    return this.#slots.reduce((sum, one) => sum + one, 0);
  }

  #moveTo(nowMs: number): void {
    const slot = Math.floor(nowMs / SLOT_MS);
    if (slot - this.#current >= SLOTS) this.#slots.fill(0);
    else for (let next = this.#current + 1; next <= slot; next++) this.#slots[next % SLOTS] = 0;
    this.#current = Math.max(slot, this.#current);
  }
}
