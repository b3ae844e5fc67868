/**
 * The rules in force: the operator's first, then the built-in ones. An operator's rule with the name of a built-in one takes
 * its place, and says of it what it does not say itself, key by key. Here too what `per` is where nobody says.
 */
import type { TablesProblem } from '../data-tables.ts';
import type { WrittenShaping } from './parse-shaping.ts';
import type { WrittenRule } from './read-rule.ts';
import { MATCH_KEYS, MATCHES_ALL, type MatchKey } from './rule-fields.ts';
import {
  SHAPING_DIMENSIONS,
  type ShapingDimension,
  type ShapingLimits,
  type ShapingMatch,
  type ShapingRule,
  type ShapingRules,
} from './shaping-rules.ts';

const NONE: WrittenShaping = { rules: [], replies: [] };

/** A problem is one of `own`. */
export function mergeShaping(
  builtIn: WrittenShaping,
  own: WrittenShaping = NONE,
): ShapingRules | TablesProblem {
  const rules: ShapingRule[] = [];
  const names = new Set(own.rules.map(({ name }) => name));
  const before = new Map(builtIn.rules.map((rule) => [rule.name, rule]));
  const others = builtIn.rules.filter(({ name }) => !names.has(name));
  for (const written of [...own.rules.map((rule) => over(before.get(rule.name), rule)), ...others]) {
    const rule = ruleOf(written);
    const problem = connectionsOfAccounts(rule) ?? countedForNobody(rule);
    if (problem !== undefined)
      return {
        at: `rule "${rule.name}", ${problem.key}`,
        expected: problem.expected,
        key: `rule.${String(written.position)}.${problem.key}`,
      };
    rules.push(rule);
  }
  const ids = new Set(own.replies.map(({ id }) => id));
  return { rules, replies: [...own.replies, ...builtIn.replies.filter(({ id }) => !ids.has(id))] };
}

function over(builtIn: WrittenRule | undefined, own: WrittenRule): WrittenRule {
  if (builtIn === undefined) return own;
  const messagesPer = { ...builtIn.limits.messagesPer, ...own.limits.messagesPer };
  return {
    ...own,
    match: own.match ?? builtIn.match,
    // Counted apart for what the rule is about: another match has another default.
    per: own.per ?? (own.match === undefined ? builtIn.per : undefined),
    limits: {
      ...builtIn.limits,
      ...own.limits,
      ...(Object.keys(messagesPer).length > 0 && { messagesPer }),
    },
  };
}

function ruleOf({ name, match = MATCHES_ALL, per, limits }: WrittenRule): ShapingRule {
  return { name, match, per: per ?? defaultPer(match), limits };
}

/** What the rule names, and the source unless it is about senders alone; where it names nothing, the site and the source. */
export function defaultPer(match: ShapingMatch): readonly ShapingDimension[] {
  const named = (Object.keys(MATCH_KEYS) as MatchKey[]).filter((key) => match[MATCH_KEYS[key]].length > 0);
  if (named.length === 0) return ['site', 'source'];
  const dimensions = new Set<ShapingDimension>(named.map((key) => (key === 'mx' ? 'site' : key)));
  if (!named.every((key) => key === 'account' || key === 'stream')) dimensions.add('source');
  return SHAPING_DIMENSIONS.filter((dimension) => dimensions.has(dimension));
}

const OF_CONNECTIONS = {
  connections: 'connections',
  connectionsPerMinute: 'connections_per_minute',
  messagesPerConnection: 'messages_per_connection',
  idleMs: 'idle',
} as const satisfies Partial<Record<keyof ShapingLimits, string>>;

/** Whether it has a setting of connections: those are shared by accounts. */
export function isOfConnections({ limits }: Pick<ShapingRule, 'limits'>): boolean {
  return connectionKey(limits) !== undefined;
}

function connectionKey(limits: ShapingLimits): string | undefined {
  const keys = Object.keys(OF_CONNECTIONS) as (keyof typeof OF_CONNECTIONS)[];
  const found = keys.find((key) => limits[key] !== undefined);
  return found && OF_CONNECTIONS[found];
}

function connectionsOfAccounts({ match, per, limits }: ShapingRule) {
  const key = connectionKey(limits);
  if (key === undefined) return undefined;
  const ofSenders = match.accounts.length + match.streams.length > 0;
  if (!ofSenders && !per.includes('account') && !per.includes('stream')) return undefined;
  return {
    key,
    expected: 'no account or stream in match and per, since accounts share connections; or no such key',
  };
}

/** A count apart for each provider leaves out all that is no known provider's. */
function countedForNobody({ match, per }: ShapingRule) {
  if (!per.includes('provider') || match.providers.length > 0 || per.includes('site')) return undefined;
  return { key: 'per', expected: '"site" instead of "provider", or a provider in match' };
}
