/**
 * What a selection of deliveries means, counted before anything is done with it: how many deliveries and messages, the oldest, the
 * largest destinations and accounts, and a few of them. Read in short parts: what changes meanwhile may be counted or not.
 */
import type { DeliverySelection, OpenStretch, QueueReader } from '../store/queue-admin.ts';
import type { MessageView } from '../store/views.ts';

export interface Counted {
  readonly name: string;
  readonly deliveries: number;
}

export interface SelectionPreview {
  readonly deliveries: number;
  readonly messages: number;
  /** Of the deliveries: a worker has them in hand. */
  readonly claimed: number;
  readonly oldestAtMs: number | undefined;
  /** The largest first. */
  readonly destinations: readonly Counted[];
  readonly accounts: readonly Counted[];
  /** Destinations and accounts that are left out. */
  readonly otherDestinations: number;
  readonly otherAccounts: number;
  /** The newest, each with its selected deliveries. */
  readonly sample: readonly MessageView[];
}

const LARGEST = 5;
const SAMPLED = 5;

export async function previewSelection(
  selection: DeliverySelection,
  reader: Pick<QueueReader, 'tallySelected' | 'listQueue'>,
): Promise<SelectionPreview> {
  const destinations = new Map<string, number>();
  const accounts = new Map<string, number>();
  let [deliveries, messages, claimed] = [0, 0, 0];
  let oldestAtMs: number | undefined;
  let from: OpenStretch | undefined;
  do {
    const part = await reader.tallySelected(selection, from);
    deliveries += part.deliveries;
    messages += part.messages;
    claimed += part.claimed;
    oldestAtMs = Math.min(part.oldestAtMs ?? Infinity, oldestAtMs ?? Infinity);
    add(destinations, part.destinations);
    add(accounts, part.accounts);
    from = part.next;
  } while (from !== undefined);
  return {
    deliveries,
    messages,
    claimed,
    oldestAtMs: oldestAtMs === Infinity ? undefined : oldestAtMs,
    destinations: largest(destinations),
    accounts: largest(accounts),
    otherDestinations: Math.max(0, destinations.size - LARGEST),
    otherAccounts: Math.max(0, accounts.size - LARGEST),
    sample: deliveries === 0 ? [] : await reader.listQueue(selection, SAMPLED),
  };
}

function add(to: Map<string, number>, counts: ReadonlyMap<string, number>): void {
  for (const [name, count] of counts) to.set(name, (to.get(name) ?? 0) + count);
}

function largest(counts: ReadonlyMap<string, number>): readonly Counted[] {
  return [...counts]
    .map(([name, deliveries]) => ({ name, deliveries }))
    .sort((one, other) => other.deliveries - one.deliveries || (one.name < other.name ? -1 : 1))
    .slice(0, LARGEST);
}
