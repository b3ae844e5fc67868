/**
 * The DNS records of a sending domain: DKIM keys (RFC 6376 §3.6.1), SPF (RFC 7208), DMARC (RFC 7489), and those of
 * its return-path host (MX, SPF), which bring reports about its mail to this relay. Says what to publish and whether
 * the published records will do. Pure: the caller looks them up.
 */
import type { DnsAnswer } from '../dns/resolver.ts';
import type { DkimKey } from './dkim-key.ts';
import { returnPathHost } from '../smtp/return-path-host.ts';
import { allowsHost, isSpf, spfTerms } from '../dns/spf-record.ts';
import { dkimTexts, readTags, withoutSpace } from './dkim-text.ts';
import { isDmarc, readDmarc } from './dmarc.ts';
import { dkimRecordValue } from './keys.ts';

/** `unchecked`: not looked up yet, or DNS did not answer. */
export type DnsRecordStatus = 'unchecked' | 'ok' | 'missing' | 'different';

/** Reports about the domain's mail arrive here when these are `ok`. */
export const RETURN_PATH_PURPOSES = ['return-path-mx', 'return-path-spf'] as const;

export type RecordPurpose =
  | DkimPurpose
  | `${DkimPurpose}${'-next' | '-old' | '-ahead'}`
  | 'spf'
  | 'dmarc'
  | (typeof RETURN_PATH_PURPOSES)[number];

/** Of the keys that sign. Beside them keys to come (`-next`), old ones (`-old`), and delegated names of later (`-ahead`). */
export type DkimPurpose = 'dkim-rsa' | 'dkim-ed25519';

export interface DomainRecord {
  readonly purpose: RecordPurpose;
  readonly type: 'TXT' | 'MX' | 'CNAME';
  /** Full name without a trailing dot. */
  readonly name: string;
  /** The record's data: a TXT unquoted and whole (a name server splits it at 255 octets), an MX as `10 host.`, a CNAME as `host.`. */
  readonly value: string;
  /** Of a DKIM record. */
  readonly key?: Pick<DkimKey, 'selector' | 'state' | 'seenAtMs' | 'failingSinceMs'>;
}

export interface DomainFacts {
  /** Lower-cased A-label name. */
  readonly domain: string;
  /** In any state: a domain is judged by those that sign. */
  readonly keys: readonly DkimKey[];
  /** The relay's host name, whose addresses send the mail. */
  readonly hostname: string;
  /** `inbound.listen` is set, so the return-path host needs its records. */
  readonly takesReports: boolean;
}

/**
 * DKIM records in the order of `keys`, then SPF and DMARC, then those of the return-path host. A domain is verified
 * when the records of its active DKIM keys are `ok`.
 */
export function domainRecords({ domain, keys, hostname, takesReports }: DomainFacts): DomainRecord[] {
  const relay = hostname.toLowerCase();
  return [
    ...keys.filter(({ state }) => state === 'active').map((key) => dkimRecord(domain, key)),
    { purpose: 'spf', type: 'TXT', name: domain, value: spfRecord(relay) },
    { purpose: 'dmarc', type: 'TXT', name: `_dmarc.${domain}`, value: 'v=DMARC1; p=none' },
    ...(takesReports ? returnPathRecords(returnPathHost(domain), relay) : []),
  ];
}

/** `when`: of a key that does not sign. */
export function dkimRecord(domain: string, key: DkimKey, when: '' | '-next' | '-old' = ''): DomainRecord {
  return {
    purpose: `${key.algorithm === 'rsa-sha256' ? 'dkim-rsa' : 'dkim-ed25519'}${when}`,
    type: 'TXT',
    name: `${key.selector}._domainkey.${domain}`,
    value: dkimRecordValue(key),
    key,
  };
}

function returnPathRecords(name: string, relay: string): readonly DomainRecord[] {
  return [
    { purpose: 'return-path-mx', type: 'MX', name, value: `10 ${relay}.` },
    // Replaces the domain's own SPF record: the envelope sender is on this host.
    { purpose: 'return-path-spf', type: 'TXT', name, value: spfRecord(relay) },
  ];
}

function spfRecord(relay: string): string {
  return `v=spf1 a:${relay} ~all`;
}

/**
 * Compares the DNS answer for `record.name` with the expected data. Ignores differences of white space, order and
 * tags without effect; several records where one is allowed are `different`, because verifiers then fail or pick one.
 * SPF is `ok` when a term of the record itself names the relay (what else may allow it, admin/spf-look.ts evaluates), DMARC when the record is valid, MX when the relay is the first
 * choice. `answer` has MX records as `preference host.`.
 */
export function compareRecord(record: DomainRecord, answer: DnsAnswer<string>): DnsRecordStatus {
  switch (answer.kind) {
    case 'failed':
      return 'unchecked';
    case 'not-found':
      return 'missing';
    case 'found':
      switch (record.purpose) {
        case 'spf':
        case 'return-path-spf':
          return only(answer.records.filter(isSpf), (text) =>
            allowsHost(spfTerms(text), spfHost(record), record.name),
          );
        case 'dmarc':
          return only(
            answer.records.filter(isDmarc),
            (text) => readDmarc(record.name, record.name, [text]) !== undefined,
          );
        case 'return-path-mx':
          return isFirstChoice(answer.records, record.value) ? 'ok' : 'different';
        default:
          return only(dkimTexts(answer.records), (text) => sameDkimKey(text, record.value));
      }
  }
}

/** The relay's host, which the term of its record names. */
export function spfHost({ value }: Pick<DomainRecord, 'value'>): string {
  return /\ba:(\S+)/.exec(value)?.[1] ?? '';
}

function only(candidates: readonly string[], fits: (text: string) => boolean): DnsRecordStatus {
  const [first] = candidates;
  if (first === undefined) return 'missing';
  return candidates.length === 1 && fits(first) ? 'ok' : 'different';
}

/** Whether one of the texts that DNS has at the name of a DKIM record holds its key, whatever else is wrong with it. */
export function holdsKey({ value }: Pick<DomainRecord, 'value'>, records: readonly string[]): boolean {
  const publicKey = withoutSpace(readTags(value)?.get('p'));
  return records.some((text) => text.replace(/[\s"\\]+/g, '').includes(publicKey));
}

function sameDkimKey(text: string, wanted: string): boolean {
  const tags = readTags(text);
  const expected = readTags(wanted);
  if (tags === undefined || expected === undefined) return false;
  const [firstTag] = tags.keys();
  if (tags.has('v') && (firstTag !== 'v' || tags.get('v') !== 'DKIM1')) return false;
  return (
    (tags.get('k') ?? 'rsa') === expected.get('k') &&
    withoutSpace(tags.get('p')) === withoutSpace(expected.get('p')) &&
    listAllows(tags.get('h'), ['sha256']) &&
    listAllows(tags.get('s'), ['email', '*'])
  );
}

function listAllows(list: string | undefined, accepted: readonly string[]): boolean {
  return list === undefined || list.split(':').some((item) => accepted.includes(item.trim().toLowerCase()));
}

/** Alone at the lowest preference: another host there would receive reports that are lost to us. */
function isFirstChoice(records: readonly string[], wanted: string): boolean {
  const hosts = records.map((text) => {
    const [preference = '', host = ''] = text.trim().split(/\s+/);
    return { preference: Number(preference), host: withoutFinalDot(host.toLowerCase()) };
  });
  const lowest = Math.min(...hosts.map(({ preference }) => preference));
  const first = hosts.filter(({ preference }) => preference === lowest);
  const relay = withoutFinalDot(wanted.split(' ')[1] ?? '');
  return first.length > 0 && first.every(({ host }) => host === relay);
}

function withoutFinalDot(name: string): string {
  return name.endsWith('.') ? name.slice(0, -1) : name;
}
