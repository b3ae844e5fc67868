import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  isOfDestination,
  makeReturnPath,
  readReturnPath,
  TOKEN_VALID_MS,
} from '../../../src/dsn/return-path-token.ts';
import { base32, makeId } from '../../../src/platform/ids.ts';
import { seededRandom } from '../../support/seeded-random.ts';

const HOST = 'bounces.example.org';
const MADE_MS = Date.parse('2026-03-01T12:00:00Z');
const DAY_MS = 86_400_000;
const hash = (text: string) => createHmac('sha256', 'key').update(text).digest();
const id = makeId('msg_', MADE_MS, seededRandom(1));
const token = makeReturnPath(id, 'example.com', HOST, hash);
const [local = ''] = token.split('@');
const tag = local.split('-')[2] ?? '';
const hashes = (text: string) => [hash(text)];

function read(localPart: string, host = HOST, nowMs = MADE_MS + DAY_MS, key = hash) {
  return readReturnPath(localPart, host, { hashes: (text) => [key(text)], nowMs });
}

describe('a return-path token', () => {
  it('fits a local part, in lower case, and is the same each time', () => {
    expect(local.length).toBeLessThanOrEqual(64);
    expect(token).toBe(token.toLowerCase());
    expect(makeReturnPath(id, 'example.com', HOST, hash)).toBe(token);
  });

  it('names its message and destination, whatever the case it comes back in', () => {
    expect(read(local)).toEqual({ kind: 'valid', messageId: id, destination: tag });
    expect(read(local.toUpperCase(), HOST.toUpperCase())).toEqual({
      kind: 'valid',
      messageId: id,
      destination: tag,
    });
  });

  it('made under a previous key is read, and of its destination, as long as that key is accepted', () => {
    const present = (text: string) => createHmac('sha256', 'present').update(text).digest();
    const both = (text: string) => [present(text), hash(text)];
    const nowMs = MADE_MS + DAY_MS;
    expect(readReturnPath(local, HOST, { hashes: both, nowMs })).toEqual({
      kind: 'valid',
      messageId: id,
      destination: tag,
    });
    expect(isOfDestination(tag, id, 'example.com', both)).toBe(true);
    expect(isOfDestination(tag, id, 'example.net', both)).toBe(false);
    expect(read(local, HOST, nowMs, present).kind).toBe('forged');
  });

  it('with any octet changed is forged or none', () => {
    for (let at = 0; at < local.length; at++) {
      const other = local.charAt(at) === '3' ? '4' : '3';
      const changed = local.slice(0, at) + other + local.slice(at + 1);
      expect(['forged', 'none'], changed).toContain(read(changed).kind);
    }
  });

  it('is another one at another destination, which is not to be read in it', () => {
    expect(makeReturnPath(id, 'example.net', HOST, hash)).not.toBe(token);
    expect(isOfDestination(tag, id, 'example.com', hashes)).toBe(true);
    expect(isOfDestination(tag, id, 'example.net', hashes)).toBe(false);
    const other = makeId('msg_', MADE_MS, seededRandom(2));
    expect(isOfDestination(tag, other, 'example.com', hashes)).toBe(false);
    expect(local).not.toContain('example');
  });

  it('of the early form names no destination, and cannot be made from one that does', () => {
    const body = id.slice(4);
    const early = `b1-${body}-${base32(hash(`return-path 1 ${body}@${HOST}`).subarray(0, 10))}`;
    expect(read(early)).toEqual({ kind: 'valid', messageId: id, destination: undefined });
    expect(read(early, HOST, MADE_MS + TOKEN_VALID_MS + 1).kind).toBe('outdated');
    expect(read(`b1-${body}-${local.slice(-16)}`).kind).toBe('forged');
    expect(read(`b2-${body}-${tag}-${early.slice(-16)}`).kind).toBe('forged');
  });

  it('of another host or another key is forged', () => {
    expect(read(local, 'bounces.example.net').kind).toBe('forged');
    const otherKey = (text: string) => createHmac('sha256', 'other').update(text).digest();
    expect(read(local, HOST, MADE_MS, otherKey).kind).toBe('forged');
  });

  it('is outdated after its time, and before it was made', () => {
    expect(read(local, HOST, MADE_MS + TOKEN_VALID_MS).kind).toBe('valid');
    expect(read(local, HOST, MADE_MS + TOKEN_VALID_MS + 1).kind).toBe('outdated');
    expect(read(local, HOST, MADE_MS - 2 * DAY_MS).kind).toBe('outdated');
  });

  it('is told from other addresses', () => {
    for (const other of [
      '',
      'postmaster',
      'b1-',
      'b2-',
      'b1' + local.slice(2),
      'b3' + local.slice(2),
      `x${local}`,
      `${local}x`,
    ])
      expect(read(other).kind, other).toBe('none');
  });
});
