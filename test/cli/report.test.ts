/** `report explain`: reports and replies explained, for people and for programs, without configuration and store. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CliStage } from './support/cli-stage.ts';

let stage: CliStage;
beforeEach(() => (stage = new CliStage()));
afterEach(async () => await stage.dispose());

function fixture(name: string): string {
  return readFileSync(path.resolve(import.meta.dirname, `../fixtures/reports/${name}.eml`), 'utf8');
}

describe('report explain', () => {
  test('gives a list of exactly the fixed keys for each recipient', async () => {
    stage.files = { 'bounce.eml': fixture('postfix-two-recipients') };
    const list = (await stage.json('report', 'explain', 'bounce.eml')) as Record<string, unknown>[];
    expect(list.map((one) => Object.keys(one))).toEqual(
      list.map(() => ['recipient', 'status', 'reply', 'class', 'hard', 'action', 'meaning']),
    );
    expect(list).toMatchObject([
      {
        recipient: 'bob@inner.example.org',
        status: '5.1.1',
        reply:
          '550 5.1.1 <bob@inner.example.org>: Recipient address rejected: User unknown in virtual mailbox table',
        class: 'unknown-user',
        hard: true,
      },
      { recipient: 'dora@example.org', status: '4.2.2', class: 'mailbox-full', hard: false },
    ]);
  });

  test('says for a person what was said, what it means and what to do', async () => {
    stage.files = { 'bounce.eml': fixture('postfix-two-recipients') };
    const text = await stage.text('report', 'explain', 'bounce.eml');
    expect(text).toContain('About the message msg_01k9q3aaaaaaaaaaaaaaaaaaaa');
    expect(text).toContain('bob@inner.example.org  unknown-user, the address is bad for good');
    expect(text).toContain('means   The receiving server says that this mailbox does not exist.');
    expect(text).toContain('do      Check the address for typing errors');
    expect(text.split('\n').every((line) => line.length <= 110)).toBe(true);
  });

  test.each([
    ['complaint', { class: 'complaint', status: null, reply: null, hard: false }],
    ['auto-reply', { class: 'auto-reply', status: null, reply: null, hard: false }],
    ['success', { class: 'delivered', status: '2.0.0', hard: false }],
    ['exim-warning', { class: 'unknown-user', status: '4.1.1', hard: false }],
  ])('knows a report of kind %s', async (name, expected) => {
    stage.files = { 'report.eml': fixture(name) };
    const list = (await stage.json('report', 'explain', 'report.eml')) as unknown[];
    expect(list[0]).toMatchObject(expected);
  });

  test('reads a bare reply from standard input', async () => {
    stage.files = { '-': '550 5.1.1 User unknown\n' };
    expect(await stage.json('report', 'explain', '-')).toMatchObject([
      {
        recipient: null,
        status: '5.1.1',
        reply: '550 5.1.1 User unknown',
        class: 'unknown-user',
        hard: true,
      },
    ]);
  });

  test('reads several replies, of one line and of more', async () => {
    stage.files = { '-': '550-5.1.1 No\r\n550 5.1.1 such user\r\n452 4.2.2 Mailbox full\r\n421 too busy' };
    expect(await stage.json('report', 'explain', '-')).toMatchObject([
      { reply: '550 5.1.1 No such user', class: 'unknown-user' },
      { reply: '452 4.2.2 Mailbox full', class: 'mailbox-full', hard: false },
      { reply: '421 too busy', status: '4.0.0' },
    ]);
  });

  test('finds the reply in the words around it', async () => {
    stage.files = {
      '-': 'host mx.example.org[192.0.2.1] said: 552 5.2.2 mailbox full (in reply to RCPT TO command)',
    };
    expect(await stage.json('report', 'explain', '-')).toMatchObject([
      { reply: '552 5.2.2 mailbox full', class: 'mailbox-full' },
    ]);
  });

  test('needs no configuration and no store', async () => {
    stage.env['RELAY_HOSTNAME'] = 'not a name';
    stage.files = { '-': '550 5.1.1 User unknown' };
    expect((await stage.run(['report', 'explain', '-'])).code).toBe(0);
  });

  test('shows nothing that a terminal obeys', async () => {
    stage.files = { '-': '550 5.1.1 \u001b[2J\u202euser unknown' };
    const text = await stage.text('report', 'explain', '-');
    expect(text).not.toContain('\u001b[2J');
    expect(text).not.toContain('\u202e');
  });

  test.each([
    ['', 'there is no report in note.txt'],
    ['From: Bob <bob@example.org>\nSubject: hello\n\nHow are you?\n', 'there is no report in note.txt'],
  ])('finds nothing in %j', async (text, message) => {
    stage.files = { 'note.txt': text };
    const ran = await stage.run(['report', 'explain', 'note.txt']);
    expect(ran).toMatchObject({ code: 1, out: '' });
    expect(ran.err).toContain(message);
  });

  test('says that a file is not there, as text and as JSON', async () => {
    expect((await stage.run(['report', 'explain', 'none.eml'])).err).toContain('there is no file none.eml');
    const ran = await stage.run(['report', 'explain', 'none.eml', '--json']);
    expect(JSON.parse(ran.err)).toMatchObject({ error: { code: 'not-found' } });
    expect(ran.code).toBe(1);
  });

  test.each([
    ['time', 'reading the report took longer than the limit of 2 seconds'],
    ['memory', 'reading the report took more memory than the limit of 128 MiB'],
    ['output', 'the report says more than the limit of 1 MiB'],
    ['failed', 'the report cannot be read'],
  ] as const)('names the limit that a report passes (%s)', async (why, message) => {
    stage.files = { 'bounce.eml': fixture('postfix-two-recipients') };
    stage.onReadReport = () => Promise.resolve({ kind: 'unreadable', why });
    const { code, out, err } = await stage.run(['report', 'explain', 'bounce.eml', '--json']);
    expect([code, out, JSON.parse(err)]).toMatchObject([1, '', { error: { code: 'unreadable', message } }]);
  });

  test('says when there is no reader', async () => {
    stage.files = { 'bounce.eml': fixture('postfix-two-recipients') };
    stage.onReadReport = () => Promise.resolve({ kind: 'busy' });
    expect((await stage.run(['report', 'explain', 'bounce.eml'])).err).toContain(
      'could not start or was ended',
    );
  });
});
