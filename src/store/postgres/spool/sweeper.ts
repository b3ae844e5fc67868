/** Removes contents that are marked for removal, a few chunks in each transaction, until none is left. */
import type { Database } from '../engine/database.ts';
import { chunkRange } from '../../flow/keys.ts';

/** Chunks removed in one transaction. */
const CHUNKS_A_STEP = 64;

const DOOMED =
  'SELECT message_id FROM upload WHERE life_id = 0 ORDER BY message_id LIMIT 1 FOR UPDATE SKIP LOCKED';
const REMOVE = `DELETE FROM content_chunk WHERE id IN
  (SELECT id FROM content_chunk WHERE id BETWEEN $1 AND $2 ORDER BY id LIMIT ${CHUNKS_A_STEP})`;
const DONE = 'DELETE FROM upload WHERE message_id = $1';

export class Sweeper {
  readonly #database: Database;
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Does nothing while it is running. Contents that are left when the store closes are removed later. */
  start(): void {
    if (this.#stopped) return;
    this.#running ??= this.#run().then(
      () => {
        this.#running = undefined;
      },
      () => {
        // The database is unavailable: the next start tries again.
        this.#running = undefined;
      },
    );
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#stopped && (await this.#step()));
  }

  #step(): Promise<boolean> {
    return this.#database.transaction(async (session) => {
      const { rows } = await session.query<{ message_id: number }>(DOOMED);
      const key = rows[0]?.message_id;
      if (key === undefined) return false;
      const { rowCount } = await session.query(REMOVE, chunkRange(key));
      if (rowCount < CHUNKS_A_STEP) await session.query(DONE, [key]);
      return true;
    });
  }
}
