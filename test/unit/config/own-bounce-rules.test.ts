import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { loadBounceRules, SHIPPED_BOUNCE_RULES } from '../../../src/config/bounce-rules.ts';
import { ConfigError } from '../../../src/config/config-error.ts';
import { classify } from '../../../src/policy/classify.ts';

const shipped = readFileSync(SHIPPED_BOUNCE_RULES, 'utf8');
const own = `
[[rule]]
id = "our-partner-is-full"
class = "mailbox-full"
text = ["come back when there is room"]
example = ["550 come back when there is room"]
`;
const reply = { code: 550, status: undefined, text: 'come back when there is room' };
const facts = { reply, stage: 'rcpt', text: '' } as const;

test('an operator’s own rules are asked before the shipped ones', () => {
  const read = (file: string) => (file === SHIPPED_BOUNCE_RULES ? shipped : own);
  const rules = loadBounceRules(read, '/etc/postern/bounce-rules.toml');
  expect(rules[0]?.id).toBe('our-partner-is-full');
  expect(classify(facts, rules).class).toBe('mailbox-full');
  expect(classify(facts, loadBounceRules(read)).class).not.toBe('mailbox-full');
});

test('a file that is no good is named', () => {
  const read = (file: string) =>
    file === SHIPPED_BOUNCE_RULES ? shipped : '[[rule]]\nclass = "no such class"\n';
  expect(() => loadBounceRules(read, '/etc/postern/bounce-rules.toml')).toThrow(ConfigError);
});
