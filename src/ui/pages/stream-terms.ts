/** What a stream says of its mail beside kind and title, in the order of `relayctl stream show`. */
import type { Stream } from '../api/answers.ts';
import { span } from '../pure/format.ts';
import type { Text } from '../text/en.ts';

/** Label and value of each term that it has. */
export function termsOf(
  stream: Stream,
  words: Text['streams'],
): readonly (readonly [label: string, value: string])[] {
  const { subdomain, pool, retry_schedule_ms: retries, max_age_ms: maxAge, priority, track } = stream;
  const headers = Object.entries(stream.headers).map(([name, value]) => `${name}: ${value}`);
  const terms: readonly (readonly [label: string, value: string | undefined | null])[] = [
    [words.subdomain, subdomain],
    [words.pool, pool],
    [words.retries, retries?.map(span).join(', ')],
    [words.maxAge, maxAge === null ? null : span(maxAge)],
    [words.priority, priority === null ? null : String(priority)],
    [words.headers, headers.length === 0 ? null : headers.join('\n')],
    [words.track, track.length === 0 ? null : track.join(', ')],
  ];
  return terms.flatMap(([label, value]) => (value == null ? [] : [[label, value] as const]));
}
