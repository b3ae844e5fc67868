/**
 * Lists of messages, newest first, of all accounts or of one, page by page. A page costs a bounded number of rows, whatever
 * the filter: it examines a range of messages, may find none, and returns where to continue.
 */
import { isFinal } from '../../../policy/delivery-state.ts';
import { DELIVERIES_PER_MESSAGE } from '../../flow/keys.ts';
import type { MessageFilter, MessagePage } from '../../queue-admin.ts';
import type { MessageView } from '../../views.ts';
import type { Dialect } from '../dialect.ts';
import { filtered, given, textOf, type Conditions } from '../filters.ts';
import { all, one, type Steps } from '../steps.ts';
import { selectMessage, type MessageRow } from './message-rows.ts';
import { messageViews } from './message-views.ts';
import { isRecipient, recipientValues } from './recipients.ts';

/** Messages that one read may examine. */
export const MESSAGES_LOOKED_AT = 2_000;
/** Deliveries that it may compare, about 5 ms; the message that exceeds this is still examined. */
export const DELIVERIES_LOOKED_AT = 50_000;
/** A page ends early when its messages have this many recipients. */
const DELIVERIES_SHOWN = 2_000;

/** Conditions on one and the same delivery. */
const OF_DELIVERY: Conditions = {
  state: 'd.state = :state',
  destination: 'd.destination_id = (SELECT id FROM destination WHERE name = :destination)',
  recipient: ({ isAddress }) => isAddress('d.recipient'),
};

const OF_ACCOUNT = '(SELECT id FROM account WHERE public_id = :account)';

const CONDITIONS: Conditions = {
  account: `m.account_id = ${OF_ACCOUNT}`,
  // In the order of ids, when the account's own index would require a sort.
  listed: 'a.public_id = :listed',
  before: 'm.public_id < :before',
  below: ({ messageOrder, messagePlace }) => `m.${messageOrder} < ${messagePlace(':below')}`,
  lowest: ({ messageOrder, messagePlace }) => `m.${messageOrder} >= ${messagePlace(':lowest')}`,
  stream: 'm.stream = :stream',
  tag: ({ hasElement }) => hasElement('m.tags', ':tag'),
  credential: 'm.credential_id = (SELECT id FROM credential WHERE public_id = :credential)',
  // There are few open messages compared with settled ones, and they have an index of their own.
  open: 'm.settled_at IS NULL',
  any: '1 = 1',
};

const LIST = filtered<MessageRow>(
  withDeliveries,
  (where) => `${selectMessage()} WHERE ${where} ORDER BY m.public_id DESC LIMIT :limit`,
);
const PAGE = filtered<MessageRow>(withDeliveries, (where, { indexedBy, messageOrder }) => {
  const select = selectMessage(indexedBy('message_account'));
  return `${select} WHERE ${where} ORDER BY m.${messageOrder} DESC LIMIT :limit`;
});

/** Through the account's own index, newest first, within the bounds of one read. */
const STRETCH = filtered<{ public_id: string }>(
  CONDITIONS,
  (where, { indexedBy, messageOrder }) => `SELECT public_id FROM message m ${indexedBy('message_account')}
   WHERE ${where} ORDER BY m.${messageOrder} DESC LIMIT 1 OFFSET ${MESSAGES_LOOKED_AT - 1}`,
);
const STRETCH_BY_DELIVERIES = filtered<{ public_id: string }>(
  CONDITIONS,
  (where, { indexedBy, messageOrder }) => `SELECT public_id FROM (
     SELECT public_id, sum(recipients) OVER (ORDER BY place DESC) AS looked_at FROM (
       SELECT m.${messageOrder} AS place, m.public_id, m.recipients FROM message m ${indexedBy('message_account')}
       WHERE ${where} ORDER BY m.${messageOrder} DESC LIMIT ${MESSAGES_LOOKED_AT}) looked) summed
   WHERE looked_at >= ${DELIVERIES_LOOKED_AT} LIMIT 1`,
);

/** Without attempt history, over all accounts: the caller bounds it. */
export function* listMessages(filter: MessageFilter): Steps<readonly MessageView[]> {
  const found: MessageView[] = [];
  let { before } = filter;
  for (;;) {
    const values = { ...valuesOf(filter), listed: filter.accountId, before };
    const limit = filter.limit - found.length;
    const rows = yield* all(LIST(namesOf(values, filter)), { ...values, limit });
    found.push(...(yield* messageViews(rows)).filter((view) => isMeant(view, filter)));
    if (rows.length < limit || found.length >= filter.limit) return found;
    before = rows.at(-1)?.public_id;
  }
}

export function* pageOfMessages(filter: MessageFilter & { readonly accountId: string }): Steps<MessagePage> {
  const { accountId: account, before: below, limit } = filter;
  const place = { account, below };
  const ofDeliveries = asksDeliveries(filter)
    ? yield* one(STRETCH_BY_DELIVERIES(given(place)), place)
    : undefined;
  const lowest = (ofDeliveries ?? (yield* one(STRETCH(given(place)), place)))?.public_id;
  const values = { ...valuesOf(filter), ...place, lowest };
  const rows = yield* all(PAGE(namesOf(values, filter)), { ...values, limit });
  const shown = upToDeliveries(rows);
  const messages = (yield* messageViews(shown)).filter((view) => isMeant(view, filter));
  const full = shown.length < rows.length || rows.length === limit;
  return { messages, next: full ? shown.at(-1)?.public_id : lowest };
}

function upToDeliveries(rows: readonly MessageRow[]): readonly MessageRow[] {
  let deliveries = 0;
  const end = rows.findIndex((row, index) => {
    if (index > 0 && deliveries >= DELIVERIES_SHOWN) return true;
    deliveries += row.recipients;
    return false;
  });
  return end === -1 ? rows : rows.slice(0, end);
}

function valuesOf({ stream, tag, credential, state, destination, recipient }: MessageFilter) {
  return { stream, tag, credential, state, destination, ...recipientValues(recipient) };
}

/** Names of the conditions of a filter. */
function namesOf(values: Readonly<Record<string, unknown>>, { state }: MessageFilter): string[] {
  const names = given(values);
  const plain = names.filter((name) => name in CONDITIONS);
  const ofDelivery = Object.keys(OF_DELIVERY).filter((name) => names.includes(name));
  if (ofDelivery.length > 0) plain.push(ofDelivery.join('+'));
  if (state !== undefined && !isFinal(state)) plain.push('open');
  return plain.length === 0 ? ['any'] : plain;
}

/** A name of the table above, or names of conditions on one delivery joined by plus signs. */
function withDeliveries(name: string, dialect: Dialect): string {
  const own = CONDITIONS[name];
  if (own !== undefined) return textOf(own, dialect);
  const conditions = name.split('+').map((part) => textOf(OF_DELIVERY[part] ?? '', dialect));
  return `EXISTS (SELECT 1 FROM delivery d WHERE d.id BETWEEN m.id * ${DELIVERIES_PER_MESSAGE}
    AND (m.id + 1) * ${DELIVERIES_PER_MESSAGE} - 1 AND ${conditions.join(' AND ')})`;
}

/** The rows of a statement may include other recipients than the one meant. */
function isMeant({ deliveries }: MessageView, { state, destination, recipient }: MessageFilter): boolean {
  if (recipient === undefined) return true;
  return deliveries.some(
    (one) =>
      isRecipient(one.recipient, recipient) &&
      (state === undefined || one.state === state) &&
      (destination === undefined || one.destination === destination),
  );
}

function asksDeliveries({ state, recipient, destination }: MessageFilter): boolean {
  return state !== undefined || recipient !== undefined || destination !== undefined;
}
