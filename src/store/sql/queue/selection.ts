/**
 * The conditions of a selection of deliveries, for statements with the message `m` and the delivery `d`. SQL compares what every
 * engine compares alike; what it finds may be more than is meant, and isSelected has the last word.
 */
import { normalizeDomain } from '../../../smtp/address.ts';
import { DELIVERIES_PER_MESSAGE } from '../../flow/keys.ts';
import { parseDeliveryId } from '../../public-ids.ts';
import type { DeliverySelection } from '../../queue-admin.ts';
import type { Dialect } from '../dialect.ts';
import { given, type Conditions } from '../filters.ts';
import type { Value } from '../statement.ts';
import { isRecipient, recipientValues } from './recipients.ts';

const ANY_AT = '*@';

const KEY_OF_DESTINATION = '(SELECT id FROM destination WHERE name = :destination)';

export const SELECTED: Conditions = {
  message: 'm.public_id = :message',
  number: `d.id = m.id * ${DELIVERIES_PER_MESSAGE} + :number`,
  account: 'm.account_id = (SELECT id FROM account WHERE public_id = :account)',
  stream: 'm.stream = :stream',
  before: 'm.accepted_at <= :before',
  since: 'm.accepted_at >= :since',
  sender: (dialect) => `(${maySend('m.reverse_path', dialect)} OR ${maySend('m.header_from', dialect)})`,
  subject: ({ folded }) => `${folded("coalesce(m.subject, '')")} LIKE :subject ESCAPE '!'`,
  state: 'd.state = :state',
  except: 'd.state <> :except',
  destination: `d.destination_id = ${KEY_OF_DESTINATION}`,
  recipient: ({ isAddress }) => isAddress('d.recipient'),
};

/** The values of the conditions; those that are `undefined` are not asked. */
export function selectedValues(selection: DeliverySelection): Readonly<Record<string, Value>> {
  const { accountId, id, stream, sender, recipient, subject, state } = selection;
  const delivery = id === undefined ? undefined : parseDeliveryId(id);
  const isAny = recipient?.startsWith(ANY_AT) === true;
  // A delivery queues at its recipient's domain.
  const domain = recipient && normalizeDomain(recipient.slice(recipient.lastIndexOf('@') + 1));
  return {
    message: delivery?.messageId ?? id,
    number: delivery?.number,
    account: accountId,
    stream,
    before: selection.acceptedBeforeMs,
    since: selection.acceptedAfterMs,
    sender: sender && patternOf(sender, sender.startsWith(ANY_AT)),
    subject: subject && `%${patternOf(foldedText(subject), false).replace(ALSO_BEYOND_ASCII, '%')}%`,
    state: state === 'waiting' ? undefined : state,
    except: state === 'waiting' ? 'held' : undefined,
    destination: selection.destination ?? domain,
    ...recipientValues(isAny ? undefined : recipient),
  };
}

/** Names of the conditions that have values. */
export function selectedNames(values: Readonly<Record<string, Value>>): string[] {
  return given(values).filter((name) => name in SELECTED);
}

/** A row of a selecting statement, with what SQL does not compare exactly. */
export interface SelectedRow {
  readonly recipient: string;
  readonly reverse_path: string;
  readonly header_from: string;
  readonly subject: string | null;
}

export function isSelected(row: SelectedRow, selection: DeliverySelection): boolean {
  const { sender, recipient, subject, destination } = selection;
  if (subject !== undefined && !foldedText(row.subject ?? '').includes(foldedText(subject))) return false;
  if (sender !== undefined && !isSent(row.reverse_path, sender) && !isSent(row.header_from, sender))
    return false;
  if (recipient === undefined) return true;
  if (!recipient.startsWith(ANY_AT)) return isRecipient(row.recipient, recipient);
  return destination === undefined || destination === recipient.slice(ANY_AT.length);
}

function isSent(address: string, sender: string): boolean {
  if (!sender.startsWith(ANY_AT)) return isRecipient(address, sender);
  return normalizeDomain(address.slice(address.lastIndexOf('@') + 1)) === sender.slice(ANY_AT.length);
}

/** True for every address with letters beyond ASCII. */
function maySend(column: string, { folded }: Dialect): string {
  return `${folded(column)} LIKE :sender ESCAPE '!' OR octet_length(${column}) > length(${column})`;
}

/** Letters beyond ASCII match anything. `anyStart`: the leading star does too. */
function patternOf(text: string, anyStart: boolean): string {
  const plain = (anyStart ? text.slice(1) : text).toLowerCase();
  const pattern = plain.replace(/[!%_]/g, '!$&').replace(/[^\0-\x7f]+/g, '%');
  return anyStart ? `%${pattern}` : pattern;
}

/** What letters beyond ASCII are folded to, U+0130 and U+212A for instance: a subject may have those. */
const ALSO_BEYOND_ASCII = /[ik;`]/g;

function foldedText(text: string): string {
  return text.normalize('NFC').toLowerCase();
}
