/** The file of rules that a world gives its relay, in the words of config/destinations.toml. */
import { WINDOWS_MS, type PlannedMatch, type PlannedReply, type WrittenRule } from './planned-rules.ts';

export function rulesText(rules: readonly WrittenRule[], replies: readonly PlannedReply[]): string {
  return [...rules.map(ruleText), ...replies.map(replyText)].join('\n');
}

function ruleText({ name, match, per, limits }: WrittenRule): string {
  const rates = Object.entries(limits.messagesPer ?? {}).filter(([window]) => window in WINDOWS_MS);
  return table('rule', {
    name: quoted(name),
    match: match && inline(match),
    per: per && list(per),
    connections: written(limits.connections),
    connections_per_minute: written(limits.connectionsPerMinute),
    ...Object.fromEntries(rates.map(([window, count]) => [`messages_per_${window}`, written(count)])),
    messages_per_connection: written(limits.messagesPerConnection),
    recipients_per_transaction: written(limits.recipientsPerTransaction),
    idle: limits.idleMs === undefined ? undefined : quoted(`${limits.idleMs / 1_000}s`),
  });
}

function replyText({ id, match, code, text, action, forMs, scope }: PlannedReply): string {
  return table('reply', {
    id: quoted(id),
    match: inline(match),
    code: code && `[${code.join(', ')}]`,
    text: text && list(text),
    action: quoted(action),
    for: quoted(`${forMs / 1_000}s`),
    scope: quoted(scope),
  });
}

function table(name: string, keys: Readonly<Record<string, string | undefined>>): string {
  const lines = Object.entries(keys).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key} = ${value}`],
  );
  return [`[[${name}]]`, ...lines, ''].join('\n');
}

/** `undefined` where it says nothing. */
function inline(match: PlannedMatch): string | undefined {
  const keys = Object.entries(match as Readonly<Record<string, readonly string[]>>);
  return keys.length === 0
    ? undefined
    : `{ ${keys.map(([key, one]) => `${key} = ${list(one)}`).join(', ')} }`;
}

/** Infinity lifts what a built-in rule says. */
function written(limit: number | undefined): string | undefined {
  return limit === Infinity ? '"off"' : limit?.toString();
}

function list(items: readonly string[]): string {
  return `[${items.map(quoted).join(', ')}]`;
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
