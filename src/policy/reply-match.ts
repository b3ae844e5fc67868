/**
 * Which replies a rule is about, as bounce rules and reply rules of shaping say it: by status, code, stage and text. Reads
 * these keys of a table, and matches.
 */
import type { AttemptStage } from './attempt-stage.ts';

export interface ReplyMatch {
  /** Empty lists mean: any. Segments of a code may be `*`. */
  readonly status: readonly string[];
  readonly code: readonly number[];
  readonly stage: readonly AttemptStage[];
  /** Lower-case phrases and patterns, one of which must be found; both empty: the codes alone decide. */
  readonly text: readonly string[];
  readonly pattern: readonly ReplyPattern[];
}

export interface ReplyPattern {
  test(text: string): boolean;
}

/** Throws for what is none. */
export type CompilePattern = (source: string) => ReplyPattern;

/** Of the shipped rules: nobody else's may run on it, since some take a time without end. */
export const trustedPattern: CompilePattern = (source) => new RegExp(source, 'u');

export interface ReplyFacts {
  readonly status: string | undefined;
  readonly code: number | undefined;
  readonly stage: AttemptStage | undefined;
  /** Normalised (reply-text.ts). */
  readonly text: string;
}

export const REPLY_MATCH_KEYS = ['status', 'code', 'stage', 'text', 'pattern'] as const;

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

/** What is wrong with `table`: which key, and what was expected there. */
export interface KeyProblem {
  readonly key: string;
  readonly expected: string;
}

export function readReplyMatch(
  table: Readonly<Record<string, unknown>>,
  compile: CompilePattern,
): ReplyMatch | KeyProblem {
  const lists: Record<string, readonly string[]> = {};
  for (const key of ['status', 'stage', 'text', 'pattern']) {
    const list = table[key] ?? [];
    if (!isListOf(list, 'string') || list.includes('')) return { key, expected: 'a list of texts' };
    lists[key] = list;
  }
  const { status = [], stage = [], text = [], pattern = [] } = lists;
  const code = table['code'] ?? [];
  if (!isListOf(code, 'number') || code.some((one) => !Number.isInteger(one) || one < 200 || one > 599))
    return { key: 'code', expected: 'a list of reply codes from 200 to 599' };
  if (!status.every((one) => /^(?:[245]|\*)\.(?:\d{1,3}|\*)\.(?:\d{1,3}|\*)$/.test(one)))
    return { key: 'status', expected: 'codes such as "5.1.1" or "*.7.*"' };
  const stages = stage.filter((one): one is AttemptStage => (STAGES as readonly string[]).includes(one));
  if (stages.length < stage.length) return { key: 'stage', expected: `some of ${STAGES.join(', ')}` };
  const patterns: ReplyPattern[] = [];
  for (const source of pattern) {
    try {
      patterns.push(compile(source));
    } catch (error) {
      const expected = `a regular expression, without look-around and back-references, instead of ${JSON.stringify(source)}`;
      return {
        key: 'pattern',
        expected: `${expected}: ${error instanceof Error ? error.message : 'it is none'}`,
      };
    }
  }
  const phrases = text.map((phrase) => phrase.toLowerCase());
  return { status, code, stage: stages, text: phrases, pattern: patterns };
}

/** There is nothing to go by. */
export function matchesAnyReply({ status, code, stage, text, pattern }: ReplyMatch): boolean {
  return status.length + code.length + stage.length + text.length + pattern.length === 0;
}

/** True when `match` is about these facts. */
export function matchesReply(match: ReplyMatch, { status, code, stage, text }: ReplyFacts): boolean {
  if (match.code.length > 0 && (code === undefined || !match.code.includes(code))) return false;
  if (match.status.length > 0 && !match.status.some((wanted) => statusMatches(wanted, status))) return false;
  if (match.stage.length > 0 && (stage === undefined || !match.stage.includes(stage))) return false;
  if (match.text.length === 0 && match.pattern.length === 0) return true;
  return (
    match.text.some((phrase) => text.includes(phrase)) || match.pattern.some((pattern) => pattern.test(text))
  );
}

function statusMatches(wanted: string, status: string | undefined): boolean {
  if (status === undefined) return false;
  const given = status.split('.');
  return wanted.split('.').every((segment, index) => segment === '*' || segment === given[index]);
}

export function isListOf(value: unknown, type: 'string'): value is string[];
export function isListOf(value: unknown, type: 'number'): value is number[];
export function isListOf(value: unknown, type: 'string' | 'number'): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === type);
}
