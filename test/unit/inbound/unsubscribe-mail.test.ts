import { describe, expect, it } from 'vitest';
import { readUnsubscribeMail } from '../../../src/inbound/unsubscribe-mail.ts';
import { makeLinkToken, type Link } from '../../../src/links/link-token.ts';
import { makeId } from '../../../src/platform/ids.ts';
import { systemRandom } from '../../../src/platform/random.ts';
import { createSecretBox } from '../../../src/platform/secret-box.ts';

const box = createSecretBox(Buffer.alloc(32, 7), systemRandom);
const link: Link = {
  purpose: 'unsubscribe',
  messageId: makeId('msg_', 1_700_000_000_000, systemRandom),
  accountId: makeId('acc_', 1_700_000_000_000, systemRandom),
  stream: 'news',
  recipientNumber: 1,
  recipient: 'alice@example.org',
};
const token = makeLinkToken(link, box) ?? '';

function read(header: string, fromNobody = false) {
  return readUnsubscribeMail(Buffer.from(`${header}\r\n\r\nbody`), { fromNobody, box });
}

describe('mail to the unsubscribe address', () => {
  it.each([
    ['as it is', `Subject: ${token}`],
    ['with a prefix', `Subject: AW: Re: ${token}`],
    ['in words around it', `subject:  unsubscribe <${token}>, please`],
    ['folded before it', `Subject:\r\n ${token}`],
    ['folded within it', `Subject: ${token.slice(0, 60)}\r\n\t${token.slice(60)}`],
    ['as an encoded word', `Subject: =?us-ascii?B?${Buffer.from(token).toString('base64')}?=`],
    ['sent by a program for a person', `Auto-Submitted: auto-generated\r\nSubject: ${token}`],
    ['as no automatic message', `Auto-Submitted: no\r\nSubject: ${token}`],
    ['without a body', `From: a@b.example\r\nSubject: ${token}`],
  ])('is read %s', (_how, header) => {
    expect(read(header)).toEqual({ kind: 'link', link });
  });

  it.each([
    ['has no subject', 'From: a@b.example'],
    ['has another one', 'Subject: unsubscribe me'],
    ['has the token elsewhere', `X-Subject: ${token}\r\nSubject: hello\r\nTo: ${token}@example.org`],
    ['has a token that was cut', `Subject: ${token.slice(0, -2)}`],
    ['is an absence notice', `Auto-Submitted: auto-replied (vacation)\r\nSubject: ${token}`],
    ['is an automatic notice', `Auto-Submitted: auto-notified\r\nSubject: ${token}`],
    ['is an automatic answer of the old kind', `X-Autoreply: yes\r\nSubject: ${token}`],
  ])('says nothing where it %s', (_what, header) => {
    expect(read(header).kind).toBe('nothing');
  });

  it('says nothing from nobody: that is a bounce', () => {
    expect(read(`Subject: ${token}`, true).kind).toBe('nothing');
  });

  it('looks at a bounded part of what a stranger sends', () => {
    const subjects = `${'A'.repeat(120)} `.repeat(2_000);
    expect(read(`Subject: ${subjects}${token}`).kind).toBe('nothing');
    expect(read(`${'X: y\r\n'.repeat(20_000)}Subject: ${token}`).kind).toBe('nothing');
    expect(read(`Subject: ${'=?utf-8?q?=3D?= '.repeat(20_000)}`).kind).toBe('nothing');
    expect(readUnsubscribeMail(new Uint8Array(0), { fromNobody: false, box }).kind).toBe('nothing');
  });
});
