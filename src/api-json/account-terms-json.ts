/** Terms of an account; `null`: no limit, or as configured. The keys are part of the contract. */
import type { AccountTerms } from '../store/directory-records.ts';
import type { StoredOctets } from '../store/usage.ts';

/** `kept`: of an account with a limit of storage. */
export function storageJson(kept: StoredOctets | undefined) {
  return { storage_used_bytes: kept?.octets ?? null, storage_counting: kept?.isComplete === false };
}

export function termsJson(terms: AccountTerms) {
  const { limits, storageBytes, retainContentMs, retainMetadataMs, retainEventsMs } = terms;
  return {
    limits: limits ?? {},
    storage_bytes: storageBytes ?? null,
    retain_content_ms: retainContentMs ?? null,
    retain_metadata_ms: retainMetadataMs ?? null,
    retain_events_ms: retainEventsMs ?? null,
  };
}
