/** Whose limits a message of a credential has to keep: the credential's, and its account's. */
import {
  HOUR_SECONDS,
  LIMIT_FACTS,
  limitsOf,
  USAGE_LIMITS,
  type Counted,
  type UsageHolder,
} from '../policy/usage-limits.ts';
import type { Credential } from '../store/directory-records.ts';

export function isLimited({
  ratePerMinute,
  dailyQuota,
  limits,
  accountLimits,
  accountStorageBytes,
}: Credential): boolean {
  return (
    ratePerMinute !== undefined ||
    dailyQuota !== undefined ||
    limits !== undefined ||
    accountLimits !== undefined ||
    accountStorageBytes !== undefined
  );
}

/** The credential, then its account. */
export function holdersOf(credential: Credential): readonly UsageHolder[] {
  const { id, accountId, accountLimits } = credential;
  const limits = limitsOf(credential);
  return [
    ...(limits === undefined ? [] : [{ id, kind: 'credential', limits } as const]),
    ...(accountLimits === undefined
      ? []
      : [{ id: accountId, kind: 'account', limits: accountLimits } as const]),
  ];
}

/** Whether one of them has a limit of an hour or a day of that kind. */
export function haveLimitOf(counted: readonly UsageHolder[], what: Counted): boolean {
  return counted.some(({ limits }) =>
    USAGE_LIMITS.some(
      (name) =>
        limits[name] !== undefined &&
        LIMIT_FACTS[name].counts === what &&
        LIMIT_FACTS[name].seconds >= HOUR_SECONDS,
    ),
  );
}
