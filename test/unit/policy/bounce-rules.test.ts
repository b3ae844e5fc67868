import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isBounceRules, parseBounceRules, type BounceRules } from '../../../src/policy/bounce-rules.ts';
import { classify } from '../../../src/policy/classify.ts';
import { parseReply } from '../../../src/smtp/reply.ts';

const file = new URL('../../../config/bounce-rules.toml', import.meta.url);

function builtIn(): BounceRules {
  const rules = parseBounceRules(readFileSync(file, 'utf8'));
  if (!isBounceRules(rules)) throw new Error(`${rules.at}: expected ${rules.expected}`);
  return rules;
}

const rules = builtIn();

describe('each built-in bounce rule', () => {
  it.each(rules.map((rule) => [rule.id, rule] as const))('%s decides its examples', (id, rule) => {
    expect(rule.example.length).toBeGreaterThan(0);
    for (const example of rule.example) {
      const reply = parseReply(example);
      if (/^\d/.test(example)) expect(reply, example).toBeDefined();
      const stage = rule.stage.includes('rcpt') ? 'rcpt' : rule.stage[0];
      const result = classify({ reply, stage, text: example }, rules);
      expect({ example, rule: result.rule, class: result.class }).toEqual({
        example,
        rule: id,
        class: rule.class,
      });
    }
  });
});
