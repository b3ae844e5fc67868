/** Bounds what each of many flows (an account) has under way at once: what goes beyond it is not begun, and does not wait. */

export class MostAtOnce {
  readonly #most: number;
  readonly #underWay = new Map<string, number>();

  constructor(most: number) {
    this.#most = most;
  }

  /** Settles as `work` does; `undefined`: `flow` has the most under way. */
  run<T>(flow: string, work: () => Promise<T>): Promise<T> | undefined {
    const now = this.#underWay.get(flow) ?? 0;
    if (now >= this.#most) return undefined;
    this.#underWay.set(flow, now + 1);
    return work().finally(() => {
      const left = (this.#underWay.get(flow) ?? 1) - 1;
      if (left > 0) this.#underWay.set(flow, left);
      else this.#underWay.delete(flow);
    });
  }
}
