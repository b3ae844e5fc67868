/** A suppression as `--json` prints it. The keys are part of the contract. */
import { isAddressHash } from '../store/hashed-addresses.ts';
import { eventIdOf } from '../store/public-ids.ts';
import type { Suppression } from '../store/suppression-records.ts';
import { timestamp } from './timestamp.ts';

/** How the scope of the whole account is written; a stream cannot have this name. */
export const ACCOUNT_SCOPE = 'account';

export function suppressionJson(suppression: Suppression) {
  return {
    address: suppression.address,
    /** The address itself was erased: this is its hash. */
    erased: isAddressHash(suppression.address),
    reason: suppression.reason,
    scope: scopeName(suppression.scope),
    created_at: timestamp(suppression.createdAtMs),
    expires_at: timestamp(suppression.expiresAtMs),
    account: suppression.accountName,
    evidence: suppression.evidence,
    created_by: suppression.createdBy,
    event: suppression.event === undefined ? null : eventIdOf(suppression.event),
  };
}

export function scopeName(scope: string): string {
  return scope === '' ? ACCOUNT_SCOPE : scope;
}

/** What a check looked at; `applies`: false where it is of another stream, or over. */
export function lookedAtJson({
  suppression,
  unless,
}: {
  readonly suppression: Suppression;
  readonly unless: string | undefined;
}) {
  return { ...suppressionJson(suppression), applies: unless === undefined, unless: unless ?? null };
}
