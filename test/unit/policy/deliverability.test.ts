/** The plain verdict of quickstart: what keeps mail from being delivered comes before what is merely not known. */
import { describe, expect, it } from 'vitest';
import { lookAtChecks, type CheckFacts } from '../../../src/policy/checks/registry.ts';
import { judgeDeliverability } from '../../../src/policy/deliverability.ts';

const NOW = Date.UTC(2026, 10, 30);
const sending = { public: ['198.51.100.7'], private: [] };

const open: CheckFacts['egress'] = {
  port: 25,
  skipped: undefined,
  tries: [{ host: 'mx.example', outcome: { kind: 'greeted', code: 220, text: '220 mx' } }],
};
const closed: CheckFacts['egress'] = {
  port: 25,
  skipped: undefined,
  tries: [{ host: 'mx.example', outcome: { kind: 'silent', reason: 'no answer in time' } }],
};
const listed: CheckFacts['blocklists'] = {
  sending,
  off: false,
  answers: [
    {
      list: 'Some list',
      address: '198.51.100.7',
      removal: 'https://list.example/',
      outcome: { kind: 'listed', meaning: 'spam source' },
    },
  ],
};
const nameless: CheckFacts['reverse_dns'] = {
  hostname: 'mail.example',
  sending,
  addresses: [{ address: '198.51.100.7', outcome: { kind: 'none' } }],
};

const judge = (facts: CheckFacts) => judgeDeliverability(lookAtChecks(facts, NOW), facts);

describe('judgeDeliverability', () => {
  it('names a provider that blocks port 25 before all else', () => {
    const verdict = judge({ egress: closed, blocklists: listed, reverse_dns: nameless });
    expect(verdict.canDeliver).toBe(false);
    expect(verdict.verdict).toContain('nothing answers on port 25 (mx.example: no answer in time)');
    expect(verdict.steps[0]).toContain('Ask the provider of this machine to open outgoing port 25');
  });

  it('names the list and the address of a listing', () => {
    const verdict = judge({ egress: open, blocklists: listed });
    expect([verdict.canDeliver, verdict.verdict]).toEqual([
      false,
      'Mail from this address is refused by many receivers: Some list lists 198.51.100.7 (spam source).',
    ]);
  });

  it('says that an address without a name is refused by large receivers', () => {
    const verdict = judge({ egress: open, reverse_dns: nameless });
    expect([verdict.canDeliver, verdict.verdict]).toEqual([
      false,
      expect.stringContaining('198.51.100.7 has no PTR record'),
    ]);
  });

  it('does not claim that mail can leave where nobody was greeted', () => {
    expect(judge({}).canDeliver).toBeUndefined();
    expect(
      judge({ egress: { port: 25, skipped: 'nothing leaves a sandbox', tries: [] } }).canDeliver,
    ).toBeUndefined();
    const unknown = { kind: 'unknown', reason: 'it takes no mail' } as const;
    expect(
      judge({ egress: { port: 25, skipped: undefined, tries: [{ host: 'x.example', outcome: unknown }] } })
        .canDeliver,
    ).toBeUndefined();
  });

  it('says that mail can leave when a host greets and nothing else is wrong', () => {
    expect(judge({ egress: open })).toEqual({
      canDeliver: true,
      verdict: 'Mail can leave from here.',
      steps: [],
    });
  });
});
