import { describe, expect, test } from 'vitest';
import { matchReply, RETRY_AFTER_RULE, type SaidReply } from '../../../../src/policy/shaping/match-reply.ts';
import type { ReplyRule } from '../../../../src/policy/shaping/shaping-rules.ts';

function rule(changes: Partial<ReplyRule>): ReplyRule {
  return {
    ...{ id: 'one', match: { mx: [], providers: [] }, class: [], status: [], code: [], stage: [], text: [] },
    ...{ pattern: [], action: 'slow', forMs: 600_000, scope: 'site' },
    ...changes,
  };
}

const SAID: SaidReply = {
  ...{ mx: 'mx1.r.test', provider: undefined, class: 'rate-limited', code: 421, status: '4.7.28' },
  ...{ stage: 'mail', text: '421-4.7.28 Too many\n421 4.7.28 connections from 192.0.2.1' },
};

const found = (rules: readonly ReplyRule[], changes: Partial<SaidReply> = {}) =>
  matchReply({ ...SAID, ...changes }, rules)?.id;

describe('matchReply', () => {
  test('the first rule that matches counts', () => {
    const rules = [
      rule({ id: 'other', text: ['no such words'] }),
      rule({ id: 'words', text: ['too many connections'] }),
      rule({}),
    ];
    expect(matchReply(SAID, rules)).toEqual({ id: 'words', action: 'slow', forMs: 600_000, scope: 'site' });
  });

  test.each<[string, Partial<ReplyRule>, Partial<SaidReply>]>([
    ['class', { class: ['reputation'] }, { class: 'reputation' }],
    ['status', { status: ['4.2.*'] }, { status: '4.2.1' }],
    ['code', { code: [450] }, { code: 450 }],
    ['stage', { stage: ['final'] }, { stage: 'final' }],
    ['pattern', { pattern: [/slow .{0,9}down/u] }, { text: 'please slow it down' }],
    ['MX host', { match: { mx: ['mx.r.test'], providers: [] } }, { mx: 'a.mx.r.test' }],
    ['provider', { match: { mx: [], providers: ['google'] } }, { provider: 'google' }],
  ])('a rule that names a %s is about that alone', (_what, key, said) => {
    expect(found([rule(key)])).toBeUndefined();
    expect(found([rule(key)], said)).toBe('one');
  });

  test('a name is no end of another', () => {
    expect(
      found([rule({ match: { mx: ['r.test'], providers: [] } })], { mx: 'mx.other-r.test' }),
    ).toBeUndefined();
  });

  test('a permanent refusal is meant only where the rule names its code', () => {
    expect(found([rule({})], { code: 554, status: '5.7.0' })).toBeUndefined();
    expect(found([rule({ code: [554] })], { code: 554, status: '5.7.0' })).toBe('one');
  });

  test('what is no refusal, or no reply, matches nothing', () => {
    expect(found([rule({})], { code: 250 })).toBeUndefined();
    expect(
      found([rule({})], { code: undefined, text: 'connection refused, try again in 5 minutes' }),
    ).toBeUndefined();
  });

  test('the time that the reply names goes before that of the rule', () => {
    const text = 'Too many connections, try again in 30 seconds';
    expect(matchReply({ ...SAID, text }, [rule({})])?.forMs).toBe(30_000);
  });

  test('a host that names a time before MAIL is left alone for it, without a rule', () => {
    const text = 'busy, try again in 5 minutes';
    expect(matchReply({ ...SAID, stage: 'greeting', text }, [])).toEqual({
      ...{ id: RETRY_AFTER_RULE, action: 'suspend', forMs: 300_000, scope: 'site' },
    });
  });

  test('a message that is asked to wait is that message alone', () => {
    const text = 'Greylisted, try again in 300 seconds';
    for (const stage of ['mail', 'rcpt', 'data', 'final'] as const)
      expect(found([], { stage, text })).toBeUndefined();
  });
});
