/**
 * Bulk changes by an operator: retry, hold, release, cancel, suspend. A few hundred deliveries in a transaction, with a pause
 * after each, so that the flow of mail is not held up.
 */
import { delay } from '../../../platform/clock.ts';
import type { DeliverySelection, QueueWriter } from '../../queue-admin.ts';
import { DELIVERIES_PER_MESSAGE } from '../../flow/keys.ts';
import type { Suspension } from '../../shaping.ts';
import { accountKeyOf } from '../../sql/directory/account-key.ts';
import { audit } from '../../sql/directory/audit.ts';
import { CANCEL, HOLD, RELEASE, RETRY, type BulkChange } from '../../sql/queue/bulk-change.ts';
import { suspendedDestination } from '../../sql/shaping/suspensions.ts';
import { restrictingRows } from '../../sql/statistics/restriction-rows.ts';
import type { Paces } from '../../sql/statistics/paces.ts';
import { RestrictionStates } from '../../sql/statistics/restriction-states.ts';
import type { PostgresContext } from '../engine/context.ts';
import type { Session } from '../engine/session.ts';
import { Changes } from '../spool/changes.ts';
import { writeChanges } from '../spool/write-changes.ts';
import {
  changeBeneath,
  changeById,
  changeOpenMessages,
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

export class PostgresQueueWriter implements QueueWriter {
  readonly #context: PostgresContext;
  readonly #paces: Paces;

  /** `paces`: the paces of accepting. */
  constructor(context: PostgresContext, paces: Paces) {
    this.#context = context;
    this.#paces = paces;
  }

  retry(selection: DeliverySelection, nowMs: number, actor: string): Promise<number> {
    return this.#bulk(RETRY, selection, nowMs, actor);
  }

  hold(selection: DeliverySelection, nowMs: number, actor: string): Promise<number> {
    return this.#bulk(HOLD, selection, nowMs, actor);
  }

  release(selection: DeliverySelection, nowMs: number, actor: string): Promise<number> {
    return this.#bulk(RELEASE, selection, nowMs, actor);
  }

  cancel(selection: DeliverySelection, nowMs: number, actor: string): Promise<number> {
    return this.#bulk(CANCEL, selection, nowMs, actor);
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
      await this.#context.steps.run(session, suspendedDestination(name, suspended, nowMs, actor, details));
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
        if (changed > 0) await steps.run(session, audit(nowMs, actor, 'message reschedule', messageId));
        return changed;
      });
    } catch (error) {
      release();
      throw error;
    }
  }

  async #bulk(
    change: BulkChange,
    selection: DeliverySelection,
    nowMs: number,
    actor: string,
  ): Promise<number> {
    const scope = await this.#begin(change, selection, nowMs, actor);
    const step = <T>(use: (context: BulkContext) => Promise<T>) =>
      this.#write((session, changes) => use({ session, changes, change, scope }));
    const { id, stream } = selection;
    if (id !== undefined) return step((context) => changeById(context, id));
    return stream === undefined
      ? this.#through(0, (behind) => step((context) => changeBeneath(context, behind)))
      : this.#through('', (behind) => step((context) => changeOpenMessages(context, behind)));
  }

  async #begin(
    change: BulkChange,
    { id, destination, accountId, stream }: DeliverySelection,
    nowMs: number,
    actor: string,
  ): Promise<BulkScope> {
    const { database, steps } = this.#context;
    return database.transaction(async (session) => {
      const parts = [id, destination, accountId, stream].filter((part) => part !== undefined);
      await steps.run(session, audit(nowMs, actor, `queue ${change.name}`, parts.join(' ') || 'all'));
      const { rows } = await session.query<{ last: number }>(LAST_KEYS);
      return {
        accountKey: accountId === undefined ? undefined : await steps.run(session, accountKeyOf(accountId)),
        destination,
        stream,
        nowMs: Math.round(nowMs),
        beforeKey: ((rows[0]?.last ?? 0) + KEYS_A_BLOCK) * DELIVERIES_PER_MESSAGE,
      };
    });
  }

  async #through<Place>(start: Place, step: (behind: Place) => Promise<Progress<Place>>): Promise<number> {
    let total = 0;
    for (let behind: Place | undefined = start; behind !== undefined;) {
      const from: Place = behind;
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
