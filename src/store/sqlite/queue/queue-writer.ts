/**
 * Bulk changes by an operator: retry, hold, release, cancel, reroute, suspend. They proceed destination by destination, or through
 * what a selection finds, and change a few hundred deliveries in a transaction, with a pause after each: SQLite's lock is not fair, and a tight loop of another
 * process would stall the relay for seconds.
 */
import type { Clock } from '../../../platform/clock.ts';
import { delay } from '../../../platform/clock.ts';
import type { DeliverySelection, OpenStretch, QueueWriter } from '../../queue-admin.ts';
import type { Suspension } from '../../shaping.ts';
import { audit } from '../../sql/directory/audit.ts';
import { auditBegin, auditEnd } from '../../sql/queue/bulk-audit.ts';
import type { BulkChange } from '../../sql/queue/bulk-change.ts';
import { BulkVerbs, type BulkBy } from '../../sql/queue/bulk-verbs.ts';
import { mostChanges } from '../../sql/queue/most-changes.ts';
import { findSelected, isNarrow } from '../../sql/queue/selected-deliveries.ts';
import { LOOK_AGAIN, type WaitingFor } from '../../sql/queue/waits.ts';
import { suspendedDestination, suspensionWrites } from '../../sql/shaping/suspensions.ts';
import { BulkChanges, EVERYTHING, type BulkScope } from './bulk-changes.ts';
import type { Context } from '../engine/context.ts';
import type { GroupCommit } from '../engine/group-commit.ts';
import { deliveryRange } from '../../flow/keys.ts';
import { Reschedule } from './reschedule.ts';

/** Pause between two transactions of one bulk change. */
const PAUSE_MS = 10;
/** Destinations examined in one transaction when none of their deliveries change. */
const DESTINATIONS_A_STEP = 200;

const NO_WAIT = { destination: '', untilMs: 0, failures: 0, lastError: '', waitsFor: '' };

/** Progress of a bulk change. */
interface Step {
  readonly changed: number;
  /** Continue after this key; `undefined`: done. */
  readonly behind: number | undefined;
}

export class SqliteQueueWriter extends BulkVerbs implements QueueWriter {
  readonly #context: Context;
  readonly #commits: GroupCommit;
  readonly #clock: Clock;
  readonly #changes: BulkChanges;
  readonly #reschedule: Reschedule;

  constructor(context: Context, commits: GroupCommit) {
    super();
    this.#context = context;
    this.#commits = commits;
    this.#clock = context.clock;
    this.#changes = new BulkChanges(context);
    this.#reschedule = new Reschedule(context);
  }

  suspendDestination(
    name: string,
    suspended: boolean,
    nowMs: number,
    actor: string,
    details?: Pick<Suspension, 'untilMs' | 'reason'>,
  ): Promise<void> {
    return this.#run(() => {
      this.#setSuspended(name, suspended);
      this.#context.steps.run(suspendedDestination(name, suspended, nowMs, actor, details));
    });
  }

  endDestinationSuspension(name: string, nowMs: number, actor: string): Promise<boolean> {
    const which = { kind: 'destination', subject: name } as const;
    return this.#run(() => {
      const ended = this.#context.steps.run(suspensionWrites.endSuspension(which, nowMs, actor));
      if (ended) this.#setSuspended(name, false);
      return ended;
    });
  }

  /** The mark that claims read. */
  #setSuspended(name: string, suspended: boolean): void {
    const { destinations, feed } = this.#context;
    const destination = destinations.byName(name);
    destinations.suspend(destination, suspended);
    // A relay that has ended wrote it, and nobody else would lift it: the limit itself still holds, where there is one.
    if (!suspended) destinations.wait(destination, NO_WAIT);
    if (destination.nextDueAtMs !== undefined) feed.backlog(destination, destination.nextDueAtMs);
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
      if (changed > 0)
        this.#context.steps.run(audit(nowMs, actor, 'message reschedule', messageId, accountId));
      return changed;
    });
  }

  protected unblockFor(words: readonly string[]): Promise<number> {
    const { destinations, feed } = this.#context;
    return this.#run(() => {
      const waiting = destinations.waitingFor(words);
      for (const destination of waiting) {
        destinations.wait(destination, NO_WAIT);
        if (destination.nextDueAtMs !== undefined) feed.backlog(destination, destination.nextDueAtMs);
      }
      return waiting.length;
    });
  }

  protected async lookAgain(waiting: WaitingFor, nowMs: number): Promise<number> {
    const scope = { ...EVERYTHING, nowMs: Math.round(nowMs) };
    const found = await this.#run(() => {
      const keys = this.#context.steps.run(waiting.next(LOOK_AGAIN.rowsAStep));
      this.#changes.changeKeys(LOOK_AGAIN, keys, scope);
      return keys.length;
    });
    if (found > 0) await delay(this.#clock, PAUSE_MS);
    return found;
  }

  protected async bulk(
    change: BulkChange,
    selection: DeliverySelection,
    { nowMs, actor, leavesClaimed = false }: BulkBy,
  ): Promise<number> {
    const scope = await this.#run((): BulkScope => {
      this.#context.steps.run(auditBegin(change, selection, { nowMs, actor }));
      const { accountId, destination } = selection;
      return {
        accountKey: accountId === undefined ? undefined : this.#context.accounts.account(accountId),
        destination,
        leavesClaimed,
        nowMs: Math.round(nowMs),
        beforeKey: deliveryRange(this.#context.transaction.nextMessageKey)[0],
        most: this.#context.steps.run(mostChanges(selection)),
      };
    });
    const changed = await this.#change(change, selection, scope);
    const done = { nowMs: this.#clock.now(), actor, changed };
    await this.#run(() => this.#context.steps.run(auditEnd(change, selection, done)));
    return changed;
  }

  async #change(change: BulkChange, selection: DeliverySelection, scope: BulkScope): Promise<number> {
    // What is rerouted waits as before: going through destinations would find it again.
    const byMessages = isNarrow(selection) || change.route !== undefined;
    if (byMessages) return await this.#bulkOfFound(change, selection, scope);
    const { id } = selection;
    if (id !== undefined) return await this.#run(() => this.#changes.changeById(change, id, scope));
    // What was claimed or returned while its turn came is found in the next round.
    let total = 0;
    for (let changed = -1; changed !== 0 && total < scope.most; total += changed) {
      changed = await this.#through(scope.most - total, (behind) => this.#step(change, scope, behind));
      if (change.name === 'retry') return changed;
      changed += await this.#through(scope.most, (behind) =>
        this.#changes.changeClaimed(change, behind, scope),
      );
    }
    return total;
  }

  /** Finding takes no lock. */
  async #bulkOfFound(change: BulkChange, selection: DeliverySelection, scope: BulkScope): Promise<number> {
    let total = 0;
    let from: OpenStretch | undefined;
    do {
      const { found, next } = this.#context.steps.run(findSelected(selection, from));
      for (let start = 0; start < found.length; start += change.rowsAStep) {
        if (total > 0) await delay(this.#clock, PAUSE_MS);
        const keys = found.slice(start, start + change.rowsAStep).map(({ id }) => id);
        total += await this.#run(() => this.#changes.changeKeys(change, keys, scope));
      }
      // Others of this thread have their turn.
      if (next !== undefined) await delay(this.#clock, 0);
      from = next;
    } while (from !== undefined);
    return total;
  }

  /** Step by step, with pauses, until all is changed or `most`; the number changed. */
  async #through(most: number, step: (behind: number) => Step): Promise<number> {
    let total = 0;
    let behind: number | undefined = 0;
    while (behind !== undefined && total < most) {
      if (total > 0 || behind > 0) await delay(this.#clock, PAUSE_MS);
      const from: number = behind;
      const done: Step = await this.#run(() => step(from));
      total += done.changed;
      behind = done.behind;
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
