/**
 * The pending writes of a transaction: rows are collected while its operations run in memory, and become one statement for
 * each table, whatever the number of operations. Sent together, followed by the COMMIT.
 */
import { DELIVERY_STATES, type DeliveryState } from '../../../policy/delivery-state.ts';
import type { AttemptRecord } from '../../delivery-records.ts';
import type { DeliveryEvent } from '../../flow/subject.ts';
import type { Columns } from '../../sql/columns.ts';
import { deliveryColumns, type DeliveryInsert } from '../../sql/spool/delivery-columns.ts';
import { ATTEMPT_COLUMNS } from '../../sql/spool/attempt-columns.ts';
import { MESSAGE_COLUMNS, type MessageInsert } from '../../sql/spool/message-columns.ts';
import { binaryArray } from '../engine/binary-array.ts';
import { bigints, RowInsert, type Bound } from '../engine/row-insert.ts';
import type { Steps } from '../../sql/steps.ts';
import { CountedStorage } from './counted-storage.ts';
import { CountedUses } from './counted-uses.ts';
import { TransactionCounts } from '../statistics/transaction-counts.ts';
import { changeDestinations, holdStill, type Destination, type DestinationChange } from './destinations.ts';

interface Attempt {
  readonly key: number;
  readonly fence: number;
  readonly number: number;
  readonly attempt: AttemptRecord;
}

interface Numbered extends DeliveryEvent {
  /** Its position among events without a number, reserved before. */
  readonly id: number;
}

const PENDING: Columns<DeliveryEvent> = {
  type: ({ type }) => type,
  at: ({ atMs }) => Math.round(atMs),
  account_id: ({ subject }) => subject.accountKey,
  message_id: ({ subject }) => subject.messageId,
  recipient_number: ({ number }) => number,
  recipient: ({ recipient }) => recipient,
  stream: ({ subject }) => subject.stream,
  tags: ({ subject }) => subject.tags,
  metadata: ({ subject }) => subject.metadata,
  data: ({ data }) => data && JSON.stringify(data),
};
const EVENT_TYPES = bigints('id', 'at', 'account_id', 'recipient_number');
const MESSAGES = new RowInsert<MessageInsert>('message', MESSAGE_COLUMNS, {
  ...bigints(
    'id',
    'account_id',
    'credential_id',
    'smtp_utf8',
    'require_tls',
    'send_dsn',
    'header_size',
    'size',
  ),
  ...bigints(
    'accepted_at',
    'send_at',
    'expires_at',
    'recipients',
    'unsettled',
    'settled_at',
    'chunk_count',
    'priority',
    'deliver_by',
    'one_click',
  ),
  body_hash: 'bytea',
});
const CHUNKS = new RowInsert<{ readonly key: number; readonly bytes: Uint8Array }>(
  'content_chunk',
  { id: ({ key }) => key, data: ({ bytes }) => bytes },
  { id: 'bigint', data: 'bytea' },
  'ON CONFLICT (id) DO NOTHING',
);
const DELIVERIES = new RowInsert<DeliveryInsert>(
  'delivery',
  deliveryColumns('claim_life'),
  bigints(
    'id',
    'destination_id',
    'account_id',
    'due_at',
    'claim_life',
    'fence',
    'settled_at',
    'expires_at',
    'bulk',
  ),
);
const EVENTS = new RowInsert<DeliveryEvent>('event_pending', PENDING, EVENT_TYPES);
const NUMBERED_EVENTS = new RowInsert<Numbered>(
  'event_pending',
  { id: ({ id }) => id, ...PENDING },
  EVENT_TYPES,
);
const ATTEMPTS = new RowInsert<Attempt>(
  'attempt',
  {
    delivery_id: ({ key }) => key,
    fence: ({ fence }) => fence,
    number: ({ number }) => number,
    ...ATTEMPT_COLUMNS,
  },
  bigints('delivery_id', 'fence', 'number', 'at', 'reply_code', 'duration_ms'),
);
const USAGE = new RowInsert<{
  readonly credential: number;
  readonly day: number;
  readonly recipients: number;
}>(
  'credential_usage',
  {
    day: ({ day }) => day,
    credential_id: ({ credential }) => credential,
    recipients: ({ recipients }) => recipients,
  },
  bigints('day', 'credential_id', 'recipients'),
  `ON CONFLICT (day, credential_id) DO UPDATE SET recipients = credential_usage.recipients + excluded.recipients`,
);
const COUNTS = new RowInsert<{
  readonly id: number;
  readonly node: number;
  readonly changes: readonly number[];
}>(
  'destination_count',
  {
    destination_id: ({ id }) => id,
    node_id: ({ node }) => node,
    ...Object.fromEntries(
      DELIVERY_STATES.map((state, index) => [
        state,
        ({ changes }: { readonly changes: readonly number[] }) => changes[index],
      ]),
    ),
  },
  bigints('destination_id', 'node_id', ...DELIVERY_STATES),
  `ON CONFLICT (destination_id, node_id) DO UPDATE SET
   ${DELIVERY_STATES.map((state) => `${state} = destination_count.${state} + excluded.${state}`).join(', ')}`,
);
const FINISHED = `UPDATE message m SET unsettled = m.unsettled - v.count,
  settled_at = CASE WHEN m.unsettled = v.count THEN v.at END
  FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS v (id, count, at) WHERE m.id = v.id`;

/** A change of a row that other nodes change too: an address of an account, an idempotency key of a credential. */
interface Ordered<T> {
  readonly of: number;
  readonly name: string;
  readonly change: T;
}

/** Changes nothing, but makes the commit one that standbys must have; of the node's own row, which no other node locks. */
const CONFIRM = 'UPDATE node SET created_at = created_at WHERE id = $1';

export class Changes {
  readonly messages: MessageInsert[] = [];
  readonly chunks: { key: number; bytes: Uint8Array }[] = [];
  readonly deliveries: DeliveryInsert[] = [];
  readonly attempts: Attempt[] = [];
  /** By the message's key. */
  readonly finished = new Map<number, { count: number; atMs: number }>();
  /** Writes besides the collected ones. */
  readonly others: Bound[] = [];
  readonly marks: Ordered<Bound>[] = [];
  /** Runs of soft bounces. */
  readonly runs: Ordered<Bound>[] = [];
  /** Verbs of shared roles that change suppressions. */
  readonly suppressions: Ordered<() => Steps<unknown>>[] = [];
  /**
   * The operation acknowledges something that was found in this transaction and not written. A commit without writes waits
   * for no standby, and the commit that wrote it may have been cut off while it waited for one.
   */
  confirms = false;
  readonly tallies = new TransactionCounts();
  /** Use of holders with limits of an hour or a day. */
  readonly counted = new CountedUses();
  /** Of accounts with a limit of storage. */
  readonly storage = new CountedStorage();
  readonly #events: DeliveryEvent[] = [];
  readonly #numbered: Numbered[] = [];
  readonly #usage = new Map<string, { credential: number; day: number; recipients: number }>();
  readonly #counts = new Map<number, number[]>();
  readonly #destinations = new Map<number, DestinationChange>();

  /** Stored and counted. `id`: its position, when something refers to it. */
  event(event: DeliveryEvent, id?: number): void {
    const { type, atMs, data, counted, subject, destination, deferred = true } = event;
    if (counted !== undefined) {
      const { domain, credential, startedAtMs } = counted;
      const { accountKey, stream, tags } = subject;
      const source = { accountKey, domain, stream, tags, credential };
      this.tallies.countEvent(source, destination, { type, atMs, data, since: { startedAtMs, deferred } });
    }
    if (id === undefined) this.#events.push(event);
    else this.#numbered.push({ ...event, id });
  }

  use(credential: number, day: number, recipients: number): void {
    const key = `${day} ${credential}`;
    const entry = this.#usage.get(key);
    if (entry === undefined) this.#usage.set(key, { credential, day, recipients });
    else entry.recipients += recipients;
  }

  /** Adds `change` deliveries in `state`. */
  count({ id }: Pick<Destination, 'id'>, state: DeliveryState, change: number): void {
    let changes = this.#counts.get(id);
    if (changes === undefined) this.#counts.set(id, (changes = DELIVERY_STATES.map(() => 0)));
    const index = DELIVERY_STATES.indexOf(state);
    changes[index] = (changes[index] ?? 0) + change;
  }

  /** A delivery of the destination is due then. */
  due(destination: Pick<Destination, 'id'>, dueAtMs: number): void {
    const change = this.#changeOf(destination);
    change.dueAtMs = Math.min(dueAtMs, change.dueAtMs ?? dueAtMs);
  }

  /** Its unknown addresses are not suppressed until then. */
  withhold(destination: Pick<Destination, 'id'>, untilMs: number): void {
    const change = this.#changeOf(destination);
    change.withholdsUntilMs = Math.max(untilMs, change.withholdsUntilMs ?? untilMs);
  }

  #changeOf({ id }: Pick<Destination, 'id'>): DestinationChange {
    let change = this.#destinations.get(id);
    if (change === undefined) this.#destinations.set(id, (change = { id }));
    return change;
  }

  /** Writes whose results are not needed; sent before {@link statements}. */
  steps(): readonly (() => Steps<unknown>)[] {
    return inOrder(this.suppressions);
  }

  /**
   * Locks that other nodes wait for are taken last, table by table, in the order of keys. A destination is locked before it
   * is counted in, as when destinations are removed.
   */
  statements(node: number): readonly Bound[] {
    const destinations = [...this.#destinations.values()].sort((a, b) => a.id - b.id);
    const usage = [...this.#usage.values()].sort((a, b) => a.day - b.day || a.credential - b.credential);
    const counts = [...this.#counts]
      .map(([id, changes]) => ({ id, node, changes }))
      .sort((a, b) => a.id - b.id);
    return [
      ...insert(MESSAGES, this.messages),
      ...insert(CHUNKS, this.chunks),
      ...insert(DELIVERIES, this.deliveries),
      ...insert(ATTEMPTS, this.attempts),
      ...insert(NUMBERED_EVENTS, this.#numbered),
      ...insert(EVENTS, this.#events),
      ...this.others,
      ...inOrder(this.marks),
      ...inOrder(this.runs),
      ...this.#finishedMessages(),
      ...this.storage.statements(),
      ...holdStill(destinations),
      ...insert(COUNTS, counts),
      ...insert(USAGE, usage),
      ...this.counted.statements(),
      ...changeDestinations(destinations),
      ...(this.confirms ? [{ text: CONFIRM, values: [node] }] : []),
    ];
  }

  #finishedMessages(): readonly Bound[] {
    if (this.finished.size === 0) return [];
    const rows = [...this.finished].sort(([one], [other]) => one - other);
    const column = (of: (row: (typeof rows)[number]) => number) => binaryArray('bigint', rows.map(of));
    const values = [
      column(([key]) => key),
      column(([, { count }]) => count),
      column(([, { atMs }]) => Math.round(atMs)),
    ];
    return [{ text: FINISHED, values }];
  }
}

/** Changes of one row stay in their order. */
function inOrder<T>(all: readonly Ordered<T>[]): readonly T[] {
  const byName = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  return [...all].sort((a, b) => a.of - b.of || byName(a.name, b.name)).map(({ change }) => change);
}

function insert<T>(into: RowInsert<T>, rows: readonly T[]): readonly Bound[] {
  return rows.length === 0 ? [] : [into.of(rows)];
}
