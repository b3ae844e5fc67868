/** Terms of an account; `null`: no limit, or as configured. The keys are part of the contract. */
import type { AccountTerms } from '../store/directory-records.ts';

export function termsJson(terms: AccountTerms) {
  const { limits, retainContentMs, retainMetadataMs, retainEventsMs } = terms;
  return {
    limits: limits ?? {},
    retain_content_ms: retainContentMs ?? null,
    retain_metadata_ms: retainMetadataMs ?? null,
    retain_events_ms: retainEventsMs ?? null,
  };
}
