/**
 * The DNS records of keys that do not sign: those that wait to be published, and old ones that have to stay. And the form of DKIM
 * records where a domain's names are delegated: each is a CNAME to a name in the relay's own zone, which has the key; names of
 * the next rotations are published ahead, so that nobody has to touch the domain's zone again for long.
 */
import type { DkimKey, DkimKeySet } from './dkim-key.ts';
import { dkimRecord, type DomainRecord } from './domain-records.ts';
import { delegatedSelectors, generationOf } from './selectors.ts';

/** Rotations whose names are published ahead: at one every half a year, two years. */
export const GENERATIONS_AHEAD = 4;

/** Of keys that are pending, and of retired ones whose record may not go yet. */
export function rotationRecords(domain: string, keys: readonly DkimKey[]): readonly DomainRecord[] {
  return [
    ...keys.filter(({ state }) => state === 'pending').map((key) => dkimRecord(domain, key, '-next')),
    ...keys
      .filter(({ state, removableAtMs }) => state === 'retired' && removableAtMs === undefined)
      .map((key) => dkimRecord(domain, key, '-old')),
  ];
}

/** Retired keys whose record may be taken down. */
export function removableRecords(domain: string, keys: readonly DkimKey[]): readonly DomainRecord[] {
  return keys
    .filter(({ removableAtMs }) => removableAtMs !== undefined)
    .map((key) => dkimRecord(domain, key, '-old'));
}

/** The name of a selector in the relay's zone, without a trailing dot. */
export function delegatedName(selector: string, zone: string): string {
  return `${selector}.${zone}`;
}

/** As the domain's owner publishes it. */
export function asDelegated<Record extends DomainRecord>(record: Record, zone: string): Record {
  if (!record.purpose.startsWith('dkim-')) return record;
  const [selector = ''] = record.name.split('.', 1);
  return { ...record, type: 'CNAME', value: `${delegatedName(selector, zone)}.` };
}

export interface Delegation {
  readonly domain: string;
  /** Of the claim; see KeyRequest. */
  readonly token: string;
  readonly keySet: DkimKeySet;
  /** Every selector of the claim. */
  readonly selectors: readonly string[];
  readonly zone: string;
}

/** CNAMEs of the next rotations. */
export function recordsAhead(delegation: Delegation): readonly DomainRecord[] {
  const { domain, token, keySet, selectors, zone } = delegation;
  const latest = generationOf(token, selectors);
  return Array.from({ length: GENERATIONS_AHEAD }, (_value, at) => latest + 1 + at).flatMap((generation) =>
    delegatedSelectors(token, generation, keySet).map(({ selector, algorithm }): DomainRecord => ({
      purpose: algorithm === 'rsa-sha256' ? 'dkim-rsa-ahead' : 'dkim-ed25519-ahead',
      type: 'CNAME',
      name: `${selector}._domainkey.${domain}`,
      value: `${delegatedName(selector, zone)}.`,
    })),
  );
}
