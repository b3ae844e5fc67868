/**
 * The DNS records that make mail of a domain trusted: DKIM keys (RFC 6376 §3.6.1), SPF (RFC 7208), DMARC (RFC 7489);
 * and those of its return-path host (MX, SPF), by which reports about its mail come back here. Says what to publish and whether what is published will do. Pure: the look-up is the caller's.
 */
import type { DnsAnswer } from '../dns/resolver.ts';
import type { DkimKey } from './dkim-key.ts';
import { returnPathHost } from '../smtp/return-path-host.ts';
import { dkimRecordValue } from './keys.ts';

/** `unchecked`: not looked up yet, or DNS could not be asked. */
export type DnsRecordStatus = 'unchecked' | 'ok' | 'missing' | 'different';

/** Reports about mail of a domain come here when these are `ok`. */
export const RETURN_PATH_PURPOSES = ['return-path-mx', 'return-path-spf'] as const;

export type RecordPurpose =
  'dkim-rsa' | 'dkim-ed25519' | 'spf' | 'dmarc' | (typeof RETURN_PATH_PURPOSES)[number];

export interface DomainRecord {
  readonly purpose: RecordPurpose;
  readonly type: 'TXT' | 'MX';
  /** Full name without a trailing dot. */
  readonly name: string;
  /** The record's data: a TXT unquoted and whole (a name server splits it at 255 octets), an MX as `10 host.`. */
  readonly value: string;
}

export interface DomainFacts {
  /** Lower-cased A-label name. */
  readonly domain: string;
  /** In any state: a retired key has to stay published while its signatures travel. */
  readonly keys: readonly DkimKey[];
  /** The relay's own name, whose addresses send the mail. */
  readonly hostname: string;
  /** The relay takes reports (`inbound.listen`): the return-path host needs its records. */
  readonly takesReports: boolean;
}

/** DKIM records in the order of `keys`, then SPF and DMARC, then those of the return-path host. A domain is verified when its DKIM records are `ok`. */
export function domainRecords({ domain, keys, hostname, takesReports }: DomainFacts): DomainRecord[] {
  const relay = hostname.toLowerCase();
  return [
    ...keys.map((key): DomainRecord => ({
      purpose: key.algorithm === 'rsa-sha256' ? 'dkim-rsa' : 'dkim-ed25519',
      type: 'TXT',
      name: `${key.selector}._domainkey.${domain}`,
      value: dkimRecordValue(key),
    })),
    { purpose: 'spf', type: 'TXT', name: domain, value: spfRecord(relay) },
    { purpose: 'dmarc', type: 'TXT', name: `_dmarc.${domain}`, value: 'v=DMARC1; p=none' },
    ...(takesReports ? returnPathRecords(returnPathHost(domain), relay) : []),
  ];
}

function returnPathRecords(name: string, relay: string): readonly DomainRecord[] {
  return [
    { purpose: 'return-path-mx', type: 'MX', name, value: `10 ${relay}.` },
    // Checked in place of the domain's own: the envelope sender is on this host.
    { purpose: 'return-path-spf', type: 'TXT', name, value: spfRecord(relay) },
  ];
}

function spfRecord(relay: string): string {
  return `v=spf1 a:${relay} ~all`;
}

/**
 * Compares what DNS answered for `record.name` with what it has to say. Tolerant of white space, order and tags
 * that change nothing; several records where one may stand are `different`, since verifiers then fail or choose.
 * An SPF record is `ok` when it lets the relay send, a DMARC record when it is one, an MX when the relay is the first
 * choice. `answer` holds MX records as `preference host.`.
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
          return only(answer.records.filter(isSpf), (text) => spfAllows(text, record));
        case 'dmarc':
          return only(answer.records.filter(isDmarc), hasDmarcPolicy);
        case 'return-path-mx':
          return isFirstChoice(answer.records, record.value) ? 'ok' : 'different';
        case 'dkim-rsa':
        case 'dkim-ed25519':
          return only(answer.records.filter(isDkim), (text) => sameDkimKey(text, record.value));
      }
  }
}

function only(candidates: readonly string[], fits: (text: string) => boolean): DnsRecordStatus {
  const [first] = candidates;
  if (first === undefined) return 'missing';
  return candidates.length === 1 && fits(first) ? 'ok' : 'different';
}

/** Tags of RFC 6376 §3.2: names are case-sensitive, of repeated ones the list is malformed (`undefined`). */
function readTags(text: string): ReadonlyMap<string, string> | undefined {
  const tags = new Map<string, string>();
  for (const part of text.split(';')) {
    if (part.trim() === '') continue;
    const equals = part.indexOf('=');
    const name = part.slice(0, Math.max(equals, 0)).trim();
    if (name === '' || tags.has(name)) return undefined;
    tags.set(name, part.slice(equals + 1).trim());
  }
  return tags;
}

function isDkim(text: string): boolean {
  return /(?:^|;)\s*(?:v\s*=\s*DKIM1|p\s*=)/i.test(text);
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

function withoutSpace(text: string | undefined): string {
  return (text ?? '').replace(/\s+/g, '');
}

function listAllows(list: string | undefined, accepted: readonly string[]): boolean {
  return list === undefined || list.split(':').some((item) => accepted.includes(item.trim().toLowerCase()));
}

function isSpf(text: string): boolean {
  return /^v=spf1(?: |$)/i.test(text);
}

/** True when a mechanism lets the relay's host send before an `all` ends the record. RFC 7208 §4.6, §5. */
function spfAllows(text: string, record: DomainRecord): boolean {
  const wanted = /(a:\S+)/.exec(record.value)?.[1] ?? '';
  for (const term of text.toLowerCase().trim().split(/ +/).slice(1)) {
    const mechanism = term.replace(/^\+/, '');
    if (mechanism === wanted || (mechanism === 'a' && wanted === `a:${record.name}`)) return true;
    if (/^[+?~-]?all$/.test(term)) return false;
  }
  return false;
}

function isDmarc(text: string): boolean {
  return /^\s*v\s*=\s*DMARC1\s*(?:;|$)/.test(text);
}

function hasDmarcPolicy(text: string): boolean {
  return /^(?:none|quarantine|reject)$/i.test(readTags(text)?.get('p') ?? '');
}

/** Alone at the lowest preference: whatever another host there took would be lost to us. */
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
