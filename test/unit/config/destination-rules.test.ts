/** Files of shaping rules beside the configuration: the operator's over the shipped one, and faults with their lines. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ConfigError } from '../../../src/config/config-error.ts';
import { loadDestinationRules, SHIPPED_DESTINATION_RULES } from '../../../src/config/destination-rules.ts';
import { loadProviders } from '../../../src/config/providers.ts';

const OWN = '/etc/postern/destinations.toml';
const read = (path: string) => readFileSync(path, 'utf8');
const providers = loadProviders(read);

const load = (own: string) =>
  loadDestinationRules((path) => (path === OWN ? own : read(path)), OWN, providers);

function faultOf(own: string): string {
  try {
    load(own);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('there is no fault');
}

test('the shipped rules are good, and every rule and reply names where its figures come from', () => {
  const { rules } = loadDestinationRules(read, undefined, providers);
  expect(new Set(rules.map(({ name }) => name)).size).toBe(rules.length);
  const paragraphs = read(SHIPPED_DESTINATION_RULES).split('\n\n');
  for (const paragraph of paragraphs)
    if (paragraph.includes('[[rule]]')) expect(paragraph).toMatch(/^# .*https:\/\//m);
});

test('rules of the operator come first', () => {
  const { rules } = load('[[rule]]\nname = "mine"\nmessages_per_second = 1\n');
  expect(rules[0]?.name).toBe('mine');
});

test('a fault has file, line, rule and key', () => {
  const fault = faultOf('# mine\n[[rule]]\nname = "a"\n\n[[rule]]\nname = "b"\nconnections = "many"\n');
  expect(fault).toMatch(
    /^\/etc\/postern\/destinations\.toml:7: rule "b", connections: expected a whole number/,
  );
});

test('a fault within an inline table has the line of that table', () => {
  const fault = faultOf('[[rule]]\nname = "a"\nmatch = { provider = "gogle" }\n');
  expect(fault).toContain(`${OWN}:3: rule "a", match.provider: `);
  expect(fault).toContain('did you mean "google"?');
});

test('what is wrong only together with a shipped rule has the line of the operator’s', () => {
  expect(faultOf('[[rule]]\nname = "a"\nmatch = { account = "shop" }\nconnections = 1\n')).toContain(
    `${OWN}:4: `,
  );
});

test('a file that cannot be read is named', () => {
  const missing = () => loadDestinationRules(read, '/nowhere/rules.toml', providers);
  expect(missing).toThrow('/nowhere/rules.toml');
});

test.each([
  [['out-1', 'out-2'], 'did you mean "out-1"?'],
  [['mail', 'bulk'], 'there are mail, bulk'],
  [[], 'there is none'],
])('a rule for a source that there is not is refused: of %j', (sources, words) => {
  const own = '[[rule]]\nname = "a"\nmatch = { source = "out-11" }\nmessages_per_day = 1\n';
  const file = (path: string) => (path === OWN ? own : read(path));
  const refused = () => loadDestinationRules(file, OWN, providers, sources);
  expect(refused).toThrow(
    `${OWN}:3: rule "a", match.source: expected the name of a [[source]] table, not "out-11"; ${words}`,
  );
  expect(loadDestinationRules(file, OWN, providers, ['out-11']).rules[0]?.name).toBe('a');
});
