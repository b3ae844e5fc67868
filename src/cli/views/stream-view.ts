/** A stream in words. */
import { formatDurationMs } from '../../platform/duration.ts';
import type { StreamTerms } from '../../store/directory-records.ts';

/** Label and text of each term that it has. */
export function streamTermRows(terms: StreamTerms): readonly (readonly [label: string, text: string])[] {
  const { title, subdomain, pool, retryScheduleMs, maxAgeMs, priority, headers = {}, track = [] } = terms;
  const maybe = (label: string, text: string | undefined) =>
    text === undefined ? [] : [[label, text] as const];
  return [
    ...maybe('title', title),
    ...maybe('subdomain', subdomain),
    ...maybe('pool', pool),
    ...maybe('retried after', retryScheduleMs?.map(formatDurationMs).join(', ')),
    ...maybe('tried for', maxAgeMs === undefined ? undefined : formatDurationMs(maxAgeMs)),
    ...maybe('priority', priority === undefined ? undefined : String(priority)),
    ...Object.entries(headers).map(([name, value]) => ['header', `${name}: ${value}`] as const),
    ...maybe('tracks', track.length === 0 ? undefined : track.join(', ')),
  ];
}

/** `tried for 4h, priority -3`; empty: none. */
export function streamTermWords(terms: StreamTerms): string {
  return streamTermRows(terms)
    .map(([label, text]) => `${label} ${text}`)
    .join(', ');
}
