/** Files of shaping rules: what is read, what is refused and where, and what an operator's file makes of the built-in one. */
import { expect, test } from 'vitest';
import { mergeShaping } from '../../../../src/policy/shaping/merge-rules.ts';
import { parseShaping, type WrittenShaping } from '../../../../src/policy/shaping/parse-shaping.ts';
import type { ShapingRules } from '../../../../src/policy/shaping/shaping-rules.ts';

function written(toml: string): WrittenShaping {
  const read = parseShaping(toml);
  if ('expected' in read) throw new Error(`${read.at}: ${read.expected}`);
  return read;
}

function merged(builtIn: string, own = ''): ShapingRules {
  const rules = mergeShaping(written(builtIn), written(own));
  if ('expected' in rules) throw new Error(`${rules.at}: ${rules.expected}`);
  return rules;
}

const only = (toml: string) => merged(toml).rules[0];

test('reads every key of a rule', () => {
  const rule = only(`
    [[rule]]
    name = "all"
    match = { domain = ["*.Example.com", "münchen.example"], mx = "MX.example.net", provider = "google", source = ["a", "b"] }
    per = ["domain", "source"]
    connections = 20
    connections_per_minute = 60
    messages_per_second = 10
    messages_per_minute = 100
    messages_per_hour = 1000
    messages_per_day = "off"
    messages_per_connection = 100
    recipients_per_transaction = 50
    idle = "10s"
    retry_schedule = ["5m", "15m"]
    max_age = "2d"`);
  expect(rule).toEqual({
    name: 'all',
    match: {
      domains: ['*.example.com', 'xn--mnchen-3ya.example'],
      mx: ['mx.example.net'],
      providers: ['google'],
      accounts: [],
      streams: [],
      sources: ['a', 'b'],
    },
    per: ['domain', 'source'],
    limits: {
      connections: 20,
      connectionsPerMinute: 60,
      messagesPer: { second: 10, minute: 100, hour: 1000, day: Infinity },
      messagesPerConnection: 100,
      recipientsPerTransaction: 50,
      idleMs: 10_000,
      retryScheduleMs: [300_000, 900_000],
      maxAgeMs: 172_800_000,
    },
  });
});

test.each([
  ['', ['site', 'source']],
  ['match = { provider = "google" }', ['provider', 'source']],
  ['match = { domain = "example.com" }', ['domain', 'source']],
  ['match = { mx = "example.com" }', ['site', 'source']],
  ['match = { account = "shop" }', ['account']],
  ['match = { stream = "news" }', ['stream']],
  ['match = { account = "shop", stream = "news" }', ['account', 'stream']],
  ['match = { account = "shop", provider = "google" }', ['provider', 'account', 'source']],
  ['match = { source = "out-1" }', ['source']],
  ['match = { provider = "google" }\nper = "source"', ['source']],
])('a rule with %j counts apart for %j', (match, per) => {
  expect(only(`[[rule]]\nname = "x"\n${match}\nmessages_per_minute = 1`)?.per).toEqual(per);
});

test('reads a reply rule', () => {
  const { replies } = merged(`
    [[reply]]
    id = "google-rate"
    match = { provider = "google" }
    class = "rate-limited"
    code = [421, 450]
    status = ["4.7.28"]
    stage = ["mail"]
    text = ["Too Many"]
    pattern = ["rate.{0,5}limit"]
    action = "suspend"
    for = "10m"
    scope = "provider"`);
  expect(replies).toEqual([
    {
      id: 'google-rate',
      match: { mx: [], providers: ['google'] },
      class: ['rate-limited'],
      code: [421, 450],
      status: ['4.7.28'],
      stage: ['mail'],
      text: ['too many'],
      pattern: [/rate.{0,5}limit/u],
      action: 'suspend',
      forMs: 600_000,
      scope: 'provider',
    },
  ]);
});

test.each([
  ['[[rule]]\nname = "x"\nmatch = false', 'rule "x", match', 'rule.0.match'],
  ['[[rule]]\nname = "x"\nmatch = { domain = [] }', 'rule "x", match.domain', 'rule.0.match.domain'],
  ['[[rule]]\nname = "x"\nmatch = { domain = "-" }', 'rule "x", match.domain', 'rule.0.match.domain'],
  ['[[rule]]\nname = "x"\nmatch = { recipient = "a" }', 'rule "x", match', 'rule.0.match'],
  ['[[rule]]\nname = "x"\nconnection = 1', 'rule "x", connection', 'rule.0.connection'],
  ['[[rule]]\nname = "x"\nconnections = 0', 'rule "x", connections', 'rule.0.connections'],
  ['[[rule]]\nname = "x"\nmessages_per_day = 1.5', 'rule "x", messages_per_day', 'rule.0.messages_per_day'],
  ['[[rule]]\nname = "x"\nper = []', 'rule "x", per', 'rule.0.per'],
  ['[[rule]]\nname = "x"\nper = ["site", "site"]', 'rule "x", per', 'rule.0.per'],
  ['[[rule]]\nname = "x"\nidle = 10', 'rule "x", idle', 'rule.0.idle'],
  ['[[rule]]\nname = "x"\nretry_schedule = []', 'rule "x", retry_schedule', 'rule.0.retry_schedule'],
  ['[[rule]]\nconnections = 1', 'rule 1, name', 'rule.0.name'],
  ['[[rule]]\nname = "a"\n[[rule]]\nname = "a"', 'rule "a", name', 'rule.1.name'],
  ['[[reply]]\nid = "x"\naction = "slow"\nfor = "1m"', 'reply "x", action', 'reply.0.action'],
  ['[[reply]]\nid = "x"\ncode = [421]\naction = "stop"\nfor = "1m"', 'reply "x", action', 'reply.0.action'],
  ['[[reply]]\nid = "x"\ncode = [421]\naction = "slow"', 'reply "x", for', 'reply.0.for'],
  ['[[reply]]\nid = "x"\ncode = [99]\naction = "slow"\nfor = "1m"', 'reply "x", code', 'reply.0.code'],
  ['[[reply]]\nid = "x"\nclass = "slow"\naction = "slow"\nfor = "1m"', 'reply "x", class', 'reply.0.class'],
  ['[[rules]]\nname = "x"', 'rules', 'rules'],
  ['rule = 1', 'rule', 'rule'],
  ['rule = [1]', 'rule', 'rule'],
])('refuses %j at its place', (toml, at, key) => {
  expect(parseShaping(toml)).toMatchObject({ at, key });
});

test.each([
  ['[[rule]]\nname = "x"\nidle = "1h"', 'a duration from "1s" to "5m"'],
  ['[[rule]]\nname = "x"\nretry_schedule = ["5m", "90d"]', 'durations from "1s" to "30d"'],
  ['[[reply]]\nid = "x"\ncode = [421]\naction = "slow"\nfor = "30d"', 'a duration from "1s" to "7d"'],
  ['[[reply]]\nid = "X"\ncode = [421]\naction = "slow"\nfor = "5m"', 'lower-case letters'],
  ['[[reply]]\nid = "x"\ncode = [250]\naction = "slow"\nfor = "5m"', 'from 400 to 599'],
])('says of %j what would be right', (toml, expected) => {
  expect(parseShaping(toml)).toMatchObject({ expected: expect.stringContaining(expected) as unknown });
});

test('refuses what is not TOML, by its line', () => {
  expect(parseShaping('[[rule]]\nname =')).toMatchObject({ at: 'line 2' });
});

test.each([
  'match = { account = "shop" }\nconnections = 2',
  'match = { stream = "news" }\nidle = "1s"',
  'per = ["site", "account"]\nconnections_per_minute = 2',
  'match = { provider = "google", account = "shop" }\nmessages_per_connection = 2',
])('settings of connections cannot be of an account or a stream: %j', (keys) => {
  const problem = mergeShaping(written(''), written(`[[rule]]\nname = "x"\n${keys}`));
  expect(problem).toMatchObject({ key: expect.stringMatching(/^rule\.0\./) as unknown });
});

test('a count for each provider is refused where mail may have none', () => {
  const problem = mergeShaping(
    written(''),
    written('[[rule]]\nname = "x"\nper = ["provider"]\nmessages_per_hour = 1'),
  );
  expect(problem).toMatchObject({ at: 'rule "x", per' });
});

const GOOGLE = `
  [[rule]]
  name = "google"
  match = { provider = "google" }
  connections = 20
  messages_per_minute = 100
  messages_per_hour = 1000
  [[rule]]
  name = "other"
  connections = 5`;

test('a rule of the operator changes the built-in one of its name, key by key, and comes first', () => {
  const { rules } = merged(
    GOOGLE,
    '[[rule]]\nname = "mine"\n[[rule]]\nname = "google"\nmessages_per_minute = "off"',
  );
  expect(rules.map(({ name }) => name)).toEqual(['mine', 'google', 'other']);
  expect(rules[1]).toMatchObject({
    match: { providers: ['google'] },
    per: ['provider', 'source'],
    limits: { connections: 20, messagesPer: { minute: Infinity, hour: 1000 } },
  });
});

test('with another match it counts apart for what that names', () => {
  const { rules } = merged(GOOGLE, '[[rule]]\nname = "google"\nmatch = { domain = "gmail.com" }');
  expect(rules[0]).toMatchObject({
    match: { domains: ['gmail.com'], providers: [] },
    per: ['domain', 'source'],
  });
});

test('what an operator adds to a built-in rule is judged together with it', () => {
  const problem = mergeShaping(
    written(GOOGLE),
    written('[[rule]]\nname = "google"\nmatch = { account = "shop" }'),
  );
  expect(problem).toMatchObject({ at: 'rule "google", connections' });
});

test('a reply rule of the operator takes the place of the built-in one of its id', () => {
  const reply = (id: string, words: string) =>
    `[[reply]]\nid = "${id}"\ntext = ["${words}"]\naction = "slow"\nfor = "1m"\n`;
  const { replies } = merged(reply('a', 'old') + reply('b', 'old'), reply('c', 'own') + reply('b', 'own'));
  expect(replies.map(({ id, text }) => [id, text[0]])).toEqual([
    ['c', 'own'],
    ['b', 'own'],
    ['a', 'old'],
  ]);
});
