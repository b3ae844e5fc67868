/** The words of a notice, to the letter. */
import { describe, expect, it } from 'vitest';
import type { ToldChange } from '../../../../src/policy/notices/notice-state.ts';
import { noticeJson, noticeSubject, noticeText, type Notice } from '../../../../src/upkeep/notices/notice.ts';

const AT = Date.UTC(2026, 10, 30, 8, 0, 5);

const change = (check: string, ok: boolean, more: Partial<ToldChange> = {}): ToldChange => ({
  check,
  ok,
  sinceMs: AT - 60_000,
  detail: ok ? `${check} is well` : `${check} is ill`,
  remedy: ok ? undefined : `mend ${check}`,
  leftOut: 0,
  ...more,
});

const notice = (changes: readonly ToldChange[], failing: readonly string[] = []): Notice => ({
  id: 'ntc_1',
  kind: 'checks',
  atMs: AT,
  hostname: 'mail.example.net',
  changes,
  failing,
});

describe('the subject of a notice', () => {
  it.each([
    [[change('disk', false)], '[mail.example.net] disk failed'],
    [[change('disk', true)], '[mail.example.net] disk recovered'],
    [
      [change('disk', false), change('dns', false), change('clock', true)],
      '[mail.example.net] disk, dns failed; clock recovered',
    ],
    [['a', 'b', 'c', 'd'].map((name) => change(name, false)), '[mail.example.net] 4 checks failed'],
  ])('names what changed', (changes, subject) => {
    expect(noticeSubject(notice(changes))).toBe(subject);
  });
});

describe('the text of a notice', () => {
  it('says what was seen, what to do, and what was left out', () => {
    const changes = [change('disk', false, { leftOut: 3 }), change('dns', true, { leftOut: 1 })];
    expect(noticeText(notice(changes, ['clock', 'domains'])))
      .toBe(`disk fails on mail.example.net since 2026-11-30 07:59:05 UTC.
  disk is ill
  Do: mend disk
  Since the notice before it also changed 3 times.

dns has recovered on mail.example.net at 2026-11-30 07:59:05 UTC.
  dns is well
  Since the notice before it also changed once.

Also failing: clock, domains.

See: relayctl status
A check is in one notice an hour at most.
`);
  });

  it('keeps what a detail quotes on its line', () => {
    const text = noticeText(
      notice([change('dns', false, { detail: 'a\r\nBcc: x\u202e', remedy: undefined })]),
    );
    expect(text).toContain('  a\\u000d\\u000aBcc: x\\u202e\n');
  });

  it('of a test says that nothing has happened', () => {
    const test: Notice = { ...notice([]), kind: 'test' };
    expect(noticeSubject(test)).toBe('[mail.example.net] test notice');
    expect(noticeText(test)).toBe(
      'This is a test of the notices of mail.example.net: nothing has happened.\n',
    );
  });
});

describe('the JSON of a notice', () => {
  it('has the changes as events of the server', () => {
    const [disk, dns] = [change('disk', false, { leftOut: 2 }), change('dns', true, { sinceMs: undefined })];
    const shown = notice([disk, dns], ['clock']);
    expect(noticeJson(shown)).toEqual({
      event: 'operator_notice',
      id: 'ntc_1',
      timestamp: '2026-11-30T08:00:05.000Z',
      hostname: 'mail.example.net',
      subject: '[mail.example.net] disk failed; dns recovered',
      text: noticeText(shown),
      changes: [
        {
          event: 'check_failed',
          check: 'disk',
          ok: false,
          since: '2026-11-30T07:59:05.000Z',
          detail: 'disk is ill',
          remedy: 'mend disk',
          left_out: 2,
        },
        {
          event: 'check_recovered',
          check: 'dns',
          ok: true,
          since: null,
          detail: 'dns is well',
          remedy: null,
          left_out: 0,
        },
      ],
      failing: ['clock'],
    });
  });

  it('of a test has another name', () => {
    expect(noticeJson({ ...notice([]), kind: 'test' })).toMatchObject({ event: 'test', changes: [] });
  });
});
