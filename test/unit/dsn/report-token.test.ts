import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { makeReportToken, readReportToken } from '../../../src/dsn/report-token.ts';
import { makeId } from '../../../src/platform/ids.ts';
import { seededRandom } from '../../support/seeded-random.ts';

const hash = (text: string) => createHmac('sha256', 'key').update(text).digest();
const hashes = (text: string) => [hash(text)];
const id = makeId('msg_', Date.parse('2026-03-01T12:00:00Z'), seededRandom(1));
const token = makeReportToken(id, hash);
const TIME = { start: 'r1-'.length, end: 'r1-'.length + 10 };

describe('a report token', () => {
  it('names its message, whatever the case and space it comes back in', () => {
    expect(readReportToken(token, hashes)).toBe(id);
    expect(readReportToken(` ${token.toUpperCase()} `, hashes)).toBe(id);
    expect(token.length).toBe(46);
  });

  it('made under a previous key is ours as long as that is accepted', () => {
    const present = (text: string) => createHmac('sha256', 'present').update(text).digest();
    expect(readReportToken(token, (text) => [present(text), hash(text)])).toBe(id);
    expect(readReportToken(token, (text) => [present(text)])).toBeUndefined();
  });

  it('with any octet changed, of another key or another form is not ours', () => {
    for (let at = 0; at < token.length; at++) {
      const other = token.charAt(at) === '3' ? '4' : '3';
      const read = readReportToken(token.slice(0, at) + other + token.slice(at + 1), hashes);
      // The time of the id is not in the hash: another one names a message that nobody has.
      if (TIME.start <= at && at < TIME.end) expect(read).not.toBe(id);
      else expect(read).toBeUndefined();
    }
    const otherKey = (text: string) => createHmac('sha256', 'other').update(text).digest();
    expect(readReportToken(token, (text) => [otherKey(text)])).toBeUndefined();
    for (const other of ['', 'r1-', `x${token}`, `${token}x`, `${token} ${token}`, 'r2' + token.slice(2)])
      expect(readReportToken(other, hashes), other).toBeUndefined();
  });
});
