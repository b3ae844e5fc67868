/** A route in words: what it matches, and where its mail goes. */
import type { RouteLine } from '../../api/answers.ts';
import type { Text } from '../../text/en.ts';

const LISTS = ['domains', 'providers', 'accounts', 'streams'] as const;

export function matchWords({ match }: RouteLine, words: Text['routing']): string {
  if (match === null) return words.nothing;
  const parts = LISTS.filter((name) => match[name].length > 0).map(
    (name) => `${words.lists[name]} ${match[name].join(', ')}`,
  );
  return parts.length === 0 ? words.everything : parts.join('; ');
}

export function goesWords({ action, host, port, tls, username }: RouteLine, words: Text['routing']): string {
  return action === 'relay' && host !== null
    ? words.smartHost(`${host}:${port ?? ''}`, words.tls[tls ?? ''] ?? tls ?? '', username ?? '')
    : words.actions[action];
}
