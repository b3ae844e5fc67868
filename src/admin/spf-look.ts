/**
 * An SPF record as receivers see it: evaluated for the addresses that mail leaves from (dns/spf.ts), the same for `domain verify`,
 * the watch of relayd and the doctor. Where no address is known, the relay is allowed if its host name is a term of the record, or
 * of one that it includes. A record that does not allow the relay gets a proposal: its own terms, with ours. RFC 7208.
 */
import { compareRecord, spfHost, type DnsRecordStatus, type DomainRecord } from '../dkim/domain-records.ts';
import type { DnsAnswer, Resolver } from '../dns/resolver.ts';
import {
  allowsHost,
  askingTerms,
  GOOD_RECORD_OCTETS,
  isSpf,
  mergedSpf,
  MOST_SPF_TERMS,
  MOST_VOID_LOOK_UPS,
  spfReferences,
  spfTerms,
} from '../dns/spf-record.ts';
import { readSpfTree, type SpfTree } from '../dns/spf-tree.ts';
import type { SpfFinding } from '../policy/checks/domain-mail.ts';

export interface SpfLookOptions {
  readonly resolver: Resolver;
  /** Public ones that mail leaves from, as far as known. */
  readonly addresses: readonly string[];
  /**
   * False: the evaluator, which takes some 30 MB of memory once it is loaded, is asked only where the record itself does not name
   * the relay, or refers to others.
   */
  readonly evaluatesAll: boolean;
}

export interface SpfLook {
  readonly status: DnsRecordStatus;
  readonly findings: readonly SpfFinding[];
  /** A line each. */
  readonly remarks: readonly string[];
  /** What to publish in place of what is there; `undefined`: nothing, or the record itself. */
  readonly proposed: string | undefined;
}

const MOST_ADDRESSES = 2;

export async function lookAtSpf(
  record: DomainRecord,
  answer: DnsAnswer<string>,
  options: SpfLookOptions,
): Promise<SpfLook> {
  const found = answer.kind === 'found' ? answer.records.filter(isSpf) : [];
  const [text] = found;
  const host = spfHost(record);
  if (text === undefined) {
    const remarks = answer.kind === 'found' ? nearlySpf(answer.records) : [];
    const findings =
      answer.kind === 'failed' || !options.evaluatesAll ? [] : noneFor(record, options.addresses);
    return { status: compareRecord(record, answer), findings, remarks, proposed: undefined };
  }
  const proposed = mergedSpf(found, `a:${host}`);
  if (found.length > 1) {
    const remarks = [`there are ${found.length} SPF records, which is an error for every receiver: keep one`];
    return { status: 'different', findings: [], remarks, proposed };
  }
  const terms = spfTerms(text);
  const isPlain = allowsHost(terms, host, record.name) && spfReferences(terms).length === 0;
  if (isPlain && !options.evaluatesAll && askingTerms(terms).length <= MOST_SPF_TERMS)
    return { status: 'ok', findings: [], remarks: sizeWords(answer), proposed: undefined };
  const tree = await readSpfTree(record.name, text, host, options.resolver);
  const { findings, remarks } = await evaluate(record, host, options);
  const status = statusOf(tree, findings);
  return {
    status,
    findings,
    remarks: [...remarks, ...treeWords(tree), ...sizeWords(answer)],
    proposed: status === 'different' ? proposed : undefined,
  };
}

/** What an evaluation finds where there is no record. RFC 7208 §2.6.1. */
function noneFor({ name }: DomainRecord, addresses: readonly string[]): readonly SpfFinding[] {
  return addresses.slice(0, MOST_ADDRESSES).map((address) => ({ domain: name, address, verdict: 'none' }));
}

/** Of several addresses the worst counts: mail leaves from any of them. */
function statusOf(tree: SpfTree, findings: readonly SpfFinding[]): DnsRecordStatus {
  if (findings.length === 0) {
    if (tree.allowsHost) return tree.askingTerms > MOST_SPF_TERMS ? 'different' : 'ok';
    return tree.incomplete ? 'unchecked' : 'different';
  }
  if (findings.some(({ verdict }) => verdict !== 'pass' && verdict !== 'temperror')) return 'different';
  return findings.some(({ verdict }) => verdict === 'temperror') ? 'unchecked' : 'ok';
}

async function evaluate(
  { name }: DomainRecord,
  hostname: string,
  { addresses, resolver }: SpfLookOptions,
): Promise<Pick<SpfLook, 'findings' | 'remarks'>> {
  if (addresses.length === 0) return { findings: [], remarks: [] };
  // The evaluator is loaded when it is first needed: relayd starts without it.
  const { evaluateSpf } = await import('../dns/spf.ts');
  const findings: SpfFinding[] = [];
  const remarks: string[] = [];
  for (const address of addresses.slice(0, MOST_ADDRESSES)) {
    const facts = { address, helo: hostname, reversePath: `postmaster@${name}`, hostname };
    const { verdict, lookUps, voidLookUps } = await evaluateSpf(facts, resolver);
    findings.push({ domain: name, address, verdict });
    if (verdict !== 'pass')
      remarks.push(
        `receivers find ${verdict} for ${address}, after ${lookUps} of ${MOST_SPF_TERMS} look-ups`,
      );
    if (voidLookUps > MOST_VOID_LOOK_UPS)
      remarks.push(
        `${voidLookUps} look-ups of its terms find nothing, and ${MOST_VOID_LOOK_UPS} are allowed: remove names that are gone`,
      );
  }
  return { findings, remarks };
}

function treeWords({ askingTerms: asking, broken }: SpfTree): readonly string[] {
  const lines = broken.map(
    (name) => `${name}, which it refers to, has no valid SPF record: an error for every receiver`,
  );
  if (asking > MOST_SPF_TERMS)
    lines.push(
      `it needs ${asking} of ${MOST_SPF_TERMS} look-ups in all: an error for receivers that come so far; remove an include: or name addresses by ip4: and ip6:`,
    );
  return lines;
}

function sizeWords(answer: DnsAnswer<string>): readonly string[] {
  const octets = answer.kind === 'found' ? answer.records.reduce((sum, text) => sum + text.length, 0) : 0;
  return octets <= GOOD_RECORD_OCTETS
    ? []
    : [
        `the TXT records of this name have ${octets} octets: beyond ${GOOD_RECORD_OCTETS} some receivers cannot read them (RFC 7208 §3.4)`,
      ];
}

/** Records that are no SPF record, and were meant as one. */
function nearlySpf(records: readonly string[]): readonly string[] {
  return records.flatMap((text) => {
    if (!/^[\s"\\]*v\s*=\s*spf/i.test(text)) return [];
    if (/["\\]/.test(text)) return ['quotes or backslashes are part of the value: enter it without them'];
    return ['an SPF record begins with v=spf1 and a space, without anything before it'];
  });
}
