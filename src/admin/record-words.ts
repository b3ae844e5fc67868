/**
 * What a look-up of a domain's records can say besides their status: why one is not right, where else it stands, and whether DMARC
 * passes for what will be sent. A few look-ups more, all of names under or above the domain itself.
 */
import { dkimTexts, readTags, withoutSpace } from '../dkim/dkim-text.ts';
import { dkimWords } from '../dkim/dkim-words.ts';
import { alignmentWords, dmarcFaults, dmarcParents, readDmarc, type DmarcRecord } from '../dkim/dmarc.ts';
import type { DnsRecordStatus, DomainRecord } from '../dkim/domain-records.ts';
import type { DnsAnswer, Resolver } from '../dns/resolver.ts';
import { visible } from '../platform/visible-text.ts';

export interface Words {
  readonly status: DnsRecordStatus;
  readonly remarks: readonly string[];
  /** Strict in DKIM and in SPF: mail from subdomains that the domain signs would fail. */
  readonly isStrict: boolean;
}

export async function dkimRecordWords(
  record: DomainRecord,
  answer: DnsAnswer<string>,
  status: DnsRecordStatus,
  others: readonly DomainRecord[],
  resolver: Resolver,
): Promise<readonly string[]> {
  const found = answer.kind === 'found' ? answer.records : [];
  if (answer.kind === 'failed') return [];
  const words = dkimWords(record, found, others);
  if (status !== 'missing') return words;
  const elsewhere = await foundElsewhere(record, found, resolver);
  return elsewhere === undefined ? words : [elsewhere];
}

/** Where panels and hands put a record that is missing at its name. */
async function foundElsewhere(
  { name, value, key }: DomainRecord,
  found: readonly string[],
  resolver: Resolver,
): Promise<string | undefined> {
  const domain = name.slice(name.indexOf('._domainkey.') + '._domainkey.'.length);
  const selector = key?.selector ?? '';
  if (found.length > 0) return await wildcardWords(domain, found, resolver);
  const cname = await resolver.cname(name);
  if (cname.kind === 'found')
    return `it is a CNAME to ${visible(cname.records[0] ?? '')}, which has no TXT record: publish the key there, or the record here`;
  const places = [
    { at: `${name}.${domain}`, why: 'the panel adds the domain itself: enter the name without it' },
    { at: `${selector}.${domain}`, why: 'it lacks ._domainkey after the selector' },
    { at: `_domainkey.${domain}`, why: 'it lacks the selector before ._domainkey' },
    ...dmarcParents(domain).map((parent) => ({
      at: `${selector}._domainkey.${parent}`,
      why: `it is in ${parent}, and belongs to ${domain}`,
    })),
  ];
  for (const { at, why } of places)
    if (hasKey(await resolver.txt(at), value)) return `it is published at ${at}: ${why}`;
  return undefined;
}

async function wildcardWords(
  domain: string,
  found: readonly string[],
  resolver: Resolver,
): Promise<string | undefined> {
  const other = await resolver.txt(`no-such-selector._domainkey.${domain}`);
  if (other.kind !== 'found' || other.records.join() !== found.join()) return undefined;
  return 'DNS answers with the text of a wildcard (*): publish the record at this very name, which takes precedence';
}

function hasKey(answer: DnsAnswer<string>, value: string): boolean {
  if (answer.kind !== 'found') return false;
  const wanted = readTags(value)?.get('p') ?? '';
  return dkimTexts(answer.records).some(
    (text) => withoutSpace(readTags(text.replace(/["\\]/g, ''))?.get('p')) === wanted,
  );
}

/** Its own record, or one above it that counts for it. */
export async function dmarcRecordWords(
  answer: DnsAnswer<string>,
  status: DnsRecordStatus,
  sending: { readonly domain: string; readonly returnPath: string },
  resolver: Resolver,
): Promise<Words> {
  const { domain } = sending;
  const found = answer.kind === 'found' ? answer.records : [];
  const aligned = (record: DmarcRecord | undefined) =>
    record === undefined ? [] : alignmentWords(record, { ...sending, signingDomain: domain });
  if (status !== 'missing') {
    const own = readDmarc(domain, domain, found);
    return { status, remarks: [...dmarcFaults(found), ...aligned(own)], isStrict: isStrict(own) };
  }
  for (const parent of dmarcParents(domain)) {
    const above = await resolver.txt(`_dmarc.${parent}`);
    const record = above.kind === 'found' ? readDmarc(parent, domain, above.records) : undefined;
    if (record === undefined) continue;
    const words = `the record of ${parent} counts for it, with the policy ${record.policy}`;
    return { status: 'ok', remarks: [words, ...aligned(record)], isStrict: isStrict(record) };
  }
  return { status, remarks: dmarcFaults(found), isStrict: false };
}

function isStrict(record: DmarcRecord | undefined): boolean {
  return record?.strictDkim === true && record.strictSpf;
}
