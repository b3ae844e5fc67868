/**
 * One transaction of the spool in two round trips, whatever the number of operations: BEGIN and the questions of the
 * operations; then, after the operations have run in memory, all writes and the COMMIT. State in memory is rolled back with
 * the transaction.
 */
import type { AddressHashes } from '../../hashed-addresses.ts';
import type { Clock } from '../../../platform/clock.ts';
import { StoreError } from '../../errors.ts';
import type { Feed } from '../../flow/feed.ts';
import type { UndoLog } from '../../flow/undo-log.ts';
import type { Paces } from '../../sql/statistics/paces.ts';
import { RestrictionStates } from '../../sql/statistics/restriction-states.ts';
import type { Database } from '../engine/database.ts';
import { BEGIN_HOT } from '../engine/database.ts';
import { CommitLost, type Operation, type Outcome } from '../engine/group-commit.ts';
import type { Life } from '../engine/life.ts';
import { isLost } from '../engine/postgres-error.ts';
import type { Session } from '../engine/session.ts';
import type { PostgresStepRunner } from '../engine/step-runner.ts';
import { Changes } from './changes.ts';
import type { Destination, Destinations } from './destinations.ts';
import { MESSAGE_KEYS_A_BLOCK, Questions, inOrder, type Answers } from './questions.ts';
import type { Uploads } from './uploads.ts';

/** Maximum number of cached accounts; beyond that the cache is cleared. */
const ACCOUNTS_LIMIT = 10_000;

/** The state of the spool in memory, and its tools. */
export interface SpoolMemory {
  readonly database: Database;
  readonly steps: PostgresStepRunner;
  readonly clock: Clock;
  readonly undo: UndoLog;
  readonly feed: Feed<Destination>;
  readonly destinations: Destinations;
  readonly uploads: Uploads;
  readonly paces: Paces;
  /** Keys of accounts that were looked up. No key is given twice, and of an account that is removed no credential is left. */
  readonly accounts: Map<string, number>;
  /** Keys of messages that were reserved from the sequence. */
  readonly messageKeys: number[];
  life: Life;
  /** False while no address has a run of soft bounces, so that deliveries need not look. */
  mayHaveRuns: boolean;
  /** A transaction with counts was written; there is more to fold. */
  readonly onCounted: () => void;
  readonly addressHashes: AddressHashes | undefined;
}

/** A transaction that is being built. */
export interface Batch {
  readonly memory: SpoolMemory;
  readonly answers: Answers;
  readonly changes: Changes;
  readonly restrictions: RestrictionStates;
  readonly accounts: ReadonlyMap<string, number>;
}

/** An operation of the spool. StoreError: it alone is refused. */
export interface SpoolOperation extends Operation {
  readonly ask?: (questions: Questions) => void;
  /** Its questions already change rows: a later refusal rolls back the whole transaction. */
  readonly asksChanges?: boolean;
  /** In memory, synchronous: first everything that may be refused, then the changes. */
  readonly run?: (batch: Batch) => unknown;
  /** With statements of its own, in a transaction of its own. Its result is given to `run` as the last argument. */
  readonly work?: (session: Session) => Promise<(batch: Batch) => unknown>;
}

export async function commitBatch(
  memory: SpoolMemory,
  operations: readonly SpoolOperation[],
): Promise<readonly Outcome[]> {
  const { database, undo, feed } = memory;
  try {
    const outcomes = await database.connected((session) => write(memory, session, operations));
    undo.clear();
    memory.destinations.trim();
    feed.afterCommit();
    return outcomes;
  } catch (error) {
    undo.backTo(0);
    throw error;
  }
}

async function write(
  memory: SpoolMemory,
  session: Session,
  operations: readonly SpoolOperation[],
): Promise<readonly Outcome[]> {
  let sent = false;
  try {
    const questions = new Questions();
    const refused = operations.map((operation) => refusalOf(() => operation.ask?.(questions)));
    const { destinations, messageKeys, life, accounts } = memory;
    if (accounts.size > ACCOUNTS_LIMIT) accounts.clear();
    for (const id of questions.accounts) if (accounts.has(id)) questions.accounts.delete(id);
    const [, answers] = await inOrder(
      session.together(
        () =>
          [
            session.command(BEGIN_HOT),
            questions.ask(session, destinations, life.lifeKey, messageKeys.length),
          ] as const,
      ),
    );
    session.open();
    for (const { first } of answers.messageBlocks)
      for (let index = 0; index < MESSAGE_KEYS_A_BLOCK; index++) messageKeys.push(first + index);
    const batch = batchOf(memory, answers);
    const outcomes: Outcome[] = [];
    for (const [index, operation] of operations.entries())
      outcomes.push(refused[index] ?? (await outcomeOf(operation, batch, session)));
    sent = true;
    await sendAll(session, batch);
    return outcomes;
  } catch (error) {
    if (isLost(error))
      throw sent ? new CommitLost('the answer to a commit was lost', { cause: error }) : error;
    await session.command('ROLLBACK');
    throw error;
  }
}

function batchOf(memory: SpoolMemory, answers: Answers): Batch {
  for (const { id, public_id: publicId } of answers.accounts) memory.accounts.set(publicId, id);
  return {
    memory,
    answers,
    changes: new Changes(),
    restrictions: new RestrictionStates(answers.restrictions, memory.paces),
    accounts: memory.accounts,
  };
}

async function outcomeOf(operation: SpoolOperation, batch: Batch, session: Session): Promise<Outcome> {
  const { undo } = batch.memory;
  const mark = undo.mark();
  try {
    const end = await operation.work?.(session);
    return { ok: true, value: end === undefined ? operation.run?.(batch) : end(batch) };
  } catch (error) {
    const hasChanged = operation.asksChanges === true || operation.work !== undefined;
    if (!(error instanceof StoreError) || hasChanged) throw error;
    undo.backTo(mark);
    return { ok: false, error };
  }
}

/** Sends the writes and the COMMIT without waiting in between, unless something was put off until the writes are done. */
async function sendAll(session: Session, { memory, changes }: Batch): Promise<void> {
  const { steps, life } = memory;
  const statements = changes.statements(life.nodeKey);
  const { counted, sent } = session.together(() => {
    const asked = changes.steps().map((begin) => steps.send(session, begin()).done);
    const tallies = steps.send(session, changes.tallies.write(life.nodeKey));
    const written = statements.map(({ text, values }) => session.query(text, values));
    return {
      counted: tallies.value,
      sent: [...asked, tallies.done, ...written, ...(session.putsOff ? [] : [session.command('COMMIT')])],
    };
  });
  let ended = (await inOrder(sent)).at(-1);
  if (session.putsOff) {
    await session.finish();
    ended = await session.command('COMMIT');
  }
  if (ended !== 'COMMIT') throw new Error(`the transaction ended with ${String(ended)}`);
  if (counted) memory.onCounted();
}

function refusalOf(ask: () => void): Outcome | undefined {
  try {
    ask();
    return undefined;
  } catch (error) {
    if (error instanceof StoreError) return { ok: false, error };
    throw error;
  }
}
