/** When and where from a credential was last used, and its old secret. */
import { unusedSinceMs, type UseRecord } from '../../policy/credential-use.ts';
import type { Credential } from '../../store/directory-records.ts';
import { fullTime, relative } from '../output/time-words.ts';

const NETWORKS_SHOWN = 5;

/** Rows of a label and words; `undefined`: not shown. */
export function useRows(
  credential: Credential,
  use: UseRecord | undefined,
  { nowMs }: { readonly nowMs: number },
): readonly [string, string | undefined][] {
  const time = (atMs: number) => `${fullTime(atMs)} (${relative(atMs, nowMs)})`;
  const { oldSecretUntilMs, certificate } = credential;
  const what = certificate === undefined ? 'secret' : 'cert';
  const unused = unusedSinceMs(credential, use, nowMs) !== undefined;
  const withOld = use?.oldSecretAtMs;
  const oldWords = withOld === undefined ? 'not used' : `last used ${time(withOld)}`;
  const hasOld = oldSecretUntilMs !== undefined && oldSecretUntilMs > nowMs;
  const newest = [...(use?.networks ?? [])].reverse().slice(0, NETWORKS_SHOWN);
  return [
    ['last used', `${whenWords(use, time)}${unused ? ': is it still needed?' : ''}`],
    ['', use?.address === undefined ? undefined : clientWords(use)],
    ['seen from', newest.length === 0 ? undefined : newest.map(({ network }) => network).join(', ')],
    [
      'new',
      use?.newNetwork &&
        `used from ${use.newNetwork.network} for the first time, ${time(use.newNetwork.atMs)}`,
    ],
    [`old ${what}`, hasOld ? `valid until ${time(oldSecretUntilMs)}, ${oldWords}` : undefined],
    [`new ${what}`, hasOld ? secretWords(use?.secretAtMs, time) : undefined],
  ];
}

function whenWords(use: UseRecord | undefined, time: (atMs: number) => string): string {
  if (use === undefined) return 'never';
  return use.address === undefined ? `not since ${time(use.atMs)}` : time(use.atMs);
}

function clientWords({ address, name, tls }: UseRecord): string {
  return `from ${address}${name === undefined ? '' : ` by ${name}`}, ${tls ?? 'without TLS'}`;
}

function secretWords(atMs: number | undefined, time: (atMs: number) => string): string {
  return atMs === undefined ? 'not used yet' : `last used ${time(atMs)}`;
}
