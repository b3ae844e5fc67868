/**
 * All DNS records of a domain as its owner publishes them: those that it is judged by, those of keys to come and of old ones, and
 * for a delegated domain CNAMEs into the relay's zone, with the names of the next rotations.
 */
import type { Config } from '../config/config.ts';
import { keySetOf, type DkimKey } from '../dkim/dkim-key.ts';
import { asDelegated, recordsAhead, rotationRecords } from '../dkim/rotation-records.ts';
import type { DnsAnswer, Resolver } from '../dns/resolver.ts';
import type { DirectoryReader } from '../store/directory.ts';
import type { DnsRecordStatus, Domain } from '../store/directory-records.ts';
import type { KnownRecord } from './domain-records.ts';
import { tokenOf } from './domain-token.ts';

export interface PublishingContext {
  readonly reader: Pick<DirectoryReader, 'dkimKeys' | 'selectorsOf'>;
  readonly config: Pick<Config, 'dkim'>;
  /** Looks delegated names of later up; `undefined`: nobody asks. */
  readonly resolver?: Resolver;
}

/** `known`: what the domain is judged by. `looked`: what was found just now of keys that do not sign. */
export async function recordsToPublish<Known extends KnownRecord>(
  domain: Domain,
  known: readonly Known[],
  { reader, config, resolver }: PublishingContext,
  looked: readonly KnownRecord[] = [],
): Promise<readonly (Known | KnownRecord)[]> {
  const keys = await reader.dkimKeys(domain.id);
  const { zone } = config.dkim;
  const others = rotationRecords(domain.name, keys).map((record) => ({
    ...record,
    status: looked.find(({ name }) => name === record.name)?.status ?? statusOf(record.name, keys),
  }));
  const all = [...known, ...others];
  if (domain.delegated !== true || zone === undefined) return all;
  const ahead = recordsAhead({
    domain: domain.name,
    token: tokenOf(domain),
    keySet: keySetOf(keys),
    selectors: await reader.selectorsOf(domain.name, tokenOf(domain)),
    zone,
  });
  const later = await Promise.all(
    ahead.map(async (record) => ({ ...record, status: await statusAhead(record, resolver) })),
  );
  return [...all.map((record) => asDelegated(record, zone)), ...later];
}

function statusOf(name: string, keys: readonly DkimKey[]): DnsRecordStatus {
  const [selector] = name.split('.', 1);
  const key = keys.find((one) => one.selector === selector);
  return key?.seenSinceMs === undefined ? 'unchecked' : 'ok';
}

/** Its target need not be there yet. */
async function statusAhead(
  { name, value }: { readonly name: string; readonly value: string },
  resolver: Resolver | undefined,
): Promise<DnsRecordStatus> {
  if (resolver === undefined) return 'unchecked';
  const answer: DnsAnswer<string> = await resolver.cname(name);
  if (answer.kind === 'failed') return 'unchecked';
  if (answer.kind === 'not-found') return 'missing';
  return answer.records.length === 1 && `${answer.records[0]?.toLowerCase().replace(/\.$/, '')}.` === value
    ? 'ok'
    : 'different';
}
