/** Removes contents that are marked for removal, a few chunks in each transaction, between other work, until none is left. */
import type { Context } from './context.ts';
import type { GroupCommit } from './group-commit.ts';

export class Sweeper {
  readonly #context: Context;
  readonly #commits: GroupCommit;
  #running = false;

  constructor(context: Context, commits: GroupCommit) {
    this.#context = context;
    this.#commits = commits;
  }

  /** Does nothing while it is running. Contents that are left when the store closes are removed after the next start. */
  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#step();
  }

  #step(): void {
    this.#commits.submit({ grows: false, sizeBytes: 0, run: () => this.#context.contents.removeSome() }).then(
      (more) => {
        if (more) this.#step();
        else this.#running = false;
      },
      () => {
        // Busy, full, closed or failed: other callers report it. The next start tries again.
        this.#running = false;
      },
    );
  }
}
