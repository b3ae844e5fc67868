/**
 * Memory that mirrors the database must be rolled back with it. Every change in memory inside a transaction records its undo
 * step here; a rolled-back operation, or a whole batch, undoes its part.
 */

export class UndoLog {
  #steps: (() => void)[] = [];

  /** `undo` runs if the current operation is rolled back. */
  record(undo: () => void): void {
    this.#steps.push(undo);
  }

  /** The point to go back to with {@link backTo}. */
  mark(): number {
    return this.#steps.length;
  }

  /** Undoes everything recorded since `mark`, last first. */
  backTo(mark: number): void {
    while (this.#steps.length > mark) this.#steps.pop()?.();
  }

  /** The transaction is durable and cannot be undone any more. */
  clear(): void {
    if (this.#steps.length > 0) this.#steps = [];
  }
}
