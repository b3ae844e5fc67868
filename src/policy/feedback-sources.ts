/**
 * Who may send feedback reports, as data (config/feedback-sources.toml and an operator's own file in the same form): the
 * addresses that each writes from, and the domains that vouch for it by DKIM (RFC 6376) or SPF (RFC 7208). Parses and
 * finds; what was verified is for others to say. Reads no file: the text comes in.
 *
 *   [[source]]
 *   name = "yahoo"                          lower-case letters, digits, hyphens; unique
 *   from = ["feedback@arf.mail.yahoo.com"]  addresses, or "@domain": whatever is at it or under it
 *   dkim = ["arf.mail.yahoo.com"]           d= of a signature that counts
 *   spf = ["arf.mail.yahoo.com"]            domains of the reverse-path that count
 */
import { isMailbox, normalizeDomain, parseMailbox } from '../smtp/address.ts';
import { readTables } from './data-tables.ts';

export interface FeedbackSource {
  readonly name: string;
  /** Lower case. */
  readonly from: readonly string[];
  readonly dkim: readonly string[];
  readonly spf: readonly string[];
}

export type FeedbackSources = readonly FeedbackSource[];

export interface FeedbackSourcesProblem {
  /** Such as `line 12` or `source "yahoo", dkim`. */
  readonly at: string;
  readonly expected: string;
}

const KEYS = ['name', 'from', 'dkim', 'spf'];

export function parseFeedbackSources(toml: string): FeedbackSources | FeedbackSourcesProblem {
  const tables = readTables(toml, 'source');
  if ('expected' in tables) return tables;
  const sources: FeedbackSource[] = [];
  for (const [index, table] of tables.entries()) {
    const source = parseSource(table, index + 1);
    if ('expected' in source) return source;
    if (sources.some(({ name }) => name === source.name))
      return { at: `source "${source.name}"`, expected: 'a name that no other source has' };
    sources.push(source);
  }
  return sources;
}

/** Those that write as `author`, an address in lower case. */
export function sourcesWritingAs(author: string, sources: FeedbackSources): FeedbackSources {
  const domain = author.slice(author.lastIndexOf('@') + 1);
  return sources.filter(({ from }) =>
    from.some((one) =>
      one.startsWith('@') ? domain === one.slice(1) || domain.endsWith(`.${one.slice(1)}`) : one === author,
    ),
  );
}

export function isFeedbackSources(value: FeedbackSources | FeedbackSourcesProblem): value is FeedbackSources {
  return Array.isArray(value);
}

function parseSource(
  table: Readonly<Record<string, unknown>>,
  number: number,
): FeedbackSource | FeedbackSourcesProblem {
  const name = table['name'];
  if (typeof name !== 'string' || !/^[a-z0-9-]{1,40}$/.test(name))
    return { at: `source ${number}, name`, expected: 'lower-case letters, digits and hyphens' };
  const at = (key: string): string => `source "${name}", ${key}`;
  const unknown = Object.keys(table).find((key) => !KEYS.includes(key));
  if (unknown !== undefined) return { at: at(unknown), expected: `one of the keys ${KEYS.join(', ')}` };
  const from = textsOf(table['from'], isAuthor);
  if (from === undefined || from.length === 0)
    return {
      at: at('from'),
      expected: 'a list of addresses such as "fbl@example.net" or "@fbl.example.net"',
    };
  const dkim = textsOf(table['dkim'], isDomain);
  if (dkim === undefined) return { at: at('dkim'), expected: 'a list of domains' };
  const spf = textsOf(table['spf'], isDomain);
  if (spf === undefined) return { at: at('spf'), expected: 'a list of domains' };
  if (dkim.length + spf.length === 0)
    return { at: `source "${name}"`, expected: 'a domain under dkim or spf that vouches for it' };
  return { name, from, dkim, spf };
}

/** In lower case; `undefined`: something in it is of another kind. */
function textsOf(value: unknown, fits: (text: string) => boolean): readonly string[] | undefined {
  const list = value ?? [];
  if (!Array.isArray(list)) return undefined;
  const texts = list.flatMap((one: unknown) => (typeof one === 'string' ? [one.toLowerCase()] : []));
  return texts.length === list.length && texts.every(fits) ? texts : undefined;
}

function isAuthor(text: string): boolean {
  return text.startsWith('@') ? isDomain(text.slice(1)) : isMailbox(parseMailbox(text));
}

function isDomain(text: string): boolean {
  return text.includes('.') && normalizeDomain(text) === text;
}
