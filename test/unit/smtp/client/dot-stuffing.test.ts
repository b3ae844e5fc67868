import { describe, expect, it } from 'vitest';
import { DotStuffing } from '../../../../src/smtp/client/dot-stuffing.ts';
import { dotUnstuffed, EndOfData } from '../../../support/fake-mx-content.ts';
import { seededRandom } from '../../../support/seeded-random.ts';

function stuffed(...chunks: string[]): string {
  const stuffing = new DotStuffing();
  for (const chunk of chunks) stuffing.push(Buffer.from(chunk));
  stuffing.end();
  return Buffer.from(stuffing.take()).toString();
}

describe('dot-stuffing', () => {
  it.each([
    ['', '.\r\n'],
    ['a\r\n', 'a\r\n.\r\n'],
    ['a', 'a\r\n.\r\n'],
    ['.\r\n', '..\r\n.\r\n'],
    ['.a\r\n..b\r\nc.d\r\n.', '..a\r\n...b\r\nc.d\r\n..\r\n.\r\n'],
    ['a\r\n.\r\nMAIL FROM:<x>\r\n', 'a\r\n..\r\nMAIL FROM:<x>\r\n.\r\n'],
  ])('sends %j as %j', (content, sent) => {
    expect(stuffed(content)).toBe(sent);
  });

  it('gives the same wherever the chunks are cut', () => {
    const content = '.first\r\n\r\n.\r\n..x\r\n.';
    for (let at = 0; at <= content.length; at++) {
      for (let to = at; to <= content.length; to++)
        expect(stuffed(content.slice(0, at), content.slice(at, to), content.slice(to))).toBe(
          stuffed(content),
        );
    }
  });

  it('lets no bare line end in the content make a final dot', () => {
    expect(stuffed('a\n.\nb\r\n')).toBe('a\n..\nb\r\n.\r\n');
    expect(stuffed('a\n.\r\nb\r\n')).toBe('a\n..\r\nb\r\n.\r\n');
    expect(stuffed('a\n')).toBe('a\n\r\n.\r\n');
    expect(stuffed('a\r')).toBe('a\r\r\n.\r\n');
  });

  it('does not copy a chunk that needs nothing', () => {
    const stuffing = new DotStuffing();
    const chunk = Buffer.alloc(100_000, 'x');
    stuffing.push(chunk);
    expect(stuffing.gatheredOctets).toBe(100_000);
    expect(stuffing.take().buffer).toBe(chunk.buffer);
    expect(stuffing.gatheredOctets).toBe(0);
  });

  it('is undone by a receiver, for any content in any chunks', () => {
    const random = seededRandom(11);
    const pieces = ['.', '\r\n', '..', 'x', '.\r\n', '\r\n.', '\r\n.\r\n', 'yz'];
    for (let round = 0; round < 2_000; round++) {
      const stuffing = new DotStuffing();
      const chunks: Buffer[] = [];
      for (let count = Math.floor(random.float() * 8); count > 0; count--)
        chunks.push(Buffer.from(pieces[Math.floor(random.float() * pieces.length)] ?? ''));
      const sent: Uint8Array[] = [];
      for (const chunk of chunks) {
        stuffing.push(chunk);
        if (random.float() < 0.3) sent.push(stuffing.take());
      }
      stuffing.end();
      sent.push(stuffing.take());

      const wire = Buffer.concat([...sent, Buffer.from('QUIT\r\n')]);
      const end = new EndOfData();
      const cut = Math.floor(random.float() * wire.length);
      const first = end.push(wire.subarray(0, cut));
      const used = first ?? cut + (end.push(wire.subarray(cut)) ?? NaN);
      const content = Buffer.concat(chunks).toString();
      const expected = content === '' || content.endsWith('\r\n') ? content : `${content}\r\n`;
      expect(dotUnstuffed(end.content()).toString()).toBe(expected);
      expect(wire.subarray(used).toString()).toBe('QUIT\r\n');
    }
  });
});
