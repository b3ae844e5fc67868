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
import type { AttemptStage } from './attempt-stage.ts';
import { readTables } from './data-tables.ts';
import { BOUNCE_CLASSES, isBounceClass, type BounceClass } from './bounce-classes.ts';

export interface BounceRule {
  readonly id: string;
  readonly class: BounceClass;
  /** Empty lists mean: any. Segments of a code may be `*`. */
  readonly status: readonly string[];
  readonly code: readonly number[];
  readonly stage: readonly string[];
  /** Lower-case phrases and patterns, one of which must be found; both empty: the codes alone decide. */
  readonly text: readonly string[];
  readonly pattern: readonly RegExp[];
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
const STAGES: readonly AttemptStage[] = [
  'dns',
  'connect',
  'greeting',
  'ehlo',
  'starttls',
  'mail',
  'rcpt',
  'data',
  'final',
  'policy',
];

/** Reads the text of a rules file. Never throws for what stands in it. */
export function parseBounceRules(toml: string): BounceRules | BounceRulesProblem {
  const tables = readTables(toml, 'rule');
  if ('expected' in tables) return tables;
  const rules: BounceRule[] = [];
  const ids = new Set<string>();
  for (const [index, table] of tables.entries()) {
    const rule = parseRule(table, index + 1);
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

/** True when `rule` is about these facts. `text` is normalised; `status` and `code` are `undefined` when there was none. */
export function ruleMatches(
  rule: BounceRule,
  facts: {
    readonly status: string | undefined;
    readonly code: number | undefined;
    readonly stage: AttemptStage | undefined;
    readonly text: string;
  },
): boolean {
  const { status, code, stage, text } = facts;
  if (rule.code.length > 0 && (code === undefined || !rule.code.includes(code))) return false;
  if (rule.status.length > 0 && !rule.status.some((wanted) => statusMatches(wanted, status))) return false;
  if (rule.stage.length > 0 && (stage === undefined || !rule.stage.includes(stage))) return false;
  if (rule.text.length === 0 && rule.pattern.length === 0) return true;
  return (
    rule.text.some((phrase) => text.includes(phrase)) || rule.pattern.some((pattern) => pattern.test(text))
  );
}

function statusMatches(wanted: string, status: string | undefined): boolean {
  if (status === undefined) return false;
  const given = status.split('.');
  return wanted.split('.').every((segment, index) => segment === '*' || segment === given[index]);
}

function parseRule(
  table: Readonly<Record<string, unknown>>,
  number: number,
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
  const lists: Record<string, readonly string[]> = {};
  for (const key of ['status', 'stage', 'text', 'pattern', 'example']) {
    const list = table[key] ?? [];
    if (!isListOf(list, 'string') || list.includes('')) return { at: at(key), expected: 'a list of texts' };
    lists[key] = list;
  }
  const { status = [], stage = [], text = [], pattern = [], example = [] } = lists;
  const code = table['code'] ?? [];
  if (!isListOf(code, 'number') || code.some((one) => !Number.isInteger(one) || one < 200 || one > 599)) {
    return { at: at('code'), expected: 'a list of reply codes from 200 to 599' };
  }
  if (!status.every((one) => /^(?:[245]|\*)\.(?:\d{1,3}|\*)\.(?:\d{1,3}|\*)$/.test(one))) {
    return { at: at('status'), expected: 'codes such as "5.1.1" or "*.7.*"' };
  }
  if (!stage.every((one) => (STAGES as readonly string[]).includes(one))) {
    return { at: at('stage'), expected: `some of ${STAGES.join(', ')}` };
  }
  if (status.length + code.length + stage.length + text.length + pattern.length === 0) {
    return { at: `rule "${id}"`, expected: 'a status, code, stage, text or pattern to go by' };
  }
  const patterns: RegExp[] = [];
  for (const source of pattern) {
    try {
      patterns.push(new RegExp(source, 'u'));
    } catch {
      return { at: at('pattern'), expected: `a regular expression instead of ${JSON.stringify(source)}` };
    }
  }
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
    status,
    code,
    stage,
    text: text.map((phrase) => phrase.toLowerCase()),
    pattern: patterns,
    overCode,
    certain,
    rcptOnly,
    wide,
    meaning,
    action,
    example,
  };
}

function isListOf(value: unknown, type: 'string'): value is string[];
function isListOf(value: unknown, type: 'number'): value is number[];
function isListOf(value: unknown, type: 'string' | 'number'): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === type);
}
