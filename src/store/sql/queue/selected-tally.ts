/** Counts what a selection means, part by part: by statements alone, where they compare all that is asked exactly. */
import type { DeliverySelection, QueueReader, SelectedTally } from '../../queue-admin.ts';
import { filtered } from '../filters.ts';
import { all, type Steps, type StepsOf } from '../steps.ts';
import {
  findIn,
  partOf,
  selectedCondition,
  type Part,
  type SelectedDelivery,
} from './selected-deliveries.ts';
import { selectedNames, selectedValues } from './selection.ts';
import { openFrom } from './selection-sources.ts';

interface AccountRow {
  readonly name: string;
  readonly deliveries: number;
  readonly messages: number;
  readonly claimed: number;
  readonly oldest: number;
}

const OF_ACCOUNTS = filtered<AccountRow>(
  selectedCondition,
  (
    where,
    dialect,
  ) => `SELECT (SELECT name FROM account WHERE id = grouped.account_id) AS name, grouped.* FROM (
     SELECT m.account_id, count(*) AS deliveries, count(DISTINCT m.id) AS messages, count(d.${dialect.claimedBy}) AS claimed,
       min(m.accepted_at) AS oldest
     ${openFrom('messages', dialect)} AND ${where} GROUP BY m.account_id) grouped`,
);
const OF_DESTINATIONS = filtered<Pick<AccountRow, 'name' | 'deliveries'>>(
  selectedCondition,
  (where, dialect) => `SELECT (SELECT name FROM destination WHERE id = grouped.destination_id) AS name,
     grouped.deliveries FROM (
     SELECT d.destination_id, count(*) AS deliveries ${openFrom('messages', dialect)} AND ${where}
     GROUP BY d.destination_id) grouped`,
);

export const selectedTallies: StepsOf<Pick<QueueReader, 'tallySelected'>> = {
  *tallySelected(selection, from) {
    const part = yield* partOf(selection, from);
    if (part.source === 'messages' && isExact(selection)) return yield* tallyIn(part, selection);
    return tallyOf(yield* findIn(part, selection), part.next);
  },
};

/** SQL compares all that is asked. */
function isExact({ sender, recipient, subject }: DeliverySelection): boolean {
  return sender === undefined && recipient === undefined && subject === undefined;
}

function* tallyIn(part: Part, selection: DeliverySelection): Steps<SelectedTally> {
  const values = { ...selectedValues(selection), ...part.values };
  const names = [...part.names, ...selectedNames(values)];
  const accounts = yield* all(OF_ACCOUNTS(names), values);
  const destinations = yield* all(OF_DESTINATIONS(names), values);
  const sum = (of: (row: AccountRow) => number) => accounts.reduce((total, row) => total + of(row), 0);
  const oldest = accounts.map((row) => row.oldest);
  return {
    deliveries: sum((row) => row.deliveries),
    messages: sum((row) => row.messages),
    claimed: sum((row) => row.claimed),
    oldestAtMs: oldest.length === 0 ? undefined : Math.min(...oldest),
    destinations: new Map(destinations.map(({ name, deliveries }) => [name, deliveries])),
    accounts: new Map(accounts.map(({ name, deliveries }) => [name, deliveries])),
    next: part.next,
  };
}

function tallyOf(found: readonly SelectedDelivery[], next: SelectedTally['next']): SelectedTally {
  const destinations = new Map<string, number>();
  const accounts = new Map<string, number>();
  let claimed = 0;
  let oldestAtMs: number | undefined;
  for (const row of found) {
    destinations.set(row.destination, (destinations.get(row.destination) ?? 0) + 1);
    accounts.set(row.account, (accounts.get(row.account) ?? 0) + 1);
    claimed += row.claimed;
    oldestAtMs = Math.min(row.accepted_at, oldestAtMs ?? row.accepted_at);
  }
  const messages = new Set(found.map((row) => row.public_id)).size;
  return { deliveries: found.length, messages, claimed, oldestAtMs, destinations, accounts, next };
}
