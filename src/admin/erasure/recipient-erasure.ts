/**
 * Erases what an account has of one person, by the address (store/erasure.ts). Mail to or from it that has no final state is cancelled
 * first, if that is wanted, and attempts that are under way are waited for; then it goes step by step, by whoever began it and by
 * relayd, which goes on where anybody stopped. What somebody decided by configuration is left, and named.
 */
import { makeId } from '../../platform/ids.ts';
import { makeSecret } from '../../platform/secret-box.ts';
import type { Account } from '../../store/directory-records.ts';
import type { ErasedCounts } from '../../store/erasure.ts';
import { addressHashOf, knownRecipientHash, pseudonymOf } from '../../store/hashed-addresses.ts';
import type { With } from '../admin-context.ts';
import type { AdminRefusal } from '../refusal.ts';
import { goOnErasing } from './erasure-steps.ts';
import { leftOf, type LeftBehind } from './left-behind.ts';
import { cancelOpen, openMailOf, refuseOpen, settledOf } from './open-mail.ts';

export interface ErasureWish {
  /** What waits is cancelled; else nothing is erased while something does. */
  readonly cancelsMail: boolean;
  /** A relay runs on the same store: it gets its turn between two steps. */
  readonly beside: boolean;
  /** For how long steps are taken here; `undefined`: to the end. */
  readonly withinMs: number | undefined;
  readonly onStep?: (counts: ErasedCounts) => void;
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

type Parts = 'reader' | 'queue' | 'erasure' | 'box' | 'config' | 'clock' | 'random';

/** `address`: a `suppressionKey`. */
export async function eraseRecipient(
  account: Pick<Account, 'id' | 'name'>,
  address: string,
  wish: ErasureWish,
  context: With<Parts>,
): Promise<ErasedRecipient | AdminRefusal> {
  const { reader, erasure, box, clock, random, actor } = context;
  const open = await openMailOf(account, address, reader);
  if (open.to + open.from > 0) {
    if (!wish.cancelsMail) return refuseOpen(open);
    await cancelOpen(account, address, context);
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
  // What a process keeps of the directory in memory knows of no hash yet.
  await reader.latestVersion();
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
