/**
 * Erases what an account has of one person, by the address (store/erasure.ts). Mail to or from it that has no final state is cancelled
 * first, if that is wanted, and attempts that are under way are waited for; then it goes step by step, by whoever began it and by
 * relayd, which goes on where anybody stopped. What somebody decided by configuration is left, and named.
 */
import type { Config } from '../config/config.ts';
import { delay, type Clock } from '../platform/clock.ts';
import { makeId } from '../platform/ids.ts';
import { makeSecret } from '../platform/secret-box.ts';
import { formatMailbox } from '../smtp/address.ts';
import { mentionsOf, type AddressMentions } from '../smtp/address-mentions.ts';
import type { DirectoryReader } from '../store/directory.ts';
import type { Account, Credential } from '../store/directory-records.ts';
import type { ErasedCounts, ErasureStep, ErasureWriter } from '../store/erasure.ts';
import { addressHashOf, knownRecipientHash, pseudonymOf } from '../store/hashed-addresses.ts';
import type { DeliverySelection, OpenStretch, QueueReader } from '../store/queue-admin.ts';
import type { With } from './admin-context.ts';
import { conflict, type AdminRefusal } from './refusal.ts';

export interface ErasureWish {
  /** What waits is cancelled; else nothing is erased while something does. */
  readonly cancelsMail: boolean;
  /** A relay runs on the same store: it gets its turn between two steps. */
  readonly beside: boolean;
  /** For how long steps are taken here; `undefined`: to the end. */
  readonly withinMs: number | undefined;
  readonly onStep?: (counts: ErasedCounts) => void;
}

/** Something that is configuration and has the address. */
export interface LeftBehind {
  readonly what: 'credential' | 'configuration';
  /** Of a credential its name, of the configuration its key. */
  readonly name: string;
  /** In the words of the command line. */
  readonly remedy: string;
}

export interface ErasedRecipient {
  readonly account: string;
  /** What stands in place of the address. */
  readonly pseudonym: string;
  /** False: relayd goes on. */
  readonly finished: boolean;
  /** Messages that are under way and mention the address, whose end is waited for. */
  readonly waitsFor: number;
  readonly counts: ErasedCounts;
  /** The database's log may still have some of it: somebody read all the time. */
  readonly leavesRests: boolean;
  readonly left: readonly LeftBehind[];
}

/** Deliveries without a final state. */
export interface OpenMail {
  readonly to: number;
  readonly from: number;
  /** Of some of the messages. */
  readonly ids: readonly string[];
}

const PAUSE_MS = 10;
/** An attempt that is under way seldom takes longer. */
const AWAIT_ATTEMPTS_MS = 15_000;
const LOOK_EVERY_MS = 250;
/** A reader of the database is soon done. */
const RESTS_TRIES = 5;
const MOST_IDS = 10;
const CREDENTIALS_A_PAGE = 500;

type Parts = 'reader' | 'queue' | 'erasure' | 'box' | 'config' | 'clock' | 'random';

/** `address`: a `suppressionKey`. */
export async function eraseRecipient(
  account: Pick<Account, 'id' | 'name'>,
  address: string,
  wish: ErasureWish,
  context: With<Parts>,
): Promise<ErasedRecipient | AdminRefusal> {
  const { reader, queue, erasure, box, clock, random, actor } = context;
  const open = await openMailOf(account, address, reader);
  if (open.to + open.from > 0) {
    if (!wish.cancelsMail) return refuseOpen(open);
    for (const selection of selectionsOf(account, address)) await queue.cancel(selection, clock.now(), actor);
    const left = await settledOf(account, address, context);
    if (left !== undefined) return left;
  }
  const hmac = (text: string) => box.hmac(text);
  const begun = await erasure.beginErasure(
    {
      id: makeId('era_', clock.now(), random),
      accountId: account.id,
      address,
      pseudonym: pseudonymOf(makeSecret(random)),
      hash: addressHashOf(box)(address),
      knownAs: knownRecipientHash(address, hmac),
    },
    clock.now(),
    actor,
  );
  const endsAtMs = clock.monotonic() + (wish.withinMs ?? Infinity);
  const step = await goOnErasing(begun.id, {
    ...{ erasure, clock, actor, beside: wish.beside, onStep: wish.onStep },
    goesOn: () => clock.monotonic() < endsAtMs,
  });
  const { counts } = step;
  return {
    account: account.name,
    pseudonym: begun.pseudonym,
    finished: step.kind === 'done',
    waitsFor: step.kind === 'waits' ? step.messages : 0,
    counts,
    leavesRests: step.kind === 'done' && step.leavesRests,
    left: await leftOf(account, address, context),
  };
}

/** Resolves to the last step that was taken: it is done, it waits, or nobody wants it to go on. */
export async function goOnErasing(
  id: string,
  {
    erasure,
    clock,
    actor,
    beside,
    goesOn = () => true,
    onStep,
  }: {
    readonly erasure: Pick<ErasureWriter, 'eraseSome'>;
    readonly clock: Clock;
    readonly actor: string;
    readonly beside: boolean;
    /** False: somebody else goes on later. */
    readonly goesOn?: () => boolean;
    readonly onStep?: ((counts: ErasedCounts) => void) | undefined;
  },
): Promise<ErasureStep> {
  let rests: Extract<ErasureStep, { kind: 'done' }> | undefined;
  let last: ErasedCounts | undefined;
  for (let tries = 0; ;) {
    const step = await erasure.eraseSome(id, clock.now(), actor);
    if (step.kind === 'done') {
      // Once it has ended, by whoever took the last step, it counts nothing more.
      rests ??= last !== undefined && !countsAny(step.counts) ? { ...step, counts: last } : step;
      rests = { ...rests, leavesRests: step.leavesRests };
      if (!step.leavesRests || ++tries >= RESTS_TRIES) return rests;
      await delay(clock, LOOK_EVERY_MS);
      continue;
    }
    last = step.counts;
    onStep?.(step.counts);
    if (step.kind === 'waits' || !goesOn()) return step;
    if (beside) await delay(clock, PAUSE_MS);
  }
}

function countsAny(counts: ErasedCounts): boolean {
  return Object.values(counts).some((count) => count > 0);
}

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

/** Of the configuration, and of the account's credentials. */
export async function leftOf(
  account: Pick<Account, 'id' | 'name'>,
  address: string,
  { reader, config }: Pick<With<'reader' | 'config'>, 'reader' | 'config'>,
): Promise<readonly LeftBehind[]> {
  const mentions = mentionsOf(address);
  const left: LeftBehind[] = [];
  for await (const credential of credentialsOf(account.id, reader)) {
    const { name, username, dsnTo, fromAddresses, revokedAtMs } = credential;
    const has = (text: string | undefined) => text !== undefined && mentions.isIn(text);
    const isThere = [name, username, dsnTo, ...fromAddresses].some(has);
    if (!isThere) continue;
    const of = `--account ${account.name}`;
    const remedy =
      revokedAtMs !== undefined
        ? 'it is revoked, and stays for the audit log'
        : has(dsnTo)
          ? `relayctl credential change ${name} --dsn-to OTHER ${of}`
          : fromAddresses.some(has)
            ? `relayctl credential change ${name} --remove-from ${address} ${of}`
            : `relayctl credential revoke ${name} ${of}`;
    left.push({ what: 'credential', name, remedy });
  }
  return [...left, ...configured(config, mentions)];
}

async function* credentialsOf(
  accountId: string,
  reader: Pick<DirectoryReader, 'listCredentials'>,
): AsyncIterable<Credential> {
  for (let after: string | undefined; ;) {
    const page = await reader.listCredentials(accountId, after, CREDENTIALS_A_PAGE);
    yield* page;
    after = page.at(-1)?.id;
    if (page.length < CREDENTIALS_A_PAGE) return;
  }
}

function configured(config: Config, mentions: AddressMentions): readonly LeftBehind[] {
  const { operator, inbound } = config;
  const keys: readonly (readonly [string, string | readonly string[] | undefined])[] = [
    ['operator.mail', operator.mail],
    ['operator.from', operator.from],
    ['inbound.postmaster', inbound.postmaster && formatMailbox(inbound.postmaster)],
  ];
  return keys
    .filter(([, value]) => [value].flat().some((text) => text !== undefined && mentions.isIn(text)))
    .map(([name]) => ({ what: 'configuration', name, remedy: `change ${name} in the configuration` }));
}

/** `undefined`: all of it is. */
async function settledOf(
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
