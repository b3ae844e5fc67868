/** Terms of an account in words. */
import type { LimitUse } from '../../admin/account-usage.ts';
import { formatDurationMs } from '../../platform/duration.ts';
import { HEALTH_TERMS, isHealthCount, type HealthTerms } from '../../policy/health-terms.ts';
import { percent } from '../../policy/health.ts';
import { limitWords, USAGE_LIMITS } from '../../policy/usage-limits.ts';
import type { AccountTerms } from '../../store/directory-records.ts';
import type { StoredOctets } from '../../store/usage.ts';
import { fullTime, relative, sizeWords } from '../output/time-words.ts';

/** `at most 50000 recipients a day, content kept for 1d`; `no terms of its own` */
export function termWords(terms: AccountTerms): string {
  const { limits = {}, storageBytes, retainContentMs, retainMetadataMs, retainEventsMs, healthTerms } = terms;
  const kept = [
    ['content', retainContentMs],
    ['metadata', retainMetadataMs],
    ['events', retainEventsMs],
  ] as const;
  const parts = [
    ...USAGE_LIMITS.flatMap((name) => {
      const most = limits[name];
      return most === undefined ? [] : [`at most ${limitWords(name, most)}`];
    }),
    ...(storageBytes === undefined ? [] : [`at most ${storageBytes} octets of content`]),
    ...healthWords(healthTerms),
    ...kept.flatMap(([what, ms]) => (ms === undefined ? [] : [`${what} kept for ${formatDurationMs(ms)}`])),
  ];
  return parts.length === 0 ? 'no terms of its own' : parts.join(', ');
}

/** `hold_bounces 15 %`, `hold_complaints off` */
function healthWords(terms: HealthTerms = {}): readonly string[] {
  return HEALTH_TERMS.flatMap((name) => {
    const value = terms[name];
    if (value === undefined) return [];
    return [`${name} ${value === null ? 'off' : isHealthCount(name) ? value : percent(value)}`];
  });
}

/** `12 of 600 messages an hour, until 13:00`; `undefined`: it is not known. */
export function usedWords({ limit, most, used, untilMs }: LimitUse, nowMs: number): string | undefined {
  if (used === undefined || untilMs === undefined) return undefined;
  return `${used} of ${limitWords(limit, most)}, until ${fullTime(untilMs)} (${relative(untilMs, nowMs)})`;
}

/** `2 MiB of 10 GiB` */
export function storageWords({ storageBytes }: AccountTerms, stored: StoredOctets | undefined): string {
  if (storageBytes === undefined || stored === undefined) return 'no limit';
  const words = `${sizeWords(stored.octets)} of ${sizeWords(storageBytes)}`;
  return stored.isComplete ? words : `${words}, older mail is still being counted`;
}
