/** The first promise that a world breaks. Whoever observes something holds it against one; the world then stops. */
export class Promises {
  #broken: string | undefined;

  /** `undefined`: all were kept so far. */
  get broken(): string | undefined {
    return this.#broken;
  }

  breaks(promise: string): void {
    this.#broken ??= promise;
  }

  /** `promise` says what is wrong when `condition` is false. */
  holds(condition: boolean, promise: string): void {
    if (!condition) this.breaks(promise);
  }
}
