import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BOUNCE_CLASSES, CLASS_EXPLANATIONS } from '../../../src/policy/bounce-classes.ts';
import { isBounceRules, parseBounceRules, type BounceRules } from '../../../src/policy/bounce-rules.ts';
import { classify, type ClassifyFacts } from '../../../src/policy/classify.ts';
import { parseReply } from '../../../src/smtp/reply.ts';
import { startCpuTime } from '../../support/cpu-time.ts';

const file = new URL('../../../config/bounce-rules.toml', import.meta.url);

function parsed(toml: string): BounceRules {
  const rules = parseBounceRules(toml);
  if (!isBounceRules(rules)) throw new Error(`${rules.at}: expected ${rules.expected}`);
  return rules;
}

const builtIn = parsed(readFileSync(file, 'utf8'));

function classOf(text: string, stage?: ClassifyFacts['stage'], rules: BounceRules = builtIn) {
  const reply = parseReply(text);
  return classify({ reply, stage, text: reply === undefined ? text : '' }, rules);
}

describe('a rule whose words contradict a code that blames the address', () => {
  const rule = (more: string) =>
    parsed(`[[rule]]\nid = "own"\nclass = "network"\ntext = ["the mule is ill"]\n${more}`);

  it.each(['5.1.1', '5.1.2', '5.1.3', '5.1.6', '5.1.10'])(
    'decides instead of %s, and is not sure',
    (status) => {
      const found = classOf(`550 ${status} the mule is ill`, 'rcpt', rule(''));
      expect(found).toMatchObject({ class: 'network', hard: false, certain: false, contradicts: true });
    },
  );

  it('does not when it is wide, or the words say that nobody is there', () => {
    const wide = rule('wide = true');
    expect(classOf('550 5.1.1 the mule is ill', 'rcpt', wide)).toMatchObject({
      class: 'unknown-user',
      hard: true,
    });
    const both = classOf('550 5.1.1 no such user; the mule is ill', 'rcpt', rule(''));
    expect(both).toMatchObject({ class: 'unknown-user', hard: true });
  });

  it('does not when it says that the mailbox is shut', () => {
    const found = classOf('550 5.1.1 This mailbox has been blocked due to inactivity', 'rcpt');
    expect(found).toMatchObject({ class: 'unknown-user', hard: true });
  });
});

describe('words that no rule knows', () => {
  it('may say that nobody is there, and are not sure', () => {
    const found = classOf('550 There is nobody here by that name', 'rcpt');
    expect(found).toMatchObject({ class: 'unknown-user', rule: undefined, hard: false, certain: false });
    expect(classOf('450 There is nobody here by that name', 'rcpt').class).not.toBe('unknown-user');
  });

  it('are read in a report where they are short', () => {
    const facts = { reply: undefined, stage: undefined, status: '5.0.0' };
    const said = 'There is nobody here by that name. ';
    expect(classify({ ...facts, text: said }, builtIn).class).toBe('unknown-user');
    expect(classify({ ...facts, text: said.repeat(20) }, builtIn).class).toBe('undefined');
  });
});

describe('a definite enhanced status code', () => {
  it.each([
    ['550 5.1.1 anything', 'unknown-user', true],
    ['550 5.1.2 anything', 'unknown-host', true],
    ['553 5.1.3 anything', 'unknown-user', true],
    ['550 5.1.6 anything', 'moved', true],
    ['556 5.1.10 anything', 'unknown-host', true],
    ['552 5.2.2 anything', 'mailbox-full', false],
    ['552 5.2.3 anything', 'too-big', false],
    ['552 5.3.4 anything', 'too-big', false],
    ['554 5.4.7 anything', 'expired', false],
    ['550 5.6.7 anything', 'protocol', false],
    ['550 5.7.20 anything', 'authentication', false],
    ['550 5.7.23 anything', 'authentication', false],
    ['550 5.7.25 anything', 'authentication', false],
    ['550 5.7.26 anything', 'authentication', false],
    ['550 5.7.27 anything', 'policy', false],
    ['450 4.7.28 anything', 'rate-limited', false],
    ['450 4.1.1 anything', 'unknown-user', false],
    ['250 2.1.5 anything', 'delivered', false],
  ] as const)('decides: %s is %s', (text, bounceClass, hard) => {
    expect(classOf(text, undefined, [])).toMatchObject({ class: bounceClass, hard, rule: undefined });
  });

  it('goes before the text', () => {
    expect(classOf('550 5.2.2 rejected by policy')).toMatchObject({ class: 'mailbox-full', certain: true });
  });

  it('gives way to a rule that knows what this provider means by it', () => {
    expect(classOf('550 5.1.1 RCP-P2 Refused due to recipient preferences')).toMatchObject({
      class: 'policy',
      hard: false,
      rule: 'facebook-recipient-preference',
    });
  });
});

describe('a vague enhanced status code', () => {
  it.each([
    ['550 5.7.1 rejected', 'policy'],
    ['550 5.2.1 rejected', 'inactive-mailbox'],
    ['451 4.3.0 rejected', 'system'],
    ['554 5.4.4 rejected', 'unknown-host'],
    ['454 4.4.4 rejected', 'network'],
    ['550 5.6.0 rejected', 'content'],
    ['501 5.5.4 rejected', 'protocol'],
    ['550 5.3.99 rejected', 'system'],
  ] as const)('decides when no rule does: %s is %s', (text, bounceClass) => {
    expect(classOf(text, 'rcpt')).toMatchObject({ class: bounceClass, hard: false, certain: false });
  });

  it('gives way to the text', () => {
    expect(classOf('550 5.7.1 User unknown')).toMatchObject({ class: 'unknown-user', rule: 'unknown-user' });
    expect(classOf('550 5.7.1 blocked using zen.spamhaus.org').class).toBe('reputation');
  });
});

describe('a reply without a word that is known', () => {
  it.each([
    ['421 x', 'greeting', 'rate-limited'],
    ['421 x', 'mail', 'system'],
    ['450 x', 'rcpt', 'policy'],
    ['452 x', 'final', 'system'],
    ['550 x', 'rcpt', 'unknown-user'],
    ['550 x', 'mail', 'policy'],
    ['550 x', 'final', 'content'],
    ['550 x', undefined, 'undefined'],
    ['551 x', 'rcpt', 'moved'],
    ['552 x', 'rcpt', 'mailbox-full'],
    ['552 x', 'mail', 'too-big'],
    ['553 x', 'rcpt', 'unknown-user'],
    ['554 x', 'greeting', 'reputation'],
    ['554 x', 'final', 'content'],
    ['554 5.0.0 x', undefined, 'undefined'],
    ['503 x', 'rcpt', 'protocol'],
    ['521 x', 'greeting', 'unknown-host'],
    ['535 x', 'mail', 'policy'],
    ['555 x', 'mail', 'protocol'],
    ['556 x', 'rcpt', 'unknown-host'],
    ['599 x', 'rcpt', 'undefined'],
    ['399 x', 'final', 'protocol'],
  ] as const)('is judged by code and stage, never hard: %s at %s is %s', (text, stage, bounceClass) => {
    expect(classOf(text, stage)).toMatchObject({ class: bounceClass, hard: false, certain: false });
  });
});

describe('a failure without a reply', () => {
  it.each([
    ['dns', 'network'],
    ['connect', 'network'],
    ['greeting', 'network'],
    ['ehlo', 'network'],
    ['starttls', 'network'],
    ['mail', 'network'],
    ['rcpt', 'network'],
    ['data', 'network'],
    ['final', 'network'],
    ['policy', 'policy'],
    [undefined, 'undefined'],
  ] as const)('at %s is %s', (stage, bounceClass) => {
    expect(classify({ reply: undefined, stage, text: '' }, builtIn).class).toBe(bounceClass);
  });

  it('is judged by the status code that was found here', () => {
    const facts = { reply: undefined, stage: 'dns', text: 'no such domain', status: '5.1.2' } as const;
    expect(classify(facts, builtIn)).toMatchObject({ class: 'unknown-host', hard: true });
  });
});

describe('an address in the text', () => {
  it.each([
    '550 5.7.1 <mailbox.full@example.org> is not welcome',
    '550 5.7.1 user.unknown@quota-exceeded.example',
    '550 5.7.1 spf-fail-dmarc@example.org',
  ])('decides nothing: %s', (text) => {
    expect(classOf(text).class).toBe('policy');
  });
});

describe('a phrase of several lines', () => {
  it('is found across them, and codes repeated at each line do not hide it', () => {
    expect(
      classOf('550-5.2.1 The email account that you tried to\r\n550-5.2.1 reach is\r\n550 5.2.1 disabled.')
        .rule,
    ).toBe('gmail-inactive');
    expect(classOf('550 5.2.1 The email account that you tried to 550 5.2.1 reach is disabled').rule).toBe(
      'gmail-inactive',
    );
  });
});

describe('classification', () => {
  it('takes the first of several rules, so an operator puts own ones in front', () => {
    const own = parsed(
      '[[rule]]\nid = "own"\nclass = "content"\ntext = ["Mailbox Full"]\nmeaning = "Ours."\n',
    );
    expect(classOf('550 mailbox full', 'rcpt', [...own, ...builtIn])).toMatchObject({
      class: 'content',
      rule: 'own',
      meaning: 'Ours.',
      action: CLASS_EXPLANATIONS.content.action,
    });
  });

  it('explains every class in words', () => {
    for (const bounceClass of BOUNCE_CLASSES) {
      const { meaning, action } = CLASS_EXPLANATIONS[bounceClass];
      expect(meaning).toMatch(/^[A-Z].{20,}\.$/s);
      expect(action).toMatch(/^[A-Z].{8,}\.$/s);
    }
  });

  it('stays fast for whatever a stranger writes', () => {
    const texts = [
      'a'.repeat(5000),
      'quota '.repeat(800),
      'user mailbox is not '.repeat(250),
      '1.2.3.'.repeat(800),
    ];
    const hostile = [
      ...texts,
      'a@'.repeat(2500),
      'ab:'.repeat(1700),
      'message '.repeat(600),
      'a1-'.repeat(1700),
    ];
    const cpuMs = startCpuTime();
    for (const text of hostile) {
      for (let i = 0; i < 5; i++) classOf(`550 5.7.1 ${text}`);
    }
    expect(cpuMs() / (hostile.length * 5)).toBeLessThan(50);
  });
});

describe('a rules file', () => {
  it.each([
    ['[[rule]]\nid = "a"\nclass = "content"\ntext = ["x"]\nfoo = 1', 'rule "a", foo'],
    ['[[rule]]\nid = "A b"\nclass = "content"', 'rule 1, id'],
    ['[[rule]]\nid = "a"\nclass = "spam"\ntext = ["x"]', 'rule "a", class'],
    ['[[rule]]\nid = "a"\nclass = "content"', 'rule "a"'],
    ['[[rule]]\nid = "a"\nclass = "content"\ntext = "x"', 'rule "a", text'],
    ['[[rule]]\nid = "a"\nclass = "content"\ntext = [""]', 'rule "a", text'],
    ['[[rule]]\nid = "a"\nclass = "content"\npattern = ["("]', 'rule "a", pattern'],
    ['[[rule]]\nid = "a"\nclass = "content"\nstatus = ["5.1"]', 'rule "a", status'],
    ['[[rule]]\nid = "a"\nclass = "content"\ncode = [99]', 'rule "a", code'],
    ['[[rule]]\nid = "a"\nclass = "content"\nstage = ["end"]', 'rule "a", stage'],
    ['[[rule]]\nid = "a"\nclass = "content"\ntext = ["x"]\ncertain = "no"', 'rule "a", certain'],
    ['[[rule]]\nid = "a"\nclass = "content"\ntext = ["x"]\nwide = "no"', 'rule "a", wide'],
    [
      '[[rule]]\nid = "a"\nclass = "content"\ntext = ["x"]\n[[rule]]\nid = "a"\nclass = "content"\ntext = ["x"]',
      'rule "a"',
    ],
    ['[other]\nx = 1', 'other'],
    ['rule = 1', 'rule'],
    ['[[rule]]\nid = ', 'line 2'],
  ])('with a mistake is refused, saying where: %j', (toml, at) => {
    expect(parseBounceRules(toml)).toMatchObject({ at, expected: expect.any(String) as string });
  });

  it('may be empty', () => {
    expect(parseBounceRules('')).toEqual([]);
  });

  it('matches codes with wildcards, reply codes and stages', () => {
    const rules = parsed(
      [
        '[[rule]]\nid = "wild"\nclass = "content"\nstatus = ["*.7.*"]\nstage = ["final"]',
        '[[rule]]\nid = "code"\nclass = "system"\ncode = [450, 451]',
      ].join('\n'),
    );
    expect(classOf('550 5.7.9 x', 'final', rules).rule).toBe('wild');
    expect(classOf('450 4.7.99 x', 'final', rules).rule).toBe('wild');
    expect(classOf('550 5.7.9 x', 'rcpt', rules).rule).toBeUndefined();
    expect(classOf('451 x', 'rcpt', rules).rule).toBe('code');
  });
});
