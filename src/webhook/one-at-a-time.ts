/**
 * Runs work that awaits the store, one run at a time: a request during a run starts another one after it. Changes to the
 * state that the work uses wait for the end of the run, so that state does not change between a query and its result.
 */
export class OneAtATime {
  readonly #work: () => Promise<void>;
  #underWay: Promise<void> | undefined;
  #again = false;
  #changes: (() => void)[] = [];

  /** `work` never rejects. */
  constructor(work: () => Promise<void>) {
    this.#work = work;
  }

  ask(): void {
    this.#again = true;
    this.#underWay ??= this.#run();
  }

  /** `change` is made at once, or when the work rests. */
  whenAtRest(change: () => void): void {
    this.#changes.push(change);
    if (this.#underWay === undefined) this.#makeChanges();
  }

  /** Resolves when nothing is under way. */
  async rest(): Promise<void> {
    await this.#underWay;
  }

  async #run(): Promise<void> {
    while (this.#again) {
      this.#again = false;
      this.#makeChanges();
      await this.#work();
    }
    this.#underWay = undefined;
    this.#makeChanges();
  }

  #makeChanges(): void {
    for (const change of this.#changes.splice(0)) change();
  }
}
