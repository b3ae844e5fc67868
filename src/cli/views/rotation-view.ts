/** Which of a domain's DKIM keys sign, and where their rotation stands, in words. */
import type { DkimKey } from '../../dkim/dkim-key.ts';
import { keysToSign } from '../../dkim/keys-to-sign.ts';
import { removableRecords } from '../../dkim/rotation-records.ts';
import { IN_TRANSIT_MS, SPREAD_MS, switchAtMs } from '../../dkim/rotation.ts';
import { fullTime, span } from '../output/time-words.ts';

/** Lines; none where all keys only sign. */
export function rotationWords(domain: string, keys: readonly DkimKey[], nowMs: number): readonly string[] {
  return [
    ...droppedWords(domain, keys),
    ...pendingWords(domain, keys, nowMs),
    ...retiredWords(keys),
    ...removableWords(domain, keys),
  ];
}

/** For a column: `new keys wait`, `switches in 4 min`; empty: nothing waits. */
export function rotationInBrief(keys: readonly DkimKey[], nowMs: number): string {
  if (keys.every(({ state }) => state !== 'pending')) return '';
  const atMs = switchAtMs(keys);
  if (atMs === undefined) return 'new keys wait for DNS';
  return atMs > nowMs ? `new keys in ${span(atMs - nowMs)}` : 'new keys at the next look';
}

function droppedWords(domain: string, keys: readonly DkimKey[]): readonly string[] {
  const signing = new Set(keysToSign(keys));
  return keys
    .filter((key) => key.state === 'active' && key.droppedAtMs !== undefined && !signing.has(key))
    .map(
      ({ selector, droppedAtMs = 0 }) =>
        `Mail is not signed with the key ${selector} since ${fullTime(droppedAtMs)}: its record is missing or another one. ` +
        `One good look-up ends it: relayctl domain verify ${domain}`,
    );
}

function pendingWords(domain: string, keys: readonly DkimKey[], nowMs: number): readonly string[] {
  const pending = keys.filter(({ state }) => state === 'pending');
  const [first] = pending;
  if (first === undefined) return [];
  const atMs = switchAtMs(keys);
  if (atMs === undefined)
    return [
      `New DKIM keys wait since ${fullTime(first.createdAtMs)} for their records to be published. The present ones sign until then.`,
      `relayd looks for them; to look now: relayctl domain verify ${domain}`,
    ];
  const when = atMs > nowMs ? `in ${span(atMs - nowMs)}` : 'at the next look';
  return [
    `The records of the new DKIM keys are there. They sign ${when}: ${span(SPREAD_MS)} after they were seen, so that every server of the zone has them.`,
  ];
}

function retiredWords(keys: readonly DkimKey[]): readonly string[] {
  const old = keys.filter(({ state, removableAtMs }) => state === 'retired' && removableAtMs === undefined);
  const since = Math.max(...old.map(({ retiredAtMs }) => retiredAtMs ?? 0));
  if (old.length === 0) return [];
  return [
    `Old DKIM keys sign no more since ${fullTime(since)}. Leave their records (${old.map(({ selector }) => selector).join(', ')}) ` +
      `until mail that they signed has arrived, which takes ${span(IN_TRANSIT_MS)} or more.`,
  ];
}

function removableWords(domain: string, keys: readonly DkimKey[]): readonly string[] {
  const names = removableRecords(domain, keys).map(({ name }) => name);
  return names.length === 0
    ? []
    : [`Nobody needs these DKIM records any more, take them down: ${names.join(', ')}`];
}
