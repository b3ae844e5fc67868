/**
 * An SPF record with all that it includes: how many terms look something up in the worst case, and whether one of them names a
 * host. An evaluation for one address ends at the first match and may count fewer; receivers meet the whole for mail of others,
 * and then all of it is an error (RFC 7208 §4.6.4). Bounded, whatever zones refer to.
 */
import type { Resolver } from './resolver.ts';
import { allowsHost, askingTerms, isSpf, spfReferences, spfTerms } from './spf-record.ts';

export interface SpfTree {
  /** Of all records together. */
  readonly askingTerms: number;
  /** A term of one of them allows the host. */
  readonly allowsHost: boolean;
  /** Names that are referred to and have no SPF record, or several: an error for every receiver. */
  readonly broken: readonly string[];
  /** Not all of it could be read, or it is larger than what anybody reads. */
  readonly incomplete: boolean;
}

const MOST_RECORDS = 20;

/** `name`: where `record` is published. */
export async function readSpfTree(
  name: string,
  record: string,
  host: string,
  resolver: Pick<Resolver, 'txt'>,
): Promise<SpfTree> {
  const seen = new Set([name]);
  const open = [{ name, record }];
  const broken: string[] = [];
  let [asking, allows, incomplete] = [0, false, false];
  for (let at = open.shift(); at !== undefined; at = open.shift()) {
    const terms = spfTerms(at.record);
    asking += askingTerms(terms).length;
    allows ||= allowsHost(terms, host, at.name);
    for (const referred of spfReferences(terms)) {
      if (seen.has(referred)) continue;
      if (seen.size >= MOST_RECORDS) {
        incomplete = true;
        continue;
      }
      seen.add(referred);
      const answer = await resolver.txt(referred);
      const found = answer.kind === 'found' ? answer.records.filter(isSpf) : [];
      const [only] = found;
      if (answer.kind === 'failed') incomplete = true;
      else if (only === undefined || found.length > 1) broken.push(referred);
      else open.push({ name: referred, record: only });
    }
  }
  return { askingTerms: asking, allowsHost: allows, broken, incomplete };
}
