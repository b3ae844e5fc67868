/**
 * The DNS records of a sending domain: DKIM keys (RFC 6376 §3.6.1), SPF (RFC 7208), DMARC (RFC 7489), and those of
 * its return-path host (MX, SPF), which bring reports about its mail to this relay. Says what to publish and whether
 * the published records will do. Pure: the caller looks them up.
 */
import type { DnsAnswer } from '../dns/resolver.ts';
import type { DkimKey } from './dkim-key.ts';
import { returnPathHost } from '../smtp/return-path-host.ts';
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
 * SPF is `ok` when it allows the relay to send, DMARC when the record is valid, MX when the relay is the first
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
          return only(answer.records.filter(isSpf), (text) => spfAllows(text, record));
        case 'dmarc':
          return only(answer.records.filter(isDmarc), hasDmarcPolicy);
        case 'return-path-mx':
          return isFirstChoice(answer.records, record.value) ? 'ok' : 'different';
        default:
          return only(answer.records.filter(isDkim), (text) => sameDkimKey(text, record.value));
      }
  }
}

function only(candidates: readonly string[], fits: (text: string) => boolean): DnsRecordStatus {
  const [first] = candidates;
  if (first === undefined) return 'missing';
  return candidates.length === 1 && fits(first) ? 'ok' : 'different';
}

/** Tag list of RFC 6376 §3.2: names are case-sensitive; a repeated tag makes the list malformed (`undefined`). */
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

/** True when a mechanism allows the relay's host before an `all` ends the record. RFC 7208 §4.6, §5. */
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
