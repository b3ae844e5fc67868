/**
 * DMARC as receivers apply it to mail of a domain: its own record, else that of a domain above it, and whether what this relay
 * sends is aligned (RFC 7489 §3.1, §6.6.3). Facts in, words out.
 */
import { readTags } from './dkim-text.ts';

/**
 * Beside the statuses of a domain's records: `different` where its DMARC record fails mail from a subdomain that is signed in the
 * domain's own name.
 */
export const DMARC_OF_SUBDOMAINS = 'dmarc-subdomains';

export interface DmarcRecord {
  /** Where it was found, without `_dmarc`. */
  readonly at: string;
  readonly policy: string;
  readonly strictDkim: boolean;
  readonly strictSpf: boolean;
}

export interface Sending {
  /** Of the header From. */
  readonly domain: string;
  /** `d=` of the signatures. */
  readonly signingDomain: string;
  /** Of the reverse-path. */
  readonly returnPath: string;
}

export function isDmarc(text: string): boolean {
  return /^\s*v\s*=\s*DMARC1\s*(?:;|$)/.test(text);
}

/** Above `domain`, nearest first: there a record counts for it as well, unless it has one itself. Never a top level alone. */
export function dmarcParents(domain: string): readonly string[] {
  const labels = domain.split('.');
  return labels
    .slice(1, -1)
    .map((_label, at) => labels.slice(at + 1).join('.'))
    .slice(0, 3);
}

/** The record for mail of `domain`, of those found at `at`; `undefined`: none, several, or not well-formed. */
export function readDmarc(at: string, domain: string, found: readonly string[]): DmarcRecord | undefined {
  const records = found.filter(isDmarc);
  const tags = records.length === 1 ? readTags(records[0] ?? '') : undefined;
  const policy = (at === domain ? undefined : tags?.get('sp')) ?? tags?.get('p') ?? '';
  if (tags === undefined || !/^(?:none|quarantine|reject)$/i.test(policy)) return undefined;
  const isStrict = (name: string) => tags.get(name)?.toLowerCase() === 's';
  return { at, policy: policy.toLowerCase(), strictDkim: isStrict('adkim'), strictSpf: isStrict('aspf') };
}

/** What is wrong with a record of the domain's own; empty: nothing, or there is none. */
export function dmarcFaults(found: readonly string[]): readonly string[] {
  const records = found.filter(isDmarc);
  if (records.length > 1)
    return [`there are ${records.length} DMARC records: receivers then apply none; keep one`];
  const [text = found.find((one) => /dmarc/i.test(one))] = records;
  if (text === undefined) return [];
  if (/["\\]/.test(text)) return ['quotes or backslashes are part of the value: enter it without them'];
  if (!isDmarc(text)) return ['it has to begin with v=DMARC1; in capital letters'];
  const tags = readTags(text);
  if (tags === undefined) return ['it is no list of tags: a tag stands twice, or one has no "="'];
  const policy = tags.get('p');
  if (policy === undefined) return ['it has no policy: add p=none, p=quarantine or p=reject'];
  if (!/^(?:none|quarantine|reject)$/i.test(policy))
    return [`p=${policy} is no policy: it is none, quarantine or reject`];
  const reports = tags.get('rua');
  return reports !== undefined && !reports.split(',').every((one) => /^\s*mailto:/i.test(one))
    ? ['rua= takes addresses as mailto:name@example.com']
    : [];
}

/** Whether DMARC passes for what is sent, in words. Empty: it does, by DKIM and by SPF. */
export function alignmentWords(record: DmarcRecord, sending: Sending): readonly string[] {
  const { domain, signingDomain, returnPath } = sending;
  const dkim = isAligned(domain, signingDomain, record.strictDkim);
  const spf = isAligned(domain, returnPath, record.strictSpf);
  const lines: string[] = [];
  if (!dkim)
    lines.push(
      `adkim=s: signatures are of ${signingDomain}, and do not count for mail from ${domain}: set adkim=r`,
    );
  if (!spf)
    lines.push(
      `aspf=s: the reverse-path is in ${returnPath}, so SPF does not count for ${domain}` +
        (dkim ? '; DMARC passes by DKIM alone' : ': set aspf=r'),
    );
  return lines;
}

/** Both are of one organization here: one lies under the other. */
function isAligned(from: string, other: string, strict: boolean): boolean {
  return from === other || (!strict && (from.endsWith(`.${other}`) || other.endsWith(`.${from}`)));
}
