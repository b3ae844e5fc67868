/** Terms of an account in words. */
import { formatDurationMs } from '../../platform/duration.ts';
import { limitWords, USAGE_LIMITS } from '../../policy/usage-limits.ts';
import type { AccountTerms } from '../../store/directory-records.ts';

/** `at most 50000 recipients a day, content kept for 1d`; `no terms of its own` */
export function termWords(terms: AccountTerms): string {
  const { limits = {}, retainContentMs, retainMetadataMs, retainEventsMs } = terms;
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
    ...kept.flatMap(([what, ms]) => (ms === undefined ? [] : [`${what} kept for ${formatDurationMs(ms)}`])),
  ];
  return parts.length === 0 ? 'no terms of its own' : parts.join(', ');
}
