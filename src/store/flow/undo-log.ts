/**
 * What is kept in memory beside the database must go back when the database does. Everything changed in memory
 * inside a transaction records here how to undo it; a rolled-back operation, or a whole batch, undoes its part.
 */

export class UndoLog {
  #steps: (() => void)[] = [];

  /** `undo` runs if what happens now is rolled back. */
  record(undo: () => void): void {
    this.#steps.push(undo);
  }

  /** The point to go back to with {@link backTo}. */
  mark(): number {
    return this.#steps.length;
  }

  /** Undoes, last first, everything recorded since `mark`. */
  backTo(mark: number): void {
    while (this.#steps.length > mark) this.#steps.pop()?.();
  }

  /** The transaction is durable: nothing can be undone any more. */
  clear(): void {
    if (this.#steps.length > 0) this.#steps = [];
  }
}
