/**
 * Bulk changes by an operator: retry, hold, release, cancel, reroute, suspend. A few hundred deliveries in a transaction, with a pause
 * after each, so that the flow of mail is not held up.
 */
import { delay } from '../../../platform/clock.ts';
import type { DeliverySelection, OpenStretch, QueueWriter } from '../../queue-admin.ts';
import { DELIVERIES_PER_MESSAGE } from '../../flow/keys.ts';
import type { Suspension } from '../../shaping.ts';
import { accountKeyOf } from '../../sql/directory/account-key.ts';
import { audit } from '../../sql/directory/audit.ts';
import { auditBegin, auditEnd } from '../../sql/queue/bulk-audit.ts';
import type { BulkChange } from '../../sql/queue/bulk-change.ts';
import { LOOK_AGAIN, type WaitingFor } from '../../sql/queue/waits.ts';
import { BulkVerbs, type BulkBy } from '../../sql/queue/bulk-verbs.ts';
import { mostChanges } from '../../sql/queue/most-changes.ts';
import { findSelected, isNarrow } from '../../sql/queue/selected-deliveries.ts';
import { suspendedDestination, suspensionWrites } from '../../sql/shaping/suspensions.ts';
import { restrictingRows } from '../../sql/statistics/restriction-rows.ts';
import type { Paces } from '../../sql/statistics/paces.ts';
import { RestrictionStates } from '../../sql/statistics/restriction-states.ts';
import type { PostgresContext } from '../engine/context.ts';
import type { Session } from '../engine/session.ts';
import { endWaitsOf } from '../spool/blocks.ts';
import { Changes } from '../spool/changes.ts';
import { writeChanges } from '../spool/write-changes.ts';
import {
  EVERYTHING,
  changeBeneath,
  changeById,
  changeClaimed,
  changeKeys,
  type BulkContext,
  type BulkScope,
  type Progress,
} from './bulk-changes.ts';
import { reschedule } from './reschedule.ts';

/** Pause between two transactions of one bulk change. */
const PAUSE_MS = 10;

/** Keys that nodes had reserved by then are below this. */
const LAST_KEYS = 'SELECT last_value AS last FROM message_key';
const KEYS_A_BLOCK = 1_000;
const SUSPEND = `INSERT INTO destination (name, suspended) VALUES ($1, $2)
  ON CONFLICT (name) DO UPDATE SET suspended = excluded.suspended`;
/** Before the suspension's own row, as who suspends it locks them. */
const LOCK = 'SELECT id FROM destination WHERE name = $1 FOR UPDATE';
/** A relay that has ended wrote it, and nobody else would lift it: the limit itself still holds, where there is one. */
const END_WAIT = `UPDATE destination SET blocked_until = NULL, waits_for = NULL WHERE name = $1 AND waits_for IS NOT NULL`;

/** Runs one transaction of a bulk change. */
type RunStep = <T>(use: (context: BulkContext) => Promise<T>) => Promise<T>;

export class PostgresQueueWriter extends BulkVerbs implements QueueWriter {
  readonly #context: PostgresContext;
  readonly #paces: Paces;

  /** `paces`: the paces of accepting. */
  constructor(context: PostgresContext, paces: Paces) {
    super();
    this.#context = context;
    this.#paces = paces;
  }

  async suspendDestination(
    name: string,
    suspended: boolean,
    nowMs: number,
    actor: string,
    details?: Pick<Suspension, 'untilMs' | 'reason'>,
  ): Promise<void> {
    await this.#write(async (session) => {
      await session.query(SUSPEND, [name, suspended ? 1 : 0]);
      if (!suspended) await session.query(END_WAIT, [name]);
      await this.#context.steps.run(session, suspendedDestination(name, suspended, nowMs, actor, details));
    });
  }

  async endDestinationSuspension(name: string, nowMs: number, actor: string): Promise<boolean> {
    const which = { kind: 'destination', subject: name } as const;
    return await this.#write(async (session) => {
      await session.query(LOCK, [name]);
      const ending = suspensionWrites.endSuspension(which, nowMs, actor);
      if (!(await this.#context.steps.run(session, ending))) return false;
      await session.query(SUSPEND, [name, 0]);
      await session.query(END_WAIT, [name]);
      return true;
    });
  }

  async reschedule(
    accountId: string,
    messageId: string,
    sendAtMs: number,
    nowMs: number,
    actor: string,
  ): Promise<number> {
    const { steps } = this.#context;
    const taken: (() => void)[] = [];
    const release = () => {
      for (const step of taken.splice(0)) step();
    };
    const undo = (step: () => void) => void taken.push(step);
    const asked = { accountId, messageId, sendAtMs, nowMs: Math.round(nowMs), undo };
    try {
      return await this.#write(async (session, changes) => {
        // Of a transaction that is repeated after a conflict.
        release();
        const rows = await steps.run(session, restrictingRows());
        const restrictions = new RestrictionStates(rows, this.#paces);
        const changed = await reschedule(session, changes, restrictions, asked);
        if (changed > 0)
          await steps.run(session, audit(nowMs, actor, 'message reschedule', messageId, accountId));
        return changed;
      });
    } catch (error) {
      release();
      throw error;
    }
  }

  protected unblockFor(words: readonly string[]): Promise<number> {
    return this.#write((session) => endWaitsOf(session, words));
  }

  protected async lookAgain(waiting: WaitingFor, nowMs: number): Promise<number> {
    const { database, steps, clock } = this.#context;
    const scope = { ...EVERYTHING, nowMs: Math.round(nowMs) };
    const keys = await database.read((session) => steps.run(session, waiting.next(LOOK_AGAIN.rowsAStep)));
    if (keys.length === 0) return 0;
    await this.#write((session, changes) =>
      changeKeys({ session, changes, change: LOOK_AGAIN, scope }, keys),
    );
    await delay(clock, PAUSE_MS);
    return keys.length;
  }

  protected async bulk(
    change: BulkChange,
    selection: DeliverySelection,
    { nowMs, actor, leavesClaimed = false }: BulkBy,
  ): Promise<number> {
    const { database, steps, clock } = this.#context;
    const scope = await this.#begin(change, selection, { nowMs, actor, leavesClaimed });
    const changed = await this.#change(change, selection, scope.most, (use) =>
      this.#write((session, changes) => use({ session, changes, change, scope })),
    );
    const done = { nowMs: clock.now(), actor, changed };
    await database.transaction((session) => steps.run(session, auditEnd(change, selection, done)));
    return changed;
  }

  async #change(
    change: BulkChange,
    selection: DeliverySelection,
    most: number,
    step: RunStep,
  ): Promise<number> {
    // What is rerouted waits as before: going through destinations would find it again.
    const byMessages = isNarrow(selection) || change.route !== undefined;
    if (byMessages) return await this.#bulkOfFound(change, selection, step);
    const { id } = selection;
    if (id !== undefined) return await step((context) => changeById(context, id));
    // What was claimed or returned while its turn came is found in the next round.
    let total = 0;
    for (let changed = -1; changed !== 0 && total < most; total += changed) {
      changed = await this.#through(most - total, (behind) =>
        step((context) => changeBeneath(context, behind)),
      );
      if (change.name === 'retry') return changed;
      changed += await this.#through(most, (behind) => step((context) => changeClaimed(context, behind)));
    }
    return total;
  }

  /** Finding takes no lock. */
  async #bulkOfFound(change: BulkChange, selection: DeliverySelection, step: RunStep): Promise<number> {
    const { database, steps, clock } = this.#context;
    let total = 0;
    let from: OpenStretch | undefined;
    do {
      const stretch = from;
      const { found, next } = await database.read((session) =>
        steps.run(session, findSelected(selection, stretch)),
      );
      for (let start = 0; start < found.length; start += change.rowsAStep) {
        if (total > 0) await delay(clock, PAUSE_MS);
        const keys = found.slice(start, start + change.rowsAStep).map(({ id }) => id);
        total += await step((context) => changeKeys(context, keys));
      }
      from = next;
    } while (from !== undefined);
    return total;
  }

  async #begin(
    change: BulkChange,
    selection: DeliverySelection,
    { nowMs, actor, leavesClaimed = false }: BulkBy,
  ): Promise<BulkScope> {
    const { database, steps } = this.#context;
    const { accountId, destination } = selection;
    return database.transaction(async (session) => {
      await steps.run(session, auditBegin(change, selection, { nowMs, actor }));
      const { rows } = await session.query<{ last: number }>(LAST_KEYS);
      return {
        accountKey: accountId === undefined ? undefined : await steps.run(session, accountKeyOf(accountId)),
        destination,
        leavesClaimed,
        nowMs: Math.round(nowMs),
        beforeKey: ((rows[0]?.last ?? 0) + KEYS_A_BLOCK) * DELIVERIES_PER_MESSAGE,
        most: await steps.run(session, mostChanges(selection)),
      };
    });
  }

  /** Until all is changed, or `most`. */
  async #through(most: number, step: (behind: number) => Promise<Progress>): Promise<number> {
    let total = 0;
    for (let behind: number | undefined = 0; behind !== undefined && total < most;) {
      const from: number = behind;
      const progress = await step(from);
      total += progress.changed;
      behind = progress.behind;
      if (behind !== undefined) await delay(this.#context.clock, PAUSE_MS);
    }
    return total;
  }

  /** One transaction, with its counts and due times. */
  async #write<T>(use: (session: Session, changes: Changes) => Promise<T>): Promise<T> {
    const { database, hot } = this.#context;
    const value = await database.transaction(async (session) => {
      const changes = new Changes();
      const result = await use(session, changes);
      await writeChanges(session, this.#context, changes);
      return result;
    });
    hot.look();
    return value;
  }
}
