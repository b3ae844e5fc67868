/** Terms of an account; `null`: no limit, or as configured. The keys are part of the contract. */
import type { UsageLimitName } from '../policy/usage-limits.ts';
import type { AccountTerms } from '../store/directory-records.ts';
import type { StoredOctets } from '../store/usage.ts';
import { timestamp } from './timestamp.ts';

/** `kept`: of an account with a limit of storage. */
export function storageJson(kept: StoredOctets | undefined) {
  return { storage_used_bytes: kept?.octets ?? null, storage_counting: kept?.isComplete === false };
}

/** As admin/account-usage.ts has it. */
interface UsedLimit {
  readonly limit: UsageLimitName;
  readonly most: number;
  readonly used: number | undefined;
  readonly untilMs: number | undefined;
}

export function usageJson(uses: readonly UsedLimit[]) {
  return uses.map(({ limit, most, used, untilMs }) => ({
    ...{ limit, most, used: used ?? null, until: timestamp(untilMs) },
  }));
}

export function termsJson(terms: AccountTerms) {
  const { limits, storageBytes, retainContentMs, retainMetadataMs, retainEventsMs, healthTerms } = terms;
  return {
    limits: limits ?? {},
    storage_bytes: storageBytes ?? null,
    retain_content_ms: retainContentMs ?? null,
    retain_metadata_ms: retainMetadataMs ?? null,
    retain_events_ms: retainEventsMs ?? null,
    health_limits: healthTerms ?? {},
  };
}
