import { expect, it } from 'vitest';
import { BodyOctets } from '../../../src/http/body-octets.ts';

const OCTETS = 1_000_000;

it('holds a body that came octet by octet in few objects, none of which keeps a larger buffer', () => {
  const read = Buffer.alloc(64 * 1024, 'abc');
  const body = new BodyOctets();
  for (let at = 0; at < OCTETS; at++) body.add(read.subarray(at % 999, (at % 999) + 1));
  expect(body.pieces).toBeLessThan(OCTETS / 200);
  const all = body.take();
  expect(all.length).toBe(OCTETS);
  expect(all.toString('latin1', 0, 6)).toBe('abcabc');
  expect(all.toString('latin1', 999, 1002)).toBe('abc');
  expect(body.pieces).toBe(0);
  expect(body.take().length).toBe(0);
});

it('gives back what came in large pieces and small ones, in order', () => {
  const body = new BodyOctets();
  const sent: string[] = [];
  for (let at = 0; at < 700; at++) {
    const piece = `${at},`.repeat(at % 100 === 0 ? 20_000 : 1);
    sent.push(piece);
    body.add(Buffer.from(piece));
  }
  expect(body.take().toString()).toBe(sent.join(''));
});
