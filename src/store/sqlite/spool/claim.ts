/**
 * Claims what is due: fair between destinations (each gets a share before any gets more), fair between the accounts of a
 * destination (in turn, starting where the last claim ended), longest due first; expired deliveries come first (flow/expired-share.ts), and of an
 * account bulk gets a quarter of the room while other mail waits with it. The cost depends on the number claimed, not on the
 * length of the queue.
 */
import type { Claim, ClaimedDelivery } from '../../delivery-records.ts';
import type { MessageFacts } from '../../message-records.ts';
import type { ClaimRequest, ClaimResult, OverdueClaims } from '../../spool.ts';
import type { Context } from '../engine/context.ts';
import type { DeliveryRow } from '../../sql/spool/delivery-columns.ts';
import type { Destination } from './destination-row.ts';
import { BulkShares } from '../../flow/bulk-shares.ts';
import { EXPIRED_AGAIN_MS, expiredShare } from '../../flow/expired-share.ts';
import { messageKeyOf } from '../../flow/keys.ts';
import { OverdueRows } from './overdue.ts';
import { takeClaimed } from '../../sql/spool/take-claimed.ts';
import { factsOf } from '../../sql/queue/message-rows.ts';

/** Accounts that one claim looks at in one destination; the next claim continues after them. */
const ACCOUNTS_A_TURN = 32;
/** Maximum number of remembered turns, one for each destination; beyond that they are cleared. */
const TURNS_LIMIT = 20_000;

interface Progress {
  readonly destination: Destination;
  taken: number;
  /** The worker has no room for its bulk. */
  readonly withoutBulk: boolean;
  /** So many are enough, beside what has ended. */
  enough: number;
}

export class Claimer {
  readonly #context: Context;
  /** Destination id to the account key that was served last. */
  readonly #turns = new Map<number, number>();
  readonly #bulkShares = new BulkShares();
  readonly #overdue: OverdueRows;

  constructor(context: Context) {
    this.#context = context;
    this.#overdue = new OverdueRows(context.db);
  }

  /** Inside a transaction. */
  claim(request: ClaimRequest): ClaimResult {
    const { destinations, feed } = this.#context;
    const excluded = new Set(request.excludedDestinations);
    const { rows, mayHaveMore } = this.#pick(request, excluded);
    const full = fullDestinations(request);
    const nextDueAtMs = mayHaveMore ? request.nowMs : destinations.nextReadyAtMs(full);
    feed.asked(full, nextDueAtMs);
    return { claims: this.#claimsOf(rows, request.nowMs), nextDueAtMs };
  }

  /** What had to arrive by a time that is over. Inside a transaction. */
  overdue(nowMs: number, limit: number): OverdueClaims {
    const { destinations } = this.#context;
    const atMs = Math.round(nowMs);
    const rows = new Map<Destination, DeliveryRow[]>();
    for (const row of this.#overdue.first(atMs, limit)) {
      const destination = destinations.byId(row.destination_id);
      if (destination === undefined) continue;
      const released = this.#released(destination, row);
      rows.set(destination, [...(rows.get(destination) ?? []), ...this.#claimed([released])]);
    }
    return { claims: this.#claimsOf(rows, atMs), nextAtMs: this.#overdue.nextAtMs(atMs) };
  }

  #released(destination: Destination, row: DeliveryRow): DeliveryRow {
    if (row.state !== 'held') return row;
    const { destinations } = this.#context;
    const state = row.attempts > 0 ? 'deferred' : 'queued';
    this.#overdue.release(row.id, state);
    destinations.count(destination, 'held', -1);
    destinations.count(destination, state, 1);
    return { ...row, state };
  }

  #pick(
    request: ClaimRequest,
    excluded: ReadonlySet<string>,
  ): {
    readonly rows: ReadonlyMap<Destination, readonly DeliveryRow[]>;
    /** One of the destinations without bulk may have more. */
    readonly mayHaveMore: boolean;
  } {
    const { limit, limitPerDestination, nowMs, withoutBulk = [], few } = request;
    const fewOf = new Set(few?.destinations);
    const picked = new Map<Destination, DeliveryRow[]>();
    if (limit <= 0) return { rows: picked, mayHaveMore: false };
    const ready = this.#context.destinations
      // Those without bulk, which may have nothing to give, do not take the place of others.
      .ready(nowMs, limit + excluded.size + withoutBulk.length)
      .filter(({ name }) => !excluded.has(name))
      .slice(0, limit + withoutBulk.length)
      .map((destination): Progress => ({
        destination,
        taken: 0,
        withoutBulk: withoutBulk.includes(destination.name),
        enough: few !== undefined && fewOf.has(destination.name) ? few.limit : Infinity,
      }));
    const share = Math.min(Math.max(1, Math.floor(limit / Math.max(1, ready.length))), limitPerDestination);
    let room = limit;
    for (const progress of ready) {
      if (progress.withoutBulk) continue;
      const rows = this.#takeExpired(progress.destination, Math.min(share, room), nowMs);
      if (rows.length === 0) continue;
      progress.taken += rows.length;
      room -= rows.length;
      picked.set(progress.destination, [...rows]);
    }
    // The first round gives each its share, the second distributes the rest.
    for (const quota of [share, limitPerDestination]) {
      for (const progress of ready) {
        const { destination, taken, enough } = progress;
        const wanted = Math.min(quota - taken, room, enough);
        const rows = progress.withoutBulk
          ? this.#takeWithoutBulk(destination, wanted, nowMs)
          : this.#take(destination, wanted, nowMs);
        if (rows.length === 0) continue;
        progress.taken += rows.length;
        progress.enough -= rows.length;
        room -= rows.length;
        picked.set(destination, [...(picked.get(destination) ?? []), ...rows]);
      }
    }
    for (const { destination } of ready) {
      this.#context.destinations.setDue(
        destination,
        this.#context.deliveries.firstDueOfAnyAtMs(destination.id),
      );
    }
    const mayHaveMore = ready.some(({ withoutBulk: firsts, taken }) => firsts && taken > 0);
    return { rows: picked, mayHaveMore };
  }

  #take(destination: Destination, wanted: number, nowMs: number): DeliveryRow[] {
    if (wanted <= 0) return [];
    const { deliveries } = this.#context;
    const accounts = this.#accountsInTurn(destination.id, nowMs);
    const rows: DeliveryRow[] = [];
    const claim = (found: readonly DeliveryRow[]) => rows.push(...this.#claimed(found));
    const share = Math.ceil(wanted / Math.max(1, accounts.length));
    for (const account of accounts) {
      if (rows.length === wanted) break;
      const room = Math.min(share, wanted - rows.length);
      const found = deliveries.due(destination.id, account, nowMs, room);
      if (found[0]?.bulk === 1) {
        const firsts = room - this.#bulkShares.of(destination.id, account, room);
        const before = rows.length;
        claim(deliveries.dueFirst(destination.id, account, nowMs, firsts));
        claim(deliveries.due(destination.id, account, nowMs, room - (rows.length - before)));
      } else claim(found);
      this.#turns.set(destination.id, account);
    }
    if (rows.length < wanted) claim(deliveries.dueOfAny(destination.id, nowMs, wanted - rows.length));
    return rows;
  }

  /** Failing or slow destinations get few claims, minutes apart: expired deliveries must not wait for that. */
  #takeExpired({ id }: Destination, wanted: number, nowMs: number): readonly DeliveryRow[] {
    if (wanted <= 0) return [];
    const { deliveries } = this.#context;
    const tried = this.#claimed(deliveries.expiredTried(id, nowMs, wanted));
    const left = Math.min(expiredShare(wanted), wanted - tried.length);
    const untried = left <= 0 ? [] : this.#claimed(deliveries.expired(id, nowMs, left));
    for (const row of untried) deliveries.expiredAgain(row.id, nowMs + EXPIRED_AGAIN_MS);
    return [...tried, ...untried].map((row) => ({ ...row, ended: true }));
  }

  #takeWithoutBulk(destination: Destination, wanted: number, nowMs: number): DeliveryRow[] {
    const rows: DeliveryRow[] = [];
    if (wanted <= 0) return rows;
    for (const account of this.#accountsInTurn(destination.id, nowMs)) {
      if (rows.length === wanted) break;
      const found = this.#context.deliveries.dueFirst(destination.id, account, nowMs, wanted - rows.length);
      rows.push(...this.#claimed(found));
      this.#turns.set(destination.id, account);
    }
    return rows;
  }

  #claimed(found: readonly DeliveryRow[]): readonly DeliveryRow[] {
    const { deliveries, epoch } = this.#context;
    for (const row of found) deliveries.claim(row.id, epoch);
    return found;
  }

  /** Accounts with due deliveries, beginning after the one that was served last. */
  #accountsInTurn(destinationId: number, nowMs: number): number[] {
    const { deliveries } = this.#context;
    if (this.#turns.size > TURNS_LIMIT) this.#turns.clear();
    const start = this.#turns.get(destinationId) ?? 0;
    const found: number[] = [];
    let at = start;
    let wrapped = start === 0;
    for (let looked = 0; looked < ACCOUNTS_A_TURN; looked++) {
      const next = deliveries.nextAccount(destinationId, at);
      if (next === undefined || (wrapped && start > 0 && next > start)) {
        if (wrapped) break;
        wrapped = true;
        at = 0;
        continue;
      }
      at = next;
      const dueAtMs = deliveries.firstDueAtMs(destinationId, next);
      if (dueAtMs !== undefined && dueAtMs <= nowMs) found.push(next);
    }
    return found;
  }

  #claimsOf(picked: ReadonlyMap<Destination, readonly DeliveryRow[]>, nowMs: number): Claim[] {
    const claims: Claim[] = [];
    const known = new Map<number, MessageFacts>();
    for (const [destination, rows] of picked) {
      const byMessage = new Map<number, DeliveryRow[]>();
      for (const row of rows) {
        const key = messageKeyOf(row.id);
        const group = byMessage.get(key);
        if (group === undefined) byMessage.set(key, [row]);
        else group.push(row);
      }
      for (const [messageKey, group] of byMessage) {
        const facts = known.get(messageKey) ?? this.#factsOf(messageKey);
        known.set(messageKey, facts);
        const { acceptedAtMs, sendAtMs } = facts;
        const tries = this.#context.destinations.triesSince(
          destination,
          Math.max(acceptedAtMs, sendAtMs ?? 0),
        );
        claims.push({
          messageId: messageKey,
          contentId: messageKey,
          facts,
          destination: destination.name,
          deliveries: group.map((row) => ({
            ...this.#claimedDelivery(destination, facts, row, nowMs),
            ...(tries > 0 && { destinationTries: tries }),
          })),
          content: undefined,
        });
      }
    }
    return claims;
  }

  #claimedDelivery(
    destination: Destination,
    facts: MessageFacts,
    row: DeliveryRow,
    nowMs: number,
  ): ClaimedDelivery {
    const { feed, suppressions } = this.#context;
    const { account_id: accountKey, recipient } = row;
    const suppressedBy = suppressions.reasonFor(accountKey, facts.stream, recipient, nowMs);
    return takeClaimed(feed, destination, facts, { ...row, fence: row.fence + 1 }, suppressedBy);
  }

  #factsOf(messageKey: number): MessageFacts {
    const row = this.#context.messages.byKey(messageKey);
    if (row === undefined) throw new Error(`a delivery without its message ${messageKey}`);
    return factsOf(row);
  }
}

function fullDestinations({ excludedDestinations, withoutBulk = [] }: ClaimRequest): ReadonlySet<string> {
  return new Set([...excludedDestinations, ...withoutBulk]);
}
