/**
 * Claims what is due: fair between destinations (each gets a share before any gets more), fair between the accounts of a
 * destination (in turn, starting where the last claim ended), longest due first; expired deliveries come first (flow/expired-share.ts), and of an
 * account bulk gets a quarter of the room while other mail waits with it. A fixed number of statements, whatever the number of destinations: the cost depends on the number claimed, not on the length of the
 * queue.
 *
 * Other nodes claim at the same time: rows that another has locked are skipped, and rows that look due may be gone.
 */
import type { ClaimRequest, ClaimResult, OverdueClaims } from '../../spool.ts';
import { BulkShares } from '../../flow/bulk-shares.ts';
import { expiredShare } from '../../flow/expired-share.ts';
import { binaryArray } from '../engine/binary-array.ts';
import type { Session } from '../engine/session.ts';
import type { Batch, SpoolMemory } from './batch.ts';
import { claimsOf, readClaims } from './claimed.ts';
import { DESTINATION_COLUMNS, type Destination, type DestinationRow } from './destinations.ts';
import {
  accountsInTurn,
  claimDue,
  claimExpired,
  claimExpiredTried,
  claimFirst,
  claimOverdue,
  nextDeadlineMs,
  type ClaimedRow,
  type ClaimFor,
  type DueAccount,
  type Want,
} from './due-rows.ts';

/** Maximum number of remembered turns, one for each destination; beyond that they are cleared. */
const TURNS_LIMIT = 20_000;

const READY = `SELECT ${DESTINATION_COLUMNS} FROM destination WHERE ready_at <= $1 ORDER BY ready_at LIMIT $2`;
const BY_KEY = `SELECT ${DESTINATION_COLUMNS} FROM destination WHERE id = ANY ($1::bigint[])`;
const NEXT_READY =
  'SELECT name, ready_at FROM destination WHERE ready_at IS NOT NULL ORDER BY ready_at LIMIT $1';
/** Who lowers a row's time holds it still until its commit, which could not be seen here: that row is left as it is. */
const LOCK = 'SELECT id FROM destination WHERE id = ANY($1::bigint[]) ORDER BY id FOR UPDATE SKIP LOCKED';
const RAISE = `UPDATE destination d SET next_due_at = v.due FROM (
    SELECT u.id, (SELECT min(due_at) FROM delivery WHERE destination_id = u.id AND due_at IS NOT NULL) AS due
    FROM unnest($1::bigint[]) AS u (id)) v
  WHERE d.id = v.id AND d.next_due_at IS DISTINCT FROM v.due`;

interface Progress {
  readonly destination: Destination;
  taken: number;
  /** The worker has no room for its bulk. */
  readonly withoutBulk: boolean;
  /** So many are enough, beside what has ended. */
  enough: number;
}

export class Claimer {
  readonly #memory: SpoolMemory;
  /** Destination key to the account key that was served last. */
  readonly #turns = new Map<number, number>();
  readonly #bulkShares = new BulkShares();

  constructor(memory: SpoolMemory) {
    this.#memory = memory;
  }

  /** In a transaction of its own: first the statements, then the claims in memory. */
  async work(session: Session, request: ClaimRequest): Promise<(batch: Batch) => ClaimResult> {
    const nowMs = Math.round(request.nowMs);
    const excluded = new Set(request.excludedDestinations);
    const ready = await this.#ready(session, { ...request, nowMs }, excluded);
    const rows = await this.#pick(session, ready, { ...request, nowMs });
    await this.#raise(
      session,
      ready.map(({ destination }) => destination.id),
    );
    const full = new Set([...request.excludedDestinations, ...(request.withoutBulk ?? [])]);
    const next = await session.query<{ name: string; ready_at: number }>(NEXT_READY, [full.size + 1]);
    const mayHaveMore = ready.some(({ withoutBulk, taken }) => withoutBulk && taken > 0);
    const nextDueAtMs = mayHaveMore ? nowMs : next.rows.find(({ name }) => !full.has(name))?.ready_at;
    const byKey = new Map(ready.map(({ destination }) => [destination.id, destination] as const));
    const read = await readClaims(session, rows, byKey, this.#memory.addressHashes);
    return (batch) => {
      this.#memory.feed.asked(full, nextDueAtMs);
      return { claims: claimsOf(batch, rows, read, nowMs), nextDueAtMs };
    };
  }

  /** What had to arrive by a time that is over. In a transaction of its own. */
  async overdue(session: Session, asked: number, limit: number): Promise<(batch: Batch) => OverdueClaims> {
    const nowMs = Math.round(asked);
    const rows = await claimOverdue(session, limit, { nowMs, life: this.#memory.life.lifeKey });
    const nextAtMs = await nextDeadlineMs(session, nowMs);
    const ids = [...new Set(rows.map((row) => row.destination_id))];
    const found =
      ids.length === 0
        ? []
        : (await session.query<DestinationRow>(BY_KEY, [binaryArray('bigint', ids)])).rows;
    const byKey = new Map(found.map((row) => [row.id, this.#memory.destinations.objectOf(row)] as const));
    const read = await readClaims(session, rows, byKey, this.#memory.addressHashes);
    return (batch) => {
      for (const { before, state, destination_id: id } of rows) {
        if (before === state) continue;
        batch.changes.count({ id }, before, -1);
        batch.changes.count({ id }, state, 1);
      }
      return { claims: claimsOf(batch, rows, read, nowMs), nextAtMs };
    };
  }

  async #ready(
    session: Session,
    { limit, nowMs, withoutBulk = [], few }: ClaimRequest,
    excluded: ReadonlySet<string>,
  ): Promise<readonly Progress[]> {
    if (limit <= 0) return [];
    const fewOf = new Set(few?.destinations);
    const { rows } = await session.query<DestinationRow>(READY, [
      nowMs,
      limit + excluded.size + withoutBulk.length,
    ]);
    return (
      rows
        .filter(({ name }) => !excluded.has(name))
        // Those without bulk, which may have nothing to give, do not take the place of others.
        .slice(0, limit + withoutBulk.length)
        .map((row) => ({
          destination: this.#memory.destinations.objectOf(row),
          taken: 0,
          withoutBulk: withoutBulk.includes(row.name),
          enough: few !== undefined && fewOf.has(row.name) ? few.limit : Infinity,
        }))
    );
  }

  /** The first round gives each its share, the second distributes the rest. */
  async #pick(
    session: Session,
    ready: readonly Progress[],
    request: ClaimRequest,
  ): Promise<readonly ClaimedRow[]> {
    const { limit, limitPerDestination, nowMs } = request;
    const share = Math.min(Math.max(1, Math.floor(limit / Math.max(1, ready.length))), limitPerDestination);
    const picked: ClaimedRow[] = [...(await this.#pickFirsts(session, ready, request))];
    let hungry = ready.filter(({ withoutBulk }) => !withoutBulk);
    const claimFor = { nowMs, life: this.#memory.life.lifeKey };
    picked.push(...(await pickExpired(session, hungry, claimFor, { share, room: limit - picked.length })));
    for (const quota of [share, limitPerDestination]) {
      let room = limit - picked.length;
      const wants = new Map<number, number>();
      for (const { destination, taken, enough } of hungry) {
        const wanted = Math.min(quota - taken, room, enough);
        if (wanted <= 0) continue;
        wants.set(destination.id, wanted);
        room -= wanted;
      }
      if (wants.size === 0) continue;
      const rows = await this.#take(session, wants, nowMs);
      picked.push(...rows);
      for (const progress of hungry) {
        const ofIt = rows.filter((row) => row.destination_id === progress.destination.id).length;
        progress.taken += ofIt;
        progress.enough -= ofIt;
      }
      hungry = hungry.filter(({ taken }) => taken >= quota);
    }
    return picked;
  }

  /** Of the destinations without bulk, which most often have nothing to give. */
  async #pickFirsts(
    session: Session,
    ready: readonly Progress[],
    { limit, limitPerDestination, nowMs }: ClaimRequest,
  ): Promise<readonly ClaimedRow[]> {
    const asked = ready.filter(({ withoutBulk }) => withoutBulk).slice(0, limit);
    if (asked.length === 0) return [];
    const share = Math.min(limitPerDestination, Math.floor(limit / asked.length));
    const left = new Map(
      asked.map(({ destination, enough }) => [destination.id, Math.min(share, enough)] as const),
    );
    const turns = [...left.keys()].map((id) => [id, this.#turns.get(id) ?? 0] as const);
    const accounts = await accountsInTurn(session, turns, nowMs);
    const wants = this.#shares(left, accounts).any;
    const rows = await claimFirst(session, wants, { nowMs, life: this.#memory.life.lifeKey });
    for (const progress of asked)
      progress.taken = rows.filter((row) => row.destination_id === progress.destination.id).length;
    return rows;
  }

  /** `wants`: how many for each destination. */
  async #take(
    session: Session,
    wants: ReadonlyMap<number, number>,
    nowMs: number,
  ): Promise<readonly ClaimedRow[]> {
    const life = this.#memory.life.lifeKey;
    const left = new Map(wants);
    const taken: ClaimedRow[] = [];
    const claimed = (rows: readonly ClaimedRow[]) => {
      taken.push(...rows);
      for (const { destination_id: id } of rows) left.set(id, (left.get(id) ?? 0) - 1);
    };
    const turns = [...wants.keys()].map((id) => [id, this.#turns.get(id) ?? 0] as const);
    const anyOf = () => [...left].map(([destination, limit]): Want => ({ destination, limit }));
    const accounts = await accountsInTurn(session, turns, nowMs);
    const shares = this.#shares(left, accounts);
    const first = await claimFirst(session, shares.firsts, { nowMs, life });
    claimed(first);
    claimed(await claimDue(session, rest(shares, first), { nowMs, life }));
    claimed(await claimDue(session, anyOf(), { nowMs, life }));
    return taken;
  }

  /** Divides the rest for each destination between its accounts, in turn. */
  #shares(left: ReadonlyMap<number, number>, accounts: ReadonlyMap<number, readonly DueAccount[]>): Shares {
    if (this.#turns.size > TURNS_LIMIT) this.#turns.clear();
    const shares = { firsts: [] as Want[], any: [] as Want[] };
    for (const [destination, wanted] of left) {
      const inTurn = accounts.get(destination) ?? [];
      const share = Math.ceil(wanted / Math.max(1, inTurn.length));
      let room = wanted;
      for (const { account, bulk } of inTurn) {
        if (room <= 0) break;
        const limit = Math.min(share, room);
        room -= limit;
        this.#turns.set(destination, account);
        shares.any.push({ destination, account, limit });
        if (!bulk) continue;
        const ofBulk = this.#bulkShares.of(destination, account, limit);
        shares.firsts.push({ destination, account, limit: limit - ofBulk });
      }
    }
    return shares;
  }

  async #raise(session: Session, ids: readonly number[]): Promise<void> {
    if (ids.length === 0) return;
    const { rows } = await session.query<{ id: number }>(LOCK, [ids]);
    if (rows.length > 0) await session.query(RAISE, [rows.map(({ id }) => id)]);
  }
}

interface Shares {
  /** Of what is not bulk. */
  readonly firsts: readonly Want[];
  /** Of all; what was claimed of the firsts counts. */
  readonly any: readonly Want[];
}

function rest({ any }: Shares, first: readonly ClaimedRow[]): readonly Want[] {
  if (first.length === 0) return any;
  return any.map(({ destination, account = 0, limit }) => {
    const taken = first.filter(
      (row) => row.destination_id === destination && row.account_id === account,
    ).length;
    return { destination, account, limit: limit - taken };
  });
}

/** Failing or slow destinations get few claims, minutes apart: expired deliveries must not wait for that. */
async function pickExpired(
  session: Session,
  ready: readonly Progress[],
  claimFor: ClaimFor,
  { share, room }: { readonly share: number; readonly room: number },
): Promise<readonly ClaimedRow[]> {
  const picked: ClaimedRow[] = [];
  for (const [claim, most] of [
    [claimExpiredTried, share],
    [claimExpired, expiredShare(share)],
  ] as const) {
    let left = room - picked.length;
    const wants = ready.map(({ destination, taken }): Want => {
      const limit = Math.max(0, Math.min(most, share - taken, left));
      left -= limit;
      return { destination: destination.id, limit };
    });
    const rows = await claim(session, wants, claimFor);
    picked.push(...rows.map((row) => ({ ...row, ended: true })));
    for (const progress of ready)
      progress.taken += rows.filter((row) => row.destination_id === progress.destination.id).length;
  }
  return picked;
}
