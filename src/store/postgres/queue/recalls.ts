/**
 * Looks twice a second for wishes of deliveries, whoever wrote them: the worker of this node is told of those that it has in hand,
 * and those whose claims are gone, because their node ended, are fulfilled here. Nothing wished is one read of an empty index.
 */
import type { Clock, Timer } from '../../../platform/clock.ts';
import { Changes } from '../spool/changes.ts';
import type { SpoolMemory } from '../spool/batch.ts';
import { writeChanges } from '../spool/write-changes.ts';
import { fulfilWishes } from './bulk-changes.ts';

const EVERY_MS = 500;
/** More are found the next time. */
const AT_ONCE = 20_000;
const FULFILLED_A_STEP = 150;

const WISHED = `SELECT id, claim_life FROM delivery
  WHERE wish IS NOT NULL AND (claim_life = $1 OR claim_life IS NULL) LIMIT ${AT_ONCE}`;

export class Recalls {
  readonly #memory: SpoolMemory;
  readonly #clock: Clock;
  #timer: Timer | undefined;
  #looking = false;
  #stopped = false;

  constructor(memory: SpoolMemory) {
    this.#memory = memory;
    this.#clock = memory.clock;
    this.#arm();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  #arm(): void {
    this.#timer = this.#clock.after(EVERY_MS, () => {
      if (this.#stopped) return;
      void this.#look();
      this.#arm();
    });
  }

  async #look(): Promise<void> {
    // Tools beside the relays have no worker.
    if (this.#looking || !this.#memory.feed.isOpen) return;
    this.#looking = true;
    try {
      await this.#once();
    } catch {
      // Unavailable or closed: other callers report it. The next look tries again.
    }
    this.#looking = false;
  }

  async #once(): Promise<void> {
    const { database, feed, life } = this.#memory;
    const { rows } = await database.read((session) =>
      session.query<{ id: number; claim_life: number | null }>(WISHED, [life.lifeKey]),
    );
    if (rows.length === 0) return;
    feed.recall(rows.filter((row) => row.claim_life !== null).map(({ id }) => id));
    feed.announce();
    const left = rows.filter((row) => row.claim_life === null).map(({ id }) => id);
    for (let start = 0; start < left.length && !this.#stopped; start += FULFILLED_A_STEP)
      await this.#fulfil(left.slice(start, start + FULFILLED_A_STEP));
  }

  async #fulfil(keys: readonly number[]): Promise<void> {
    const { database, onCounted } = this.#memory;
    await database.transaction(async (session) => {
      const changes = new Changes();
      await fulfilWishes({ session, changes }, keys, Math.round(this.#clock.now()));
      await writeChanges(session, this.#memory, changes);
    });
    onCounted();
  }
}
