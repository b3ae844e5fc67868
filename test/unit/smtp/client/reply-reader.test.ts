import { describe, expect, it } from 'vitest';
import { ReplyReader, replyOf } from '../../../../src/smtp/client/reply-reader.ts';

function readAll(...chunks: (string | Buffer)[]) {
  const reader = new ReplyReader();
  for (const chunk of chunks) reader.push(Buffer.from(chunk));
  const replies = [];
  for (let raw = reader.next(); raw !== undefined; raw = reader.next()) replies.push(replyOf(raw));
  return { replies, problem: reader.problem, empty: reader.empty };
}

describe('the reply reader', () => {
  it('reads several replies from one chunk, with their status codes', () => {
    expect(readAll('250 2.1.0 ok\r\n550-5.1.1 no such\r\n550 5.1.1 user\r\n354 go\r\n').replies).toEqual([
      { code: 250, status: '2.1.0', text: 'ok' },
      { code: 550, status: '5.1.1', text: 'no such user' },
      { code: 354, status: undefined, text: 'go' },
    ]);
  });

  it('gives the same whatever the chunks', () => {
    const octets = Buffer.from('250-mx.test\r\n250-SIZE 10\r\n250 ünïcode\r\n421 4.3.2 bye\r\n');
    const whole = readAll(octets);
    for (let at = 1; at < octets.length; at++)
      expect(readAll(octets.subarray(0, at), octets.subarray(at))).toEqual(whole);
    expect(readAll(...Array.from(octets, (octet) => Buffer.from([octet])))).toEqual(whole);
  });

  it('takes bare line feeds, a code without text, and the code of the last line', () => {
    expect(readAll('250\n', '250-a\n550 b\n').replies).toEqual([
      { code: 250, status: undefined, text: '' },
      { code: 550, status: undefined, text: 'a b' },
    ]);
  });

  it('passes over a line without a code inside a reply', () => {
    expect(readAll('220-hello\r\nwelcome to our site\r\n220 ready\r\n').replies).toEqual([
      { code: 220, status: undefined, text: 'hello ready' },
    ]);
  });

  it.each(['HTTP/1.1 400 Bad Request\r\n', '99 what\r\n', '\r\n', '700 what\r\n'])(
    'finds no reply in %j',
    (text) => {
      expect(readAll(text)).toMatchObject({
        replies: [],
        problem: expect.stringContaining('no SMTP reply') as string,
      });
    },
  );

  it('gives up on endless lines and endless replies', () => {
    expect(readAll(`250 ${'x'.repeat(8_180)}\r\n`).problem).toBeUndefined();
    expect(readAll(`250 ${'x'.repeat(9_000)}\r\n`).problem).toContain('a line over');
    expect(readAll('x'.repeat(5_000), 'x'.repeat(5_000)).problem).toContain('a line over');
    expect(readAll('250-x\r\n'.repeat(99), '250 x\r\n').problem).toBeUndefined();
    expect(readAll('250-x\r\n'.repeat(101)).problem).toContain('over 100 lines');
  });

  it('keeps a long text to what is worth storing', () => {
    const [reply] = readAll(`550-${'x'.repeat(4_000)}\r\n550 end\r\n`).replies;
    expect(reply?.text).toHaveLength(2_001);
  });

  it('passes on one line without marks that turn or end it, and no half of a character', () => {
    const [turned] = readAll('550 a\u2028b\u202ec\u0085d\r\n').replies;
    expect(turned?.text).toBe('a b c d');
    const [long] = readAll(`550 ${'x'.repeat(1_999)}😀😀\r\n`).replies;
    expect(long?.text.isWellFormed()).toBe(true);
  });

  it('takes a refusal without its line end for a reply once the remote has hung up, nothing else', () => {
    for (const [text, code] of [
      ['554 5.7.1 go away', 554],
      ['250 ok', undefined],
      ['55', undefined],
    ] as const) {
      const reader = new ReplyReader();
      reader.push(Buffer.from(text));
      expect(reader.next()).toBeUndefined();
      reader.end();
      expect(reader.next()?.code).toBe(code);
    }
  });

  it('says when nothing is left over', () => {
    expect(readAll('250 ok\r\n').empty).toBe(true);
    expect(readAll('250 ok\r\n2').empty).toBe(false);
    expect(readAll('250-ok\r\n').empty).toBe(false);
  });
});
