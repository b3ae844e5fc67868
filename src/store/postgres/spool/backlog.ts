/**
 * Looks once a second, with jitter, for deliveries that others made due: accepted by another node, freed, or released by a
 * person. Now and then it also frees claims of this life that no worker has (a commit whose answer was lost leaves such
 * claims), and lifts blocks that would last for hours because the clock was set back.
 */
import type { Clock, Timer } from '../../../platform/clock.ts';
import type { Random } from '../../../platform/random.ts';
import { latestBlockMs } from '../../../policy/retry.ts';
import type { GroupCommit } from '../engine/group-commit.ts';
import type { SpoolMemory, SpoolOperation } from './batch.ts';
import { liftBlocksAfter } from './blocks.ts';
import { freeUnknown } from './free-claims.ts';

const EVERY_MS = 1_000;
/** Looks between two searches for claims that no worker has. */
const RECKON_EVERY = 30;
/** Smaller steps of the clock, such as those of NTP, lengthen a block by this at most. */
const LEAST_STEP_MS = 30_000;

const NEXT_READY = `SELECT (SELECT ready_at FROM destination WHERE ready_at IS NOT NULL AND NOT (name = ANY($1::text[]))
    ORDER BY ready_at LIMIT 1) AS at,
  EXISTS (SELECT 1 FROM soft_bounce) AS runs`;

export interface BacklogOptions {
  readonly memory: SpoolMemory;
  readonly commits: GroupCommit<SpoolOperation>;
  readonly clock: Clock;
  readonly random: Random;
}

export class Backlog {
  readonly #options: BacklogOptions;
  #timer: Timer | undefined;
  #looks = 0;
  #looking = false;
  #stopped = false;
  /** Wall clock minus monotonic clock, at the last look. */
  #offsetMs: number;

  constructor(options: BacklogOptions) {
    this.#options = options;
    this.#offsetMs = this.#offset();
    this.#arm();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  /** An extra look now. */
  look(): void {
    if (this.#looking || this.#stopped) return;
    this.#looking = true;
    this.#once().then(
      () => {
        this.#looking = false;
      },
      () => {
        // Unavailable or closed: other callers report it. The next look tries again.
        this.#looking = false;
      },
    );
  }

  /** Frees claims of this life that no worker has. */
  reckon(): Promise<number> {
    const { memory, commits, clock } = this.#options;
    return commits.submit<number>({
      grows: false,
      sizeBytes: 0,
      alone: true,
      work: async (session) => {
        const freed = await freeUnknown(session, memory.life.lifeKey, memory.feed.keys(), clock.now());
        return () => {
          if (freed > 0) memory.feed.backlogAt(clock.now());
          return freed;
        };
      },
    });
  }

  #arm(): void {
    const { clock, random } = this.#options;
    this.#timer = clock.after(EVERY_MS * (0.75 + random.float() / 2), () => {
      if (this.#stopped) return;
      this.look();
      this.#arm();
    });
  }

  async #once(): Promise<void> {
    const { memory, clock } = this.#options;
    const { rows } = await memory.database.read((session) =>
      session.query<{ at: number | null; runs: boolean }>(NEXT_READY, [[...memory.feed.excluded]]),
    );
    memory.mayHaveRuns = rows[0]?.runs === true;
    const readyAtMs = rows[0]?.at ?? undefined;
    if (readyAtMs !== undefined) {
      // What was due before is due now: a worker that was told so, and has not asked yet, needs no second call.
      memory.feed.backlogAt(Math.max(readyAtMs, clock.now()));
      memory.feed.announce();
    }
    await this.#lookAtClock();
    if (++this.#looks % RECKON_EVERY === 0) await this.reckon();
  }

  async #lookAtClock(): Promise<void> {
    const { memory, clock } = this.#options;
    const offsetMs = this.#offset();
    // Slow steps add up: only a step that was acted on, or one ahead, moves the mark.
    if (this.#offsetMs - offsetMs >= LEAST_STEP_MS)
      await memory.database.transaction((session) => liftBlocksAfter(session, latestBlockMs(clock.now())));
    else if (offsetMs < this.#offsetMs) return;
    this.#offsetMs = offsetMs;
  }

  #offset(): number {
    const { clock } = this.#options;
    return clock.now() - clock.monotonic();
  }
}
