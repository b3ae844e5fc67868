/**
 * Bulk changes by an operator: retry, hold, release, cancel, suspend. They proceed destination by destination and change a
 * few hundred deliveries in a transaction, with a pause after each: SQLite's lock is not fair, and a tight loop of another
 * process would stall the relay for seconds.
 */
import type { Clock } from '../../../platform/clock.ts';
import { delay } from '../../../platform/clock.ts';
import type { DeliverySelection, QueueWriter } from '../../queue-admin.ts';
import type { Suspension } from '../../shaping.ts';
import { audit } from '../../sql/directory/audit.ts';
import { CANCEL, HOLD, RELEASE, RETRY, type BulkChange } from '../../sql/queue/bulk-change.ts';
import { suspendedDestination } from '../../sql/shaping/suspensions.ts';
import type { BulkScope } from './bulk-changes.ts';
import { BulkChanges } from './bulk-changes.ts';
import type { Context } from '../engine/context.ts';
import type { GroupCommit } from '../engine/group-commit.ts';
import { deliveryRange } from '../../flow/keys.ts';
import { Reschedule } from './reschedule.ts';

/** Pause between two transactions of one bulk change. */
const PAUSE_MS = 10;
/** Destinations examined in one transaction when none of their deliveries change. */
const DESTINATIONS_A_STEP = 200;

/** Progress of a bulk change. */
interface Step {
  readonly changed: number;
  /** Continue after this destination; `undefined`: done. */
  readonly behind: number | undefined;
}

export class SqliteQueueWriter implements QueueWriter {
  readonly #context: Context;
  readonly #commits: GroupCommit;
  readonly #clock: Clock;
  readonly #changes: BulkChanges;
  readonly #reschedule: Reschedule;

  constructor(context: Context, commits: GroupCommit) {
    this.#context = context;
    this.#commits = commits;
    this.#clock = context.clock;
    this.#changes = new BulkChanges(context);
    this.#reschedule = new Reschedule(context);
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

  suspendDestination(
    name: string,
    suspended: boolean,
    nowMs: number,
    actor: string,
    details?: Pick<Suspension, 'untilMs' | 'reason'>,
  ): Promise<void> {
    const { destinations, feed, steps } = this.#context;
    return this.#run(() => {
      const destination = destinations.byName(name);
      destinations.suspend(destination, suspended);
      if (destination.nextDueAtMs !== undefined) feed.backlog(destination, destination.nextDueAtMs);
      steps.run(suspendedDestination(name, suspended, nowMs, actor, details));
    });
  }

  reschedule(
    accountId: string,
    messageId: string,
    sendAtMs: number,
    nowMs: number,
    actor: string,
  ): Promise<number> {
    return this.#run(() => {
      const changed = this.#reschedule.run(accountId, messageId, sendAtMs, nowMs);
      if (changed > 0) this.#context.steps.run(audit(nowMs, actor, 'message reschedule', messageId));
      return changed;
    });
  }

  async #bulk(
    change: BulkChange,
    selection: DeliverySelection,
    nowMs: number,
    actor: string,
  ): Promise<number> {
    const scope = await this.#run((): BulkScope => {
      const { id, destination, accountId, stream } = selection;
      const parts = [id, destination, accountId, stream].filter((part) => part !== undefined);
      this.#context.steps.run(audit(nowMs, actor, `queue ${change.name}`, parts.join(' ') || 'all'));
      return {
        accountKey: accountId === undefined ? undefined : this.#context.accounts.account(accountId),
        destination,
        stream,
        nowMs: Math.round(nowMs),
        beforeKey: deliveryRange(this.#context.transaction.nextMessageKey)[0],
      };
    });
    if (selection.id !== undefined) {
      const { id } = selection;
      return this.#run(() => this.#changes.changeById(change, id, scope));
    }
    if (selection.stream !== undefined) return this.#bulkOfStream(change, scope);
    let total = 0;
    let behind: number | undefined = 0;
    while (behind !== undefined) {
      if (total > 0 || behind > 0) await delay(this.#clock, PAUSE_MS);
      const from: number = behind;
      const step: Step = await this.#run(() => this.#step(change, scope, from));
      total += step.changed;
      behind = step.behind;
    }
    return total;
  }

  async #bulkOfStream(change: BulkChange, scope: BulkScope): Promise<number> {
    let total = 0;
    let behind: string | undefined = '';
    while (behind !== undefined) {
      if (behind !== '') await delay(this.#clock, PAUSE_MS);
      const from: string = behind;
      const step = await this.#run(() => this.#changes.changeOpenMessages(change, from, scope));
      total += step.changed;
      behind = step.behind;
    }
    return total;
  }

  #step(change: BulkChange, scope: BulkScope, behind: number): Step {
    const { destinations } = this.#context;
    const only = scope.destination;
    const candidates =
      only === undefined
        ? destinations.after(behind, DESTINATIONS_A_STEP)
        : [destinations.find(only)].filter((found) => found !== undefined);
    let changed = 0;
    let last = behind;
    for (const destination of candidates) {
      const room = change.rowsAStep - changed;
      const count = this.#changes.changeBeneath(change, destination, scope, room);
      changed += count;
      // The limit was reached: there may be more.
      if (count >= room) return { changed, behind: last };
      last = destination.id;
    }
    const more = only === undefined && candidates.length === DESTINATIONS_A_STEP;
    return { changed, behind: more ? last : undefined };
  }

  #run<T>(run: () => T): Promise<T> {
    return this.#commits.submit({ grows: false, sizeBytes: 0, run });
  }
}
