/**
 * Bounce rules: what providers mean by what they say, as data (config/bounce-rules.toml and an operator's own file in
 * the same form). Parses and matches; the order of the file is the order of the rules and the first that matches
 * counts. Reads no file: the text comes in.
 *
 *   [[rule]]
 *   id = "gmail-no-such-user"       unique; shown in explanations
 *   class = "unknown-user"          one of the bounce classes
 *   status = ["5.1.1", "*.7.*"]     enhanced status codes it is about; default: any, or none
 *   code = [550]                    reply codes; default: any
 *   stage = ["rcpt"]                stages of the dialogue; default: any
 *   text = ["no such user"]         one of these phrases occurs in the normalised text (reply-text.ts)
 *   pattern = ["quota.{0,20}full"]  or one of these regular expressions matches it
 *   over_code = true                also against a status code with a meaning of its own; default false
 *   certain = false                 not sure enough to suppress an address by it; default true
 *   rcpt_only = true                in a report, about the address for sure only as an answer to RCPT; default false
 *   wide = true                     words too wide to contradict a code such as 5.1.1; default false
 *   meaning = "..."  action = "..." more exact words than those of the class
 *   example = ["550 5.1.1 ..."]     replies that this rule is for; tests hold it to them
 */
import { readTables } from './data-tables.ts';
import { BOUNCE_CLASSES, isBounceClass, type BounceClass } from './bounce-classes.ts';
import {
  isListOf,
  matchesAnyReply,
  readReplyMatch,
  trustedPattern,
  type CompilePattern,
  type ReplyMatch,
} from './reply-match.ts';

export interface BounceRule extends ReplyMatch {
  readonly id: string;
  readonly class: BounceClass;
  readonly overCode: boolean;
  readonly certain: boolean;
  readonly rcptOnly: boolean;
  readonly wide: boolean;
  readonly meaning: string | undefined;
  readonly action: string | undefined;
  readonly example: readonly string[];
}

/** In order; an operator's rules are put before the built-in ones. */
export type BounceRules = readonly BounceRule[];

export interface BounceRulesProblem {
  /** Such as `line 12` or `rule "gmail-no-such-user", class`. */
  readonly at: string;
  readonly expected: string;
}

const KEYS = [
  'id',
  'class',
  'status',
  'code',
  'stage',
  'text',
  'pattern',
  'over_code',
  'certain',
  'rcpt_only',
  'wide',
  'meaning',
  'action',
  'example',
];

/** Reads the text of a rules file; `compile`: default: of the shipped one. Never throws for what stands in it. */
export function parseBounceRules(
  toml: string,
  compile: CompilePattern = trustedPattern,
): BounceRules | BounceRulesProblem {
  const tables = readTables(toml, 'rule');
  if ('expected' in tables) return tables;
  const rules: BounceRule[] = [];
  const ids = new Set<string>();
  for (const [index, table] of tables.entries()) {
    const rule = parseRule(table, index + 1, compile);
    if ('expected' in rule) return rule;
    if (ids.has(rule.id)) return { at: `rule "${rule.id}"`, expected: 'an id that no other rule has' };
    ids.add(rule.id);
    rules.push(rule);
  }
  return rules;
}

export function isBounceRules(value: BounceRules | BounceRulesProblem): value is BounceRules {
  return Array.isArray(value);
}

function parseRule(
  table: Readonly<Record<string, unknown>>,
  number: number,
  compile: CompilePattern,
): BounceRule | BounceRulesProblem {
  const id = table['id'];
  if (typeof id !== 'string' || !/^[a-z0-9-]+$/.test(id)) {
    return { at: `rule ${number}, id`, expected: 'lower-case letters, digits and hyphens' };
  }
  const at = (key: string): string => `rule "${id}", ${key}`;
  const unknown = Object.keys(table).find((key) => !KEYS.includes(key));
  if (unknown !== undefined) return { at: at(unknown), expected: `one of the keys ${KEYS.join(', ')}` };
  const bounceClass = table['class'];
  if (typeof bounceClass !== 'string' || !isBounceClass(bounceClass)) {
    return { at: at('class'), expected: `one of ${BOUNCE_CLASSES.join(', ')}` };
  }
  const match = readReplyMatch(table, compile);
  if ('expected' in match) return { at: at(match.key), expected: match.expected };
  if (matchesAnyReply(match))
    return { at: `rule "${id}"`, expected: 'a status, code, stage, text or pattern to go by' };
  const example = table['example'] ?? [];
  if (!isListOf(example, 'string') || example.includes(''))
    return { at: at('example'), expected: 'a list of texts' };
  const { over_code: overCode = false, certain = true, rcpt_only: rcptOnly = false, wide = false } = table;
  const { meaning, action } = table;
  if (typeof overCode !== 'boolean') return { at: at('over_code'), expected: 'true or false' };
  if (typeof certain !== 'boolean') return { at: at('certain'), expected: 'true or false' };
  if (typeof rcptOnly !== 'boolean') return { at: at('rcpt_only'), expected: 'true or false' };
  if (typeof wide !== 'boolean') return { at: at('wide'), expected: 'true or false' };
  if (meaning !== undefined && typeof meaning !== 'string') return { at: at('meaning'), expected: 'a text' };
  if (action !== undefined && typeof action !== 'string') return { at: at('action'), expected: 'a text' };
  return {
    id,
    class: bounceClass,
    ...match,
    overCode,
    certain,
    rcptOnly,
    wide,
    meaning,
    action,
    example,
  };
}
