/**
 * What mail waits for, in words: `rule shop: 5 messages an hour`, `reply rule google-rate at google: 4 messages a minute`. The store
 * keeps them beside what waits; so whoever changes a limit finds what to look at again, whichever relay had put it off.
 */
import type { AutomaticLimit } from './automatic-limit.ts';
import { RATE_WINDOWS_MS, type RateWindow, type ShapingRule } from './shaping-rules.ts';

const WINDOWS = Object.keys(RATE_WINDOWS_MS) as RateWindow[];

export function wordsOfMessages(
  { name }: Pick<ShapingRule, 'name'>,
  limit: number,
  window: RateWindow,
): string {
  return `rule ${name}: ${count(limit, 'message')} ${window === 'hour' ? 'an' : 'a'} ${window}`;
}

export function wordsOfConnections({ name }: Pick<ShapingRule, 'name'>, limit: number): string {
  return `rule ${name}: ${count(limit, 'new connection')} a minute`;
}

/** All that mail may wait for because of `rule`. */
export function wordsOfRule(rule: ShapingRule): readonly string[] {
  const { messagesPer, connectionsPerMinute } = rule.limits;
  const ofMessages = WINDOWS.flatMap((window) => {
    const limit = messagesPer?.[window];
    return limit === undefined ? [] : [wordsOfMessages(rule, limit, window)];
  });
  return connectionsPerMinute === undefined
    ? ofMessages
    : [...ofMessages, wordsOfConnections(rule, connectionsPerMinute)];
}

export function wordsOfAutomatic({
  rule,
  subject,
  action,
  perMinute = Infinity,
}: Pick<AutomaticLimit, 'rule' | 'subject' | 'action' | 'perMinute'>): string {
  const what = action === 'suspend' ? 'suspended' : `${count(perMinute, 'message')} a minute`;
  return `reply rule ${rule} at ${subject}: ${what}`;
}

/** It is a limit that the operator's or the built-in rules set. */
export function isOfRules(words: string): boolean {
  return words.startsWith('rule ');
}

export function isOfRule(words: string, name: string): boolean {
  return words.startsWith(`rule ${name}: `);
}

/** It is a limit that the relay set itself; `subject`: for this one. */
export function isAutomatic(words: string, subject?: string): boolean {
  return words.startsWith('reply rule ') && (subject === undefined || words.includes(` at ${subject}: `));
}

/** Sources that an operator has suspended, of which one could send it. */
export function wordsOfSuspended(sources: readonly string[]): string {
  return `${OF_SOURCES}${sources.join(', ')}${SUSPENDED}`;
}

/** Those that it waits for; empty: it waits for something else. */
export function suspendedIn(words: string): readonly string[] {
  if (!words.startsWith(OF_SOURCES) || !words.endsWith(SUSPENDED)) return [];
  return words.slice(OF_SOURCES.length, -SUSPENDED.length).split(', ');
}

const OF_SOURCES = 'source ';
const SUSPENDED = ': suspended by an operator';

function count(limit: number, what: string): string {
  return `${String(limit)} ${what}${limit === 1 ? '' : 's'}`;
}
