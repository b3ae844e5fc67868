/** Takes the steps of an erasure, each in a transaction of its own. Two nodes, or relayctl and a node, take them in turns. */
import type { Erasure, ErasureStep, ErasureWriter, NewErasure } from '../../erasure.ts';
import { beginErasure } from '../../sql/erasure/erasure.ts';
import { endErasure, roomsOf, takeStep } from '../../sql/erasure/erase-step.ts';
import { textRoom } from '../../sql/erasure/erase-texts.ts';
import { EVENT_COLUMNS } from '../../sql/erasure/text-tables.ts';
import type { PostgresContext } from '../engine/context.ts';
import { removeContents } from '../retention/message-removal.ts';
import type { Sweeper } from '../spool/sweeper.ts';

/** Events without a number yet come to the log behind the walk. */
const PENDING = textRoom({
  table: 'event_pending',
  key: ['id'],
  scope: 'account_id = :account',
  counts: 'events',
  columns: EVENT_COLUMNS,
  without: ['subject'],
});
const HAS_DOOMED = 'SELECT 1 FROM upload WHERE life_id = 0 LIMIT 1';

export class PostgresEraser implements ErasureWriter {
  readonly #context: PostgresContext;
  readonly #sweeper: Sweeper;
  readonly #rooms = roomsOf([PENDING]);

  constructor(context: PostgresContext, sweeper: Sweeper) {
    this.#context = context;
    this.#sweeper = sweeper;
  }

  beginErasure(erasure: NewErasure, atMs: number, actor: string): Promise<Erasure> {
    return this.#context.steps.write(() => beginErasure(erasure, atMs, actor));
  }

  async eraseSome(id: string, nowMs: number, actor: string): Promise<ErasureStep> {
    const { database, steps } = this.#context;
    const step = await database.transaction(async (session) => {
      const taken = await steps.run(session, takeStep(id, this.#rooms));
      if (taken.contents.length > 0) await removeContents(session, taken.contents);
      return taken;
    });
    const { counts } = step;
    if (step.contents.length > 0) this.#sweeper.start();
    if (step.kind === 'more') return { kind: 'more', counts };
    if (step.kind === 'waits') return { kind: 'waits', counts, messages: step.waiting };
    if (step.kind === 'walked') {
      const doomed = await database.read((session) => session.query(HAS_DOOMED));
      if (doomed.rows.length > 0) {
        this.#sweeper.start();
        return { kind: 'more', counts };
      }
      await steps.write(() => endErasure(id, nowMs, actor));
    }
    return { kind: 'done', counts, leavesRests: false };
  }
}
