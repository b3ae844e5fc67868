/**
 * Reads a file of shaping rules: `[[rule]]` tables (read-rule.ts) and `[[reply]]` tables (read-reply.ts). The built-in file,
 * config/destinations.toml, and an operator's (`delivery.destination_rules`) have one form:
 *
 *   [[rule]]
 *   name = "google"
 *   match = { provider = "google" }   domain, mx, provider, account, stream, source: a text or a list each; absent: everything
 *   per = ["provider", "source"]      what is counted apart; default: what match names, and source
 *   connections = 20                  open at once
 *   connections_per_minute = 60
 *   messages_per_second = 10          also _minute, _hour, _day; "off" lifts a built-in figure
 *   messages_per_connection = 100
 *   recipients_per_transaction = 50
 *   idle = "10s"
 *   retry_schedule = ["5m", "15m"]
 *   max_age = "2d"
 *
 *   [[reply]]
 *   id = "google-rate"
 *   match = { provider = "google" }   provider, mx
 *   code = [421]                      and class, status, stage, text, pattern, as in bounce rules
 *   action = "slow"                   or "suspend"
 *   for = "10m"
 *   scope = "site"                    or "provider"
 *
 * Reads no file: the text comes in. Never throws for what stands in it.
 */
import { readTableLists, type DataTable, type TablesProblem } from '../data-tables.ts';
import { trustedPattern, type CompilePattern } from '../reply-match.ts';
import { readReplyRule } from './read-reply.ts';
import { readRule, type WrittenRule } from './read-rule.ts';
import { RuleFields } from './rule-fields.ts';
import type { ReplyRule } from './shaping-rules.ts';

export interface WrittenShaping {
  readonly rules: readonly WrittenRule[];
  readonly replies: readonly ReplyRule[];
}

/** No more than an operator can keep in order. */
const MOST_TABLES = 1_000;

/** `compile`: of patterns; default: of the shipped file. */
export function parseShaping(
  toml: string,
  compile: CompilePattern = trustedPattern,
): WrittenShaping | TablesProblem {
  const tables = readTableLists(toml, ['rule', 'reply']);
  if ('expected' in tables) return tables;
  const rules = readAll('rule', tables.get('rule') ?? [], readRule, ({ name }) => name);
  if ('expected' in rules) return rules;
  const replies = readAll(
    'reply',
    tables.get('reply') ?? [],
    (fields) => readReplyRule(fields, compile),
    ({ id }) => id,
  );
  if ('expected' in replies) return replies;
  return { rules, replies };
}

function readAll<T>(
  kind: 'rule' | 'reply',
  tables: readonly DataTable[],
  read: (fields: RuleFields) => T,
  nameOf: (item: T) => string,
): readonly T[] | TablesProblem {
  if (tables.length > MOST_TABLES)
    return { at: kind, expected: `at most ${MOST_TABLES} tables, not ${tables.length}`, key: kind };
  const items: T[] = [];
  const names = new Set<string>();
  for (const [position, table] of tables.entries()) {
    const fields = new RuleFields(kind, position, table);
    const item = read(fields);
    const name = nameOf(item);
    if (names.has(name)) fields.refuse(kind === 'rule' ? 'name' : 'id', `one that no other ${kind} has`);
    if (fields.problem !== undefined) return fields.problem;
    names.add(name);
    items.push(item);
  }
  return items;
}
