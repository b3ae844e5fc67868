/**
 * SPF records as text: their terms, what is to be counted of them, and several of them made into one with a term added. Pure;
 * what a record says of an address is evaluated in spf.ts. RFC 7208 §4.6, §5, §6.
 */

/** Terms that look something up: an evaluation may meet ten of them, over all records that it reads. RFC 7208 §4.6.4. */
export const MOST_SPF_TERMS = 10;
/** Terms whose look-up finds nothing. RFC 7208 §4.6.4. */
export const MOST_VOID_LOOK_UPS = 2;
/** All TXT records of the name together, so that an answer fits into UDP. RFC 7208 §3.4. */
export const GOOD_RECORD_OCTETS = 450;

const ASKING = /^[+?~-]?(?:a|mx|ptr|include|exists)(?:[:/]|$)/i;
const ALL = /^[+?~-]?all$/i;
const REDIRECT = /^redirect=/i;

export function isSpf(text: string): boolean {
  return /^v=spf1(?: |$)/i.test(text);
}

/** Without the version. */
export function spfTerms(record: string): readonly string[] {
  return record.trim().split(/\s+/).slice(1);
}

/** Terms of the record itself that look something up. A `redirect` counts only without an `all`. */
export function askingTerms(terms: readonly string[]): readonly string[] {
  const hasAll = terms.some((term) => ALL.test(term));
  return terms.filter((term) => ASKING.test(term) || (REDIRECT.test(term) && !hasAll));
}

/** The names whose records belong to it: of `include:` and `redirect=`. Those with macros depend on the message. */
export function spfReferences(terms: readonly string[]): readonly string[] {
  return askingTerms(terms).flatMap((term) => {
    const name = /^(?:\+?include:|redirect=)(.+)$/i.exec(term)?.[1];
    return name === undefined || name.includes('%') ? [] : [name.toLowerCase().replace(/\.$/, '')];
  });
}

/**
 * Whether a term of the record allows the host `a:NAME` before an `all` ends it, whatever its address. `name`: of the record,
 * which a bare `a` means.
 */
export function allowsHost(terms: readonly string[], host: string, name: string): boolean {
  const wanted = `a:${host}`.toLowerCase();
  for (const term of terms) {
    const mechanism = term.toLowerCase().replace(/^\+/, '').replace(/\.$/, '');
    if (mechanism === wanted || (mechanism === 'a' && name === host)) return true;
    if (ALL.test(term)) return false;
  }
  return false;
}

/**
 * One record with the terms of all of `records` and `mechanism` before its `all`. Where they end differently it ends with `~all`,
 * which refuses nothing.
 */
export function mergedSpf(records: readonly string[], mechanism: string): string {
  const terms = records.flatMap(spfTerms);
  const ends = [...new Set(terms.filter((term) => ALL.test(term)).map((term) => term.toLowerCase()))];
  const redirects = terms.filter((term) => REDIRECT.test(term)).slice(0, 1);
  const mechanisms = terms.filter((term) => !ALL.test(term) && !REDIRECT.test(term));
  const [end = '~all'] = ends.length === 1 ? ends : ['~all'];
  // An `all` takes the redirect away; without one it is the end.
  const last = ends.length === 0 && redirects.length > 0 ? redirects : [end];
  const wanted = mechanism.toLowerCase();
  const kept = mechanisms.filter((term) => term.toLowerCase().replace(/^\+/, '') !== wanted);
  return ['v=spf1', ...new Set([...kept, mechanism]), ...last].join(' ');
}
