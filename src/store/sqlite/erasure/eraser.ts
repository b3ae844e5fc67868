/**
 * Takes the steps of an erasure, each one operation of the group commit. When all rows are done, free pages are given back and the
 * erasure ends; then nothing of it is left in the files (leave-no-rests.ts).
 */
import type { Erasure, ErasureStep, ErasureWriter, NewErasure } from '../../erasure.ts';
import { beginErasure } from '../../sql/erasure/erasure.ts';
import { endErasure, roomsOf, takeStep, type TakenStep } from '../../sql/erasure/erase-step.ts';
import type { Context } from '../engine/context.ts';
import type { GroupCommit } from '../engine/group-commit.ts';
import type { Sweeper } from '../engine/sweeper.ts';
import { MessageRemoval } from '../spool/message-removal.ts';
import { isSmall, leaveNoRests } from './leave-no-rests.ts';

const PAGES_A_STEP = 250;

export class SqliteEraser implements ErasureWriter {
  readonly #context: Context;
  readonly #commits: GroupCommit;
  readonly #sweeper: Sweeper;
  readonly #removal: MessageRemoval;
  readonly #rooms = roomsOf();
  /** Of erasures whose rows are done: pages that were free then and are not given back yet. */
  readonly #pages = new Map<string, number>();

  constructor(context: Context, commits: GroupCommit, sweeper: Sweeper) {
    this.#context = context;
    this.#commits = commits;
    this.#sweeper = sweeper;
    this.#removal = new MessageRemoval(context);
  }

  beginErasure(erasure: NewErasure, atMs: number, actor: string): Promise<Erasure> {
    return this.#context.steps.write(this.#commits, () => beginErasure(erasure, atMs, actor));
  }

  async eraseSome(id: string, nowMs: number, actor: string): Promise<ErasureStep> {
    const step = await this.#submit(() => this.#step(id));
    const { counts } = step;
    if (step.contents.length > 0) this.#sweeper.start();
    if (step.kind === 'more') return { kind: 'more', counts };
    if (step.kind === 'waits') return { kind: 'waits', counts, messages: step.waiting };
    if (step.kind === 'walked') {
      if (await this.#submit(() => this.#context.contents.removeSome())) return { kind: 'more', counts };
      if (await this.#submit(() => this.#givePagesBack(id))) return { kind: 'more', counts };
      await this.#context.steps.write(this.#commits, () => endErasure(id, nowMs, actor));
      this.#pages.delete(id);
    }
    return { kind: 'done', counts, leavesRests: !leaveNoRests(this.#context.db.name) };
  }

  #step(id: string): TakenStep {
    const step = this.#context.steps.run(takeStep(id, this.#rooms));
    this.#removal.removeContents(step.contents);
    return step;
  }

  /**
   * A page that was freed by a program that does not overwrite what it deletes has it still. No more of them than there were: others are
   * freed meanwhile. True: there are more.
   */
  #givePagesBack(id: string): boolean {
    const { db } = this.#context;
    const left =
      this.#pages.get(id) ?? (isSmall(db) ? 0 : Number(db.pragma('freelist_count', { simple: true })));
    if (left <= 0) return false;
    db.pragma(`incremental_vacuum(${PAGES_A_STEP})`);
    this.#pages.set(id, left - PAGES_A_STEP);
    return true;
  }

  #submit<T>(run: () => T): Promise<T> {
    return this.#commits.submit({ grows: false, sizeBytes: 0, run });
  }
}
