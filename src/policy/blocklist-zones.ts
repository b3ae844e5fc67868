/**
 * The blocklists to ask, as data (config/blocklists.toml or an operator's own file in the same form), and what an answer of
 * one means. Reads no file and asks nothing: text and answers come in. RFC 5782.
 */
import { normalizeDomain } from '../smtp/address.ts';
import { readTables, type TablesProblem } from './data-tables.ts';

export interface Blocklist {
  /** Shown instead of the zone, which may hold a key. */
  readonly name: string;
  readonly zone: string;
  /** A URL. */
  readonly removal: string;
  readonly ipv6: boolean;
  /** Address in the answer -> meaning. Empty: any of 127.0.0.0/16 is a listing. */
  readonly codes: ReadonlyMap<string, string>;
}

/** What an A query in a blocklist's zone came to. */
export type ZoneAnswer =
  | { readonly kind: 'found'; readonly records: readonly string[] }
  | { readonly kind: 'not-found' }
  | { readonly kind: 'failed'; readonly reason: string };

/** `listed`: `meaning` in words. `refused`: the list does not answer this resolver. `failed`: no answer, or none that counts. */
export type ListVerdict =
  | { readonly kind: 'clear' }
  | { readonly kind: 'listed'; readonly meaning: string }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'failed'; readonly reason: string };

const KEYS = ['name', 'zone', 'removal', 'ipv6', 'codes'];
/** Each costs queries, and a list that nobody uses says nothing. */
const MOST_LISTS = 20;
const MOST_TEXT = 120;

/** Spamhaus's, which others took over. */
const REFUSALS: Readonly<Record<string, string>> = {
  '127.255.255.252': 'its zone is misspelt',
  '127.255.255.254': 'a public resolver asked, whose queries it refuses',
  '127.255.255.255': 'too many queries came from there',
};

export function readZoneAnswer(answer: ZoneAnswer, { codes }: Pick<Blocklist, 'codes'>): ListVerdict {
  if (answer.kind === 'failed') return answer;
  if (answer.kind === 'not-found') return { kind: 'clear' };
  const refusal = answer.records.find((code) => code.startsWith('127.255.255.'));
  if (refusal !== undefined)
    return { kind: 'refused', reason: REFUSALS[refusal] ?? `it refuses the query with ${refusal}` };
  const listing = answer.records.filter((code) =>
    codes.size === 0 ? code.startsWith('127.0.') : codes.has(code),
  );
  if (listing.length === 0)
    return { kind: 'failed', reason: `its answer ${answer.records.join(', ')} has no meaning` };
  return { kind: 'listed', meaning: listing.map((code) => codes.get(code) ?? code).join('; ') };
}

/** Whether a list can be believed, by its entries for 127.0.0.2 and 127.0.0.1; `undefined`: it can. RFC 5782 §5. */
export function distrust(
  testEntry: ZoneAnswer,
  neverListed: ZoneAnswer,
): Extract<ListVerdict, { kind: 'refused' | 'failed' }> | undefined {
  const any = { codes: new Map<string, string>() };
  const test = readZoneAnswer(testEntry, any);
  if (test.kind === 'refused' || test.kind === 'failed') return test;
  if (test.kind === 'clear') return { kind: 'failed', reason: 'its test entry 127.0.0.2 is not there' };
  const never = readZoneAnswer(neverListed, any);
  if (never.kind === 'listed') return { kind: 'failed', reason: 'it lists 127.0.0.1, as a dead list does' };
  return never.kind === 'clear' ? undefined : never;
}

export function parseBlocklists(toml: string): readonly Blocklist[] | TablesProblem {
  const tables = readTables(toml, 'blocklist');
  if ('expected' in tables) return tables;
  if (tables.length > MOST_LISTS) return { at: 'blocklist', expected: `at most ${MOST_LISTS} lists` };
  const lists: Blocklist[] = [];
  for (const [index, table] of tables.entries()) {
    const list = parseBlocklist(table, index + 1);
    if ('expected' in list) return list;
    if (lists.some(({ name }) => name === list.name))
      return { at: `blocklist "${list.name}"`, expected: 'a name that no other list has' };
    lists.push(list);
  }
  return lists;
}

function parseBlocklist(table: Readonly<Record<string, unknown>>, number: number): Blocklist | TablesProblem {
  const { name, zone, removal, ipv6 = false, codes = {} } = table;
  if (!isText(name)) return { at: `blocklist ${number}, name`, expected: 'a name as it is to be shown' };
  const at = (key: string) => `blocklist "${name}", ${key}`;
  const unknown = Object.keys(table).find((key) => !KEYS.includes(key));
  if (unknown !== undefined) return { at: at(unknown), expected: `one of the keys ${KEYS.join(', ')}` };
  const normal = typeof zone === 'string' ? normalizeDomain(zone) : undefined;
  if (normal?.includes('.') !== true)
    return { at: at('zone'), expected: 'a domain such as "zen.spamhaus.org"' };
  if (!isText(removal) || !removal.startsWith('https://'))
    return { at: at('removal'), expected: 'an https URL' };
  if (typeof ipv6 !== 'boolean') return { at: at('ipv6'), expected: 'true or false' };
  if (typeof codes !== 'object' || codes === null || Array.isArray(codes))
    return { at: at('codes'), expected: 'a table of answers and meanings' };
  const meanings = new Map<string, string>();
  for (const [code, meaning] of Object.entries(codes)) {
    if (!/^127\.0\.\d{1,3}\.\d{1,3}$/.test(code) || !isText(meaning))
      return { at: at('codes'), expected: 'answers in 127.0.0.0/16, each with its meaning in words' };
    meanings.set(code, meaning);
  }
  return { name, zone: normal, removal, ipv6, codes: meanings };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= MOST_TEXT;
}
