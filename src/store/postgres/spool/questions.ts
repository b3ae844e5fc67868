/**
 * The queries of a transaction's operations, sent together: each operation adds its questions, then one statement of each
 * kind is sent. Rows of credentials, marks and settled deliveries are locked until the commit.
 */
import type { MessageInsert } from '../../sql/spool/message-columns.ts';
import { RESTRICTING_ROWS } from '../../sql/statistics/restriction-rows.ts';
import type { RestrictionRow } from '../../sql/statistics/restriction-states.ts';
import { binaryArray } from '../engine/binary-array.ts';
import type { Session } from '../engine/session.ts';
import type { Destination, Destinations } from './destinations.ts';
import { dueOf } from './due-rows.ts';
import { settledBefore, settleRows, type SettleRow, type SettledRow } from './settle-rows.ts';

const ACCOUNTS = 'SELECT id, public_id FROM account WHERE public_id = ANY($1::text[])';
const CREDENTIALS = `SELECT id, public_id, version, revoked_at, expires_at FROM credential
  WHERE public_id = ANY($1::text[]) ORDER BY id FOR SHARE`;
const SUPPRESSIONS = `SELECT s.account_id, s.address, s.scope, s.reason, s.expires_at
  FROM unnest($1::text[], $2::text[]) AS v (account, address) JOIN account a ON a.public_id = v.account
  JOIN suppression s ON s.account_id = a.id AND s.address = v.address`;
const MARKS = `SELECT c.public_id AS credential, i.key, i.body_hash, i.result, i.created_at
  FROM unnest($1::text[], $2::text[]) AS v (credential, key) JOIN credential c ON c.public_id = v.credential
  JOIN idempotency i ON i.credential_id = c.id AND i.key = v.key`;
const MESSAGE_KEYS = "SELECT nextval('message_key') AS first FROM generate_series(1, $1::bigint)";
const EVENT_IDS = "SELECT nextval('event_order') AS id FROM generate_series(1, $1::bigint)";
const RUNS = `SELECT s.account_id, s.address, s.messages, s.first_at, s.last_at, s.arrivals
  FROM unnest($1::bigint[], $2::text[]) AS v (account, address)
  JOIN soft_bounce s ON s.account_id = v.account AND s.address = v.address`;
const WAITING = `SELECT v.destination, a.public_id AS account FROM unnest($1::bigint[], $2::text[]) AS v (destination, account)
  JOIN account a ON a.public_id = v.account WHERE (${dueOf('id', 'a.id', '$3')} LIMIT 1) IS NOT NULL`;
const STORED = `SELECT m.id, m.public_id, (SELECT string_agg(d.recipient, E'\\n' ORDER BY d.id) FROM delivery d
  WHERE d.id BETWEEN m.id * 16384 AND m.id * 16384 + 16383 AND d.state = 'suppressed') AS suppressed
  FROM message m WHERE m.public_id = ANY($1::text[])`;

/** Keys of messages that one number of the sequence reserves. */
export const MESSAGE_KEYS_A_BLOCK = 1_000;

export interface CredentialRow {
  readonly id: number;
  readonly public_id: string;
  readonly version: number;
  readonly revoked_at: number | null;
  readonly expires_at: number | null;
}

export interface SuppressionRow {
  readonly account_id: number;
  readonly address: string;
  readonly scope: string;
  readonly reason: string;
  readonly expires_at: number | null;
}

export interface MarkRow {
  readonly credential: string;
  readonly key: string;
  readonly body_hash: Uint8Array<ArrayBuffer> | null;
  readonly result: string;
  readonly created_at: number;
}

export interface RunRow {
  readonly account_id: number;
  readonly address: string;
  readonly messages: number;
  readonly first_at: number;
  readonly last_at: number;
  readonly arrivals: number;
}

/** A message that is there already. */
export interface StoredRow {
  readonly id: MessageInsert['key'];
  readonly public_id: string;
  /** Recipients, one in a line. */
  readonly suppressed: string | null;
}

export interface Answers {
  readonly accounts: readonly { readonly id: number; readonly public_id: string }[];
  readonly credentials: readonly CredentialRow[];
  readonly suppressions: readonly SuppressionRow[];
  readonly restrictions: readonly RestrictionRow[];
  readonly marks: readonly MarkRow[];
  readonly messageBlocks: readonly { readonly first: number }[];
  readonly eventIds: readonly { readonly id: number }[];
  readonly runs: readonly RunRow[];
  readonly waiting: readonly { readonly destination: number; readonly account: string }[];
  readonly stored: readonly StoredRow[];
  readonly settled: readonly SettledRow[];
  /** Settlements that an earlier commit wrote. */
  readonly settledBefore: readonly SettledRow[];
  readonly destinations: ReadonlyMap<string, Destination>;
}

/** Pairs of texts, each once. */
class Pairs {
  readonly #pairs = new Map<string, readonly [string | number, string]>();

  add(one: string | number, other: string): void {
    this.#pairs.set(`${one} ${other}`, [one, other]);
  }

  get columns(): readonly [readonly (string | number)[], readonly string[]] {
    const pairs = [...this.#pairs.values()];
    return [pairs.map(([one]) => one), pairs.map(([, other]) => other)];
  }
}

export class Questions {
  readonly accounts = new Set<string>();
  readonly credentials = new Set<string>();
  /** Account and address. */
  readonly addresses = new Pairs();
  /** Credential and key. */
  readonly marks = new Pairs();
  /** Account key and address. */
  readonly runs = new Pairs();
  /** Destination and account: whether a due delivery waits there. */
  readonly waiting = new Pairs();
  readonly destinations = new Set<string>();
  readonly stored = new Set<string>();
  readonly settlements: SettleRow[] = [];
  /** Look for settlements of an earlier commit whose answer was lost. */
  maySettled = false;
  restrictions = false;
  messageKeys = 0;
  eventIds = 0;
  nowMs = 0;

  async ask(session: Session, destinations: Destinations, life: number, keysLeft: number): Promise<Answers> {
    const all = async <Row>(wanted: boolean, text: string, values: () => readonly unknown[]) =>
      wanted ? (await session.query<Row>(text, values())).rows : [];
    const texts = (set: ReadonlySet<string>) => binaryArray('text', [...set]);
    const pairs = (type: 'text' | 'bigint', of: Pairs) => {
      const [ones, others] = of.columns;
      return [binaryArray(type, ones), binaryArray('text', others)] as const;
    };
    const some = (of: Pairs) => of.columns[0].length > 0;
    const blocks = Math.ceil((this.messageKeys - keysLeft) / MESSAGE_KEYS_A_BLOCK);
    const [accounts, credentials, ...rest] = await inOrder([
      all<Answers['accounts'][number]>(this.accounts.size > 0, ACCOUNTS, () => [texts(this.accounts)]),
      all<CredentialRow>(this.credentials.size > 0, CREDENTIALS, () => [texts(this.credentials)]),
      all<SuppressionRow>(some(this.addresses), SUPPRESSIONS, () => pairs('text', this.addresses)),
      all<RestrictionRow>(this.restrictions, RESTRICTING_ROWS, () => []),
      all<MarkRow>(some(this.marks), MARKS, () => pairs('text', this.marks)),
      all<{ first: number }>(blocks > 0, MESSAGE_KEYS, () => [blocks]),
      all<{ id: number }>(this.eventIds > 0, EVENT_IDS, () => [this.eventIds]),
      all<RunRow>(some(this.runs), RUNS, () => pairs('bigint', this.runs)),
      all<Answers['waiting'][number]>(some(this.waiting), WAITING, () => [
        ...pairs('bigint', this.waiting),
        this.nowMs,
      ]),
      all<StoredRow>(this.stored.size > 0, STORED, () => [texts(this.stored)]),
      this.maySettled ? settledBefore(session, this.settlements) : [],
      settleRows(session, this.settlements, life),
      destinations.readOrAdd(session, [...this.destinations].sort()),
    ]);
    const [
      suppressions,
      restrictions,
      marks,
      messageBlocks,
      eventIds,
      runs,
      waiting,
      stored,
      before,
      settled,
      found,
    ] = rest;
    return {
      accounts,
      credentials,
      suppressions,
      restrictions,
      marks,
      messageBlocks,
      eventIds,
      runs,
      waiting,
      stored,
      settled,
      settledBefore: before,
      destinations: found,
    };
  }
}

/** All of them, or the first failure, once none is in progress. */
export async function inOrder<const T extends readonly unknown[]>(
  promises: T,
): Promise<{ -readonly [I in keyof T]: Awaited<T[I]> }> {
  const settled = await Promise.allSettled(promises);
  for (const one of settled) if (one.status === 'rejected') throw one.reason;
  return settled.map((one) => (one as PromiseFulfilledResult<unknown>).value) as never;
}
