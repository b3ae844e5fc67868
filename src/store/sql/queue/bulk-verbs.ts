/** The bulk changes of a queue writer, for every engine: which change each verb is. How a change is made is the engine's own. */
import type { DeliverySelection, QueueWriter } from '../../queue-admin.ts';
import {
  CANCEL,
  HOLD,
  HOLD_SUSPENDED,
  RELEASE,
  RELEASE_SUSPENDED,
  rerouteBy,
  RETRY,
  type BulkChange,
} from './bulk-change.ts';
import { WaitingFor } from './waits.ts';

/** Who wants a change, and when. */
export interface BulkBy {
  readonly nowMs: number;
  readonly actor: string;
  /** What is in a worker's hands stays as it is. */
  readonly leavesClaimed?: boolean | undefined;
}

type Verbs = Pick<
  QueueWriter,
  'retry' | 'hold' | 'release' | 'cancel' | 'reroute' | 'holdSuspended' | 'releaseSuspended' | 'endWaits'
>;

export abstract class BulkVerbs implements Verbs {
  retry(selection: DeliverySelection, nowMs: number, actor: string): Promise<number> {
    return this.bulk(RETRY, selection, { nowMs, actor });
  }

  hold(selection: DeliverySelection, nowMs: number, actor: string): Promise<number> {
    return this.bulk(HOLD, selection, { nowMs, actor });
  }

  release(selection: DeliverySelection, nowMs: number, actor: string): Promise<number> {
    return this.bulk(RELEASE, selection, { nowMs, actor });
  }

  cancel(
    selection: DeliverySelection,
    nowMs: number,
    actor: string,
    leavesClaimed?: boolean,
  ): Promise<number> {
    return this.bulk(CANCEL, selection, { nowMs, actor, leavesClaimed });
  }

  reroute(selection: DeliverySelection, route: string, nowMs: number, actor: string): Promise<number> {
    return this.bulk(rerouteBy(route), selection, { nowMs, actor });
  }

  holdSuspended(accountId: string, nowMs: number, actor: string): Promise<number> {
    return this.bulk(HOLD_SUSPENDED, allOf(accountId), { nowMs, actor });
  }

  releaseSuspended(accountId: string, nowMs: number, actor: string): Promise<number> {
    return this.bulk(RELEASE_SUSPENDED, allOf(accountId), { nowMs, actor });
  }

  async endWaits(words: readonly string[], nowMs: number): Promise<number> {
    let total = await this.unblockFor(words);
    for (const limit of words) {
      const waiting = new WaitingFor(limit, nowMs);
      for (let found = 1; found > 0; total += found) found = await this.lookAgain(waiting, nowMs);
    }
    return total;
  }

  /** Resolves to the number of destinations that waited for one of these limits. */
  protected abstract unblockFor(words: readonly string[]): Promise<number>;

  /** Makes the next ones due, then pauses. Resolves to the number looked at. */
  protected abstract lookAgain(waiting: WaitingFor, nowMs: number): Promise<number>;

  /** Resolves to the number of deliveries changed. */
  protected abstract bulk(change: BulkChange, selection: DeliverySelection, by: BulkBy): Promise<number>;
}

function allOf(accountId: string): DeliverySelection {
  return { accountId, id: undefined, destination: undefined };
}
