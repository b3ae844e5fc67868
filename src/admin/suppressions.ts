/** Addresses that an account, or a stream of it, does not mail any more. Who says so is kept with each. */
import { actorName } from '../policy/actor.ts';
import { ACCOUNT_SCOPE } from '../api-json/suppression-json.ts';
import type { DirectoryReader } from '../store/directory.ts';
import type { Account } from '../store/directory-records.ts';
import type { Suppression } from '../store/suppression-records.ts';
import type { With } from './admin-context.ts';
import { asKept, type HashesOf } from './erasure/erased-addresses.ts';
import { pastExpiry } from './expiry.ts';
import { invalid, isRefusal, type AdminRefusal } from './refusal.ts';
import { refuseOperatorAccount } from './tenant.ts';
import { unknownStream } from './streams.ts';

/** Of a note, in characters, and of what is kept of any other evidence. */
export const MAX_EVIDENCE_CHARS = 1_000;

export interface SuppressionTarget {
  readonly account: Pick<Account, 'id' | 'name'>;
  /** In the form that suppressions are kept in (smtp/address-keys.ts). */
  readonly address: string;
  /** Of this stream only; `undefined`, or `account`: of the whole account. */
  readonly stream: string | undefined;
}

export interface NewSuppressionInput extends SuppressionTarget {
  /** Why, for whoever looks at it later. */
  readonly note: string;
  readonly expiresAtMs: number | undefined;
}

/**
 * Replaces one by hand of the same address and scope. Durable when it resolves to the suppression, which has the hash where the address
 * was erased.
 */
export async function addSuppression(
  { account, address, stream, note, expiresAtMs }: NewSuppressionInput,
  { reader, suppressions, clock, actor }: With<'reader' | 'suppressions' | 'clock'>,
  hashes: HashesOf,
): Promise<Suppression | AdminRefusal> {
  const refusal = refuseOperatorAccount(account.id, 'suppressions by hand');
  if (refusal !== undefined) return refusal;
  if (note.length > MAX_EVIDENCE_CHARS)
    return invalid('note', (nameOf) => `${nameOf('note')} takes at most ${MAX_EVIDENCE_CHARS} characters`);
  const createdAtMs = clock.now();
  const past = pastExpiry(expiresAtMs, createdAtMs);
  if (past !== undefined) return past;
  const found = await suppressionScope(account.id, stream, reader);
  if (isRefusal(found)) return found;
  const given = {
    accountId: account.id,
    scope: found.scope,
    address,
    reason: 'manual',
    evidence: note,
    createdAtMs,
    expiresAtMs,
    createdBy: actorName(actor),
  } as const;
  const suppression = await asKept(given, reader, hashes);
  await suppressions.addSuppression(suppression, actor);
  return { ...suppression, accountName: account.name };
}

export interface RemovalTarget extends SuppressionTarget {
  /** `undefined`: all of that scope. */
  readonly reason: Suppression['reason'] | undefined;
}

/** Durable when it resolves to the scope that it was removed from. That of an erased address is found by its hash. */
export async function removeSuppression(
  { account, address, stream, reason }: RemovalTarget,
  { reader, suppressions, clock, actor }: With<'reader' | 'suppressions' | 'clock'>,
  hashes?: HashesOf,
): Promise<{ readonly scope: string } | AdminRefusal> {
  const found = await suppressionScope(account.id, stream, reader);
  if (isRefusal(found)) return found;
  const { scope } = found;
  const remove = (stored: string) =>
    suppressions.removeSuppression(
      { accountId: account.id, scope, address: stored, reason },
      clock.now(),
      actor,
    );
  let removed = await remove(address);
  if (hashes !== undefined && (await reader.hasHashedSuppressions(account.id)))
    for (const one of await hashes(address)) removed += await remove(one);
  if (removed > 0) return found;
  const where = scope === '' ? `account ${account.name}` : `stream ${scope}`;
  const why = reason === undefined ? '' : ` for the reason ${reason}`;
  return {
    refused: 'not-found',
    field: undefined,
    problem: `${address} is not suppressed in ${where}${why}`,
  };
}

/** The scope of a stream: empty for the whole account. */
export async function suppressionScope(
  accountId: string,
  stream: string | undefined,
  reader: Pick<DirectoryReader, 'streamByName' | 'listStreams'>,
): Promise<{ readonly scope: string } | AdminRefusal> {
  if (stream === undefined || stream === ACCOUNT_SCOPE) return { scope: '' };
  return (await unknownStream(accountId, stream, reader)) ?? { scope: stream };
}
