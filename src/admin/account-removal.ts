/**
 * Removes an account with everything it has. What still waits is cancelled first, if that is wanted, while the account is suspended,
 * so that nothing new is taken out of the queue; then nothing of it is valid any more (store/account-removal.ts); then it goes
 * step by step, by whoever began it and by relayd, which goes on where anybody stopped.
 */
import { delay, type Clock } from '../platform/clock.ts';
import type { AccountContents, RemovalReader, RemovalWriter } from '../store/account-removal.ts';
import type { Account } from '../store/directory-records.ts';
import { OPERATOR_ACCOUNT } from '../store/operator-account.ts';
import type { DeliverySelection, OpenStretch, QueueReader, QueueWriter } from '../store/queue-admin.ts';
import type { With } from './admin-context.ts';
import { DEFAULT_ACCOUNT } from './domain-meant.ts';
import { conflict, invalid, type AdminRefusal } from './refusal.ts';
import { resumeAccount, suspendAccount } from './suspensions.ts';

export interface AccountInventory extends AccountContents {
  readonly events: number;
  /** Deliveries that have no final state. */
  readonly unsettled: number;
}

export interface RemovalWish {
  /** What waits is cancelled; else the account is not removed while something does. */
  readonly cancelsMail: boolean;
  /** A relay runs on the same store: it gets its turn between two steps. */
  readonly beside: boolean;
}

const PAUSE_MS = 10;
const REASON = 'it is being removed';

/** What an account has, for who is to decide. Read in short parts: what changes meanwhile may be counted or not. */
export async function inventoryOf(
  { id }: Pick<Account, 'id'>,
  reader: RemovalReader & Pick<QueueReader, 'tallySelected'>,
): Promise<AccountInventory> {
  const contents = await reader.accountContents(id);
  let events = 0;
  for (let after: number | undefined = 0; after !== undefined;) {
    const part = await reader.countEventsOf(id, after);
    events += part.count;
    after = part.more ? part.next : undefined;
  }
  return { ...contents, events, unsettled: (await waitingOf(id, reader)).deliveries };
}

/** `finished`: nothing of it is left; else the rest goes when the attempts that are under way have ended. */
export async function removeAccount(
  account: Account,
  inventory: AccountInventory,
  { cancelsMail, beside }: RemovalWish,
  context: With<'reader' | 'queue' | 'shaping' | 'removal' | 'clock'>,
): Promise<{ readonly finished: boolean } | AdminRefusal> {
  const { reader, queue, removal, clock, actor } = context;
  const { id } = account;
  const refusal = refuseRemoval(account, inventory, cancelsMail);
  if (refusal !== undefined) return refusal;
  const isHeld = (await reader.suspensions()).some(
    ({ kind, subject }) => kind === 'account' && subject === id,
  );
  if (!isHeld) await suspendAccount(account, { untilMs: undefined, reason: REASON }, context);
  if (cancelsMail) await queue.cancel(allOf(id), clock.now(), actor);
  const came = cancelsMail ? undefined : refuseWaiting((await waitingOf(id, reader)).deliveries);
  if (came !== undefined) {
    if (!isHeld) await resumeAccount(account, context);
    return came;
  }
  await removal.beginRemoval(id, wordsOf(inventory), clock.now(), actor);
  return { finished: await goOnRemoving(id, { ...context, beside }) };
}

/** Resolves to whether nothing is left. Whatever is still to come of attempts that are under way is cancelled when it is there. */
export async function goOnRemoving(
  accountId: string,
  {
    reader,
    queue,
    removal,
    clock,
    actor,
    beside,
    goesOn = () => true,
  }: {
    readonly reader: Pick<QueueReader, 'tallySelected'>;
    readonly queue: Pick<QueueWriter, 'cancel'>;
    readonly removal: Pick<RemovalWriter, 'removeSomeOf'>;
    readonly clock: Clock;
    readonly actor: string;
    readonly beside: boolean;
    /** False: somebody else goes on later. */
    readonly goesOn?: () => boolean;
  },
): Promise<boolean> {
  const { deliveries, claimed } = await waitingOf(accountId, reader);
  if (deliveries > claimed) await queue.cancel(allOf(accountId), clock.now(), actor);
  for (let behind = 0; goesOn();) {
    const step = await removal.removeSomeOf(accountId, behind, clock.now(), actor);
    if (step.kind !== 'more') return step.kind === 'done';
    behind = step.eventsBehind;
    if (beside) await delay(clock, PAUSE_MS);
  }
  return false;
}

/** `undefined`: it may be removed, as far as it is known before. */
export function refuseRemoval(
  { id, name }: Pick<Account, 'id' | 'name'>,
  { unsettled }: Pick<AccountInventory, 'unsettled'>,
  cancelsMail: boolean,
): AdminRefusal | undefined {
  if (id === OPERATOR_ACCOUNT.id)
    return invalid(undefined, `${name} is the relay's own account: it is not removed`);
  if (name === DEFAULT_ACCOUNT)
    return invalid(
      undefined,
      `${name} is not removed: it is the account of every command that names none`,
      'remove what it has: relayctl domain remove, credential revoke, webhook remove',
    );
  return cancelsMail ? undefined : refuseWaiting(unsettled);
}

function refuseWaiting(unsettled: number): AdminRefusal | undefined {
  if (unsettled === 0) return undefined;
  return conflict(`${unsettled} of its deliveries have no final state yet`);
}

async function waitingOf(
  accountId: string,
  reader: Pick<QueueReader, 'tallySelected'>,
): Promise<{ readonly deliveries: number; readonly claimed: number }> {
  let [deliveries, claimed] = [0, 0];
  let from: OpenStretch | undefined;
  do {
    const part = await reader.tallySelected(allOf(accountId), from);
    deliveries += part.deliveries;
    claimed += part.claimed;
    from = part.next;
  } while (from !== undefined);
  return { deliveries, claimed };
}

function allOf(accountId: string): DeliverySelection {
  return { accountId, id: undefined, destination: undefined };
}

function wordsOf(inventory: AccountInventory): string {
  return Object.entries(inventory)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');
}
