/** Mail to or from an address that has no final state yet: it stands against an erasure, or is cancelled and waited for. */
import { delay } from '../../platform/clock.ts';
import type { Account } from '../../store/directory-records.ts';
import type { DeliverySelection, OpenStretch, QueueReader } from '../../store/queue-admin.ts';
import type { With } from '../admin-context.ts';
import { conflict, type AdminRefusal } from '../refusal.ts';

/** Deliveries without a final state. */
export interface OpenMail {
  readonly to: number;
  readonly from: number;
  /** Of some of the messages. */
  readonly ids: readonly string[];
}

/** An attempt that is under way seldom takes longer. */
const AWAIT_ATTEMPTS_MS = 15_000;
const LOOK_EVERY_MS = 250;
const MOST_IDS = 10;

export async function openMailOf(
  account: Pick<Account, 'id'>,
  address: string,
  reader: Pick<QueueReader, 'tallySelected' | 'listQueue'>,
): Promise<OpenMail> {
  const [to, from] = selectionsOf(account, address);
  const counts = { to: await countOf(to, reader), from: await countOf(from, reader) };
  const ids: string[] = [];
  for (const selection of counts.to + counts.from === 0 ? [] : [to, from])
    for (const { facts } of await reader.listQueue(selection, MOST_IDS)) ids.push(facts.id);
  return { ...counts, ids: [...new Set(ids)].slice(0, MOST_IDS) };
}

/** What is under way ends by itself ({@link settledOf}). */
export async function cancelOpen(
  account: Pick<Account, 'id'>,
  address: string,
  { queue, clock, actor }: With<'queue' | 'clock'>,
): Promise<void> {
  for (const selection of selectionsOf(account, address)) await queue.cancel(selection, clock.now(), actor);
}

/** `undefined`: all of it is. */
export async function settledOf(
  account: Pick<Account, 'id'>,
  address: string,
  { reader, clock }: Pick<With<'reader' | 'clock'>, 'reader' | 'clock'>,
): Promise<AdminRefusal | undefined> {
  const endsAtMs = clock.monotonic() + AWAIT_ATTEMPTS_MS;
  for (;;) {
    const open = await openMailOf(account, address, reader);
    if (open.to + open.from === 0) return undefined;
    if (clock.monotonic() >= endsAtMs)
      return conflict(
        `attempts for ${open.to + open.from} of its deliveries are under way (${open.ids.join(', ')}): try again when they have ended`,
      );
    await delay(clock, LOOK_EVERY_MS);
  }
}

export function refuseOpen({ to, from, ids }: OpenMail): AdminRefusal {
  const shown = ids.join(', ');
  const words = [to > 0 ? `${to} to it` : '', from > 0 ? `${from} from it` : ''].filter(
    (text) => text !== '',
  );
  return conflict(`deliveries have no final state yet: ${words.join(' and ')} (${shown})`);
}

function selectionsOf(
  { id: accountId }: Pick<Account, 'id'>,
  address: string,
): readonly [DeliverySelection, DeliverySelection] {
  const none = { accountId, id: undefined, destination: undefined };
  return [
    { ...none, recipient: address },
    { ...none, sender: address },
  ];
}

async function countOf(
  selection: DeliverySelection,
  reader: Pick<QueueReader, 'tallySelected'>,
): Promise<number> {
  let count = 0;
  let from: OpenStretch | undefined;
  do {
    const part = await reader.tallySelected(selection, from);
    count += part.deliveries;
    from = part.next;
  } while (from !== undefined);
  return count;
}
