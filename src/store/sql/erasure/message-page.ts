/** Messages of an account in the order of their acceptance, as many as one step takes, with what of their rows may mention an address. */
import type { AddressMentions } from '../../../smtp/address-mentions.ts';
import { MENTION_OVERLAP_OCTETS } from '../../../smtp/address-mentions.ts';
import { chunkRange, DELIVERIES_PER_MESSAGE, messageKeyOf } from '../../flow/keys.ts';
import type { Dialect } from '../dialect.ts';
import { statement } from '../statement.ts';
import { all, type Steps } from '../steps.ts';
import { headerAddresses } from './header-addresses.ts';
import { mayMention, mayMentionValue, type ErasedParty, type Place } from './room.ts';

export interface PagedMessage {
  readonly id: number;
  /** Of the column that orders messages. */
  readonly place: number | string;
  readonly via: string;
  readonly reverse_path: string;
  readonly header_from: string;
  readonly subject: string | null;
  readonly message_id_field: string;
  readonly envelope_id: string | null;
  readonly dsn_to: string | null;
  readonly tags: string | null;
  readonly metadata: string | null;
  readonly added_fields: string | null;
  readonly public_id: string;
  readonly settled_at: number | null;
  readonly content_gone: number;
  readonly chunk_count: number;
  readonly size: number;
  readonly recipients: number;
}

export interface PagedDelivery {
  readonly id: number;
  readonly recipient: string;
  readonly original_recipient: string | null;
  readonly settled_at: number | null;
}

export interface PagedAttempt {
  readonly delivery_id: number;
  readonly fence: number;
  readonly number: number;
  readonly text: string;
}

const MESSAGES_A_STEP = 100;
/** Of one step, unless one message has more. */
const RECIPIENTS_A_STEP = 1_000;
const OCTETS_A_STEP = 4 * 1024 * 1024;
/** 4 MiB. */
const CHUNKS_AT_ONCE = 16;

const COLUMNS = `id, public_id, via, reverse_path, header_from, subject, message_id_field, envelope_id, dsn_to, tags, metadata,
  added_fields, settled_at, content_gone, chunk_count, size, recipients`;
const page = (after: string) => (dialect: Dialect) =>
  `SELECT ${COLUMNS}, ${dialect.messageOrder} AS place FROM message
   WHERE account_id = :account${after === '' ? '' : ` AND ${dialect.messageOrder} > ${after}`}
   ORDER BY ${dialect.messageOrder} LIMIT :limit`;
const FIRST = statement<{ account: number; limit: number }, PagedMessage>(page(''));
const NEXT = statement<{ account: number; limit: number; after: string | number }, PagedMessage>(
  page(':after'),
);
const BY_ID = statement<{ messages: string; account: number }, PagedMessage>(
  (dialect) => `SELECT ${COLUMNS}, ${dialect.messageOrder} AS place FROM message
   WHERE id IN (SELECT value FROM ${dialect.integersOf(':messages', 'w')}) AND account_id = :account ORDER BY id`,
);

const OF_MESSAGES = `BETWEEN m.value * ${DELIVERIES_PER_MESSAGE}
  AND m.value * ${DELIVERIES_PER_MESSAGE} + ${DELIVERIES_PER_MESSAGE - 1}`;
type Searched = { readonly messages: string; readonly needle: string };
const DELIVERIES = statement<Searched & { readonly pseudonym: string }, PagedDelivery>(
  (dialect) => `SELECT d.id, d.recipient, d.original_recipient, d.settled_at
   FROM ${dialect.integersOf(':messages', 'm')} CROSS JOIN delivery d WHERE d.id ${OF_MESSAGES}
   AND (d.recipient = :pseudonym OR ${mayMention('d.recipient', dialect)} OR ${mayMention('d.original_recipient', dialect)})`,
);
const ATTEMPTS = statement<Searched, PagedAttempt>(
  (dialect) => `SELECT a.delivery_id, a.fence, a.number, a.text
   FROM ${dialect.integersOf(':messages', 'm')} CROSS JOIN attempt a
   WHERE a.delivery_id ${OF_MESSAGES} AND ${mayMention('a.text', dialect)}`,
);
const CONTENTS = statement<{ messages: string; word: string }, { id: number; data: Uint8Array }>(
  ({ integersOf, octetsHave }) => `SELECT c.id, c.data
   FROM ${integersOf(':messages', 'm')} CROSS JOIN content_chunk c WHERE c.id ${OF_MESSAGES}
   AND ${octetsHave('c.data', ':word')}`,
);
const CHUNKS = statement<{ first: number; last: number; limit: number }, { id: number; data: Uint8Array }>(
  'SELECT id, data FROM content_chunk WHERE id >= :first AND id <= :last ORDER BY id LIMIT :limit',
);

/** `more`: there may be others after the last one. */
export function* pageOfMessages(
  account: number,
  after: Place | undefined,
): Steps<{ readonly messages: readonly PagedMessage[]; readonly more: boolean }> {
  const [place] = after ?? [];
  const limit = MESSAGES_A_STEP;
  const rows =
    place === undefined || place === null
      ? yield* all(FIRST, { account, limit })
      : yield* all(NEXT, { account, limit, after: place });
  let [recipients, octets, count] = [0, 0, 0];
  for (const row of rows) {
    recipients += row.recipients;
    octets += row.content_gone === 0 ? row.size : 0;
    if (count > 0 && (recipients > RECIPIENTS_A_STEP || octets > OCTETS_A_STEP)) break;
    count++;
  }
  return { messages: rows.slice(0, count), more: count < rows.length || rows.length === limit };
}

export function* messagesByKey(account: number, keys: readonly number[]): Steps<readonly PagedMessage[]> {
  return yield* all(BY_ID, { account, messages: JSON.stringify(keys) });
}

/** Those that may mention the address, or have the pseudonym already. */
export function* deliveriesOf(
  messages: readonly PagedMessage[],
  { mentions, pseudonym }: Pick<ErasedParty, 'mentions' | 'pseudonym'>,
): Steps<{ readonly deliveries: readonly PagedDelivery[]; readonly attempts: readonly PagedAttempt[] }> {
  if (messages.length === 0) return { deliveries: [], attempts: [] };
  const values = { messages: keysOf(messages), needle: mayMentionValue(mentions) };
  return {
    deliveries: yield* all(DELIVERIES, { ...values, pseudonym }),
    attempts: yield* all(ATTEMPTS, values),
  };
}

/**
 * The keys of those whose content mentions the address, as far as it is text. `partiesOf`: the addresses that are known of a message,
 * beside those of its header section.
 */
export function* mentionedIn(
  messages: readonly PagedMessage[],
  mentions: AddressMentions,
  partiesOf: (message: number) => readonly string[],
): Steps<ReadonlySet<number>> {
  const kept = messages.filter(({ content_gone: gone }) => gone === 0);
  const whole = kept.filter(({ chunk_count: chunks }) => chunks <= 1);
  const found = new Set<number>();
  if (whole.length > 0) {
    const rows = yield* all(CONTENTS, { messages: keysOf(whole), word: mentions.needle });
    for (const { id, data } of rows) {
      const key = messageKeyOf(id);
      const inContent = () => mentions.besides([...partiesOf(key), ...headerAddresses(data)]);
      if (mentions.isInOctets(data) && inContent().isInOctets(data)) found.add(key);
    }
  }
  for (const { id, chunk_count: chunks } of kept)
    if (chunks > 1 && (yield* isInChunks(id, mentions, partiesOf(id)))) found.add(id);
  return found;
}

function* isInChunks(message: number, mentions: AddressMentions, parties: readonly string[]): Steps<boolean> {
  const [start, last] = chunkRange(message);
  let before = Buffer.alloc(0);
  let inContent: AddressMentions | undefined;
  for (let first = start; ;) {
    const rows = yield* all(CHUNKS, { first, last, limit: CHUNKS_AT_ONCE });
    for (const { data } of rows) {
      inContent ??= mentions.besides([...parties, ...headerAddresses(data)]);
      const joined = Buffer.concat([before, data]);
      if (inContent.isInOctets(joined)) return true;
      before = joined.subarray(-MENTION_OVERLAP_OCTETS);
    }
    const end = rows.at(-1);
    if (rows.length < CHUNKS_AT_ONCE || end === undefined) return false;
    first = end.id + 1;
  }
}

function keysOf(messages: readonly PagedMessage[]): string {
  return JSON.stringify(messages.map(({ id }) => id));
}
