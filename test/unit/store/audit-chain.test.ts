/** What a line's hash covers, octet by octet, and what the check of a chain finds. */
import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import type { AuditLine } from '../../../src/store/audit.ts';
import {
  chainedSubject,
  ChainCheck,
  hashOfLine,
  hashOfText,
  NO_HASH,
  subjectParts,
} from '../../../src/store/audit-chain.ts';

const SALT = new Uint8Array(16).fill(7);

function lineAfter(previous: string, sequence: number, parts: Partial<AuditLine> = {}): AuditLine {
  const text = `a${sequence}@example.com`;
  const line = {
    id: sequence,
    atMs: 1_800_000_000_123 + sequence,
    actor: 'relayctl:alice',
    credential: undefined,
    account: 'acc_1',
    origin: '192.0.2.1',
    action: 'suppression add',
    subject: chainedSubject([{ hash: hashOfText(SALT, text) }, 'news']),
    texts: [{ part: 0, salt: SALT, text }],
    ...parts,
  };
  return { ...line, sequence, previous, hash: hashOfLine({ ...line, sequence }, previous) };
}

function chain(length: number): AuditLine[] {
  const lines: AuditLine[] = [];
  for (let sequence = 1; sequence <= length; sequence++)
    lines.push(lineAfter(lines.at(-1)?.hash ?? NO_HASH, sequence));
  return lines;
}

function check(lines: readonly AuditLine[], head = headOf(lines)) {
  const chained = new ChainCheck();
  for (const line of lines) {
    const broken = chained.take(line);
    if (broken !== undefined) return broken;
  }
  return chained.end(head);
}

function headOf(lines: readonly AuditLine[]) {
  const last = lines.at(-1);
  return { sequence: last?.sequence ?? 0, hash: last?.hash ?? NO_HASH };
}

describe('the hash of a line', () => {
  test('is that of docs/audit.md, by sha256sum', () => {
    const line = lineAfter(NO_HASH, 1);
    const octets = [
      'postern audit 1',
      NO_HASH,
      '1',
      '2027-01-15T08:00:00.124Z',
      'relayctl:alice',
      '',
      'acc_1',
      '192.0.2.1',
      'suppression add',
      line.subject,
      '',
    ].join('\n');
    expect(execFileSync('sha256sum', { input: octets, encoding: 'utf8' })).toBe(`${line.hash}  -\n`);
  });

  test('of a text is that of its salt and the text', () => {
    const input = Buffer.concat([SALT, Buffer.from('zoë@example.com')]);
    const summed = execFileSync('sha256sum', { input, encoding: 'utf8' });
    expect(`${hashOfText(SALT, 'zoë@example.com')}  -\n`).toBe(summed);
  });
});

describe('the check of a chain', () => {
  test('finds nothing wrong in one that is whole', () => {
    expect(check(chain(5))).toBeUndefined();
    expect(check([])).toBeUndefined();
  });

  test.each(['atMs', 'actor', 'credential', 'account', 'origin', 'action', 'subject'] as const)(
    'finds that %s was changed',
    (column) => {
      const lines = chain(5);
      const changed = column === 'atMs' ? 1 : 'other';
      lines[2] = { ...lines[2]!, texts: [], [column]: changed };
      expect(check(lines)).toMatchObject({
        sequence: 3,
        problem: expect.stringContaining('not what was written') as string,
      });
    },
  );

  test('finds a line whose hash was made anew with it', () => {
    const lines = chain(5);
    lines[2] = lineAfter(lines[1]!.hash!, 3, { actor: 'relayctl:mallory' });
    expect(check(lines)).toMatchObject({ sequence: 4 });
  });

  test('finds a line that was removed', () => {
    expect(check(chain(5).toSpliced(1, 1))).toMatchObject({
      sequence: 2,
      problem: expect.stringContaining('missing') as string,
    });
    expect(check(chain(5).slice(1))).toMatchObject({ sequence: 1 });
  });

  test('finds that the end was removed', () => {
    const lines = chain(5);
    expect(check(lines.slice(0, 3), headOf(lines))).toMatchObject({ sequence: 4 });
  });

  test('finds lines that were swapped', () => {
    const lines = chain(5);
    const [second, third] = [lines[1]!, lines[2]!];
    expect(check(lines.with(1, third).with(2, second))).toMatchObject({ sequence: 2 });
    // And when they were numbered anew.
    lines[1] = { ...third, sequence: 2 };
    lines[2] = { ...second, sequence: 3 };
    expect(check(lines)).toMatchObject({ sequence: 2 });
  });

  test('finds a line that was put in', () => {
    const lines = chain(5);
    const put = lineAfter(lines[1]!.hash!, 3);
    expect(check(lines.toSpliced(3, 0, put))).toMatchObject({ sequence: 3 });
    const behind = lineAfter(lines[4]!.hash!, 6);
    expect(check([...lines, behind], headOf(lines))).toMatchObject({ sequence: 6 });
  });

  test('finds a line that lost its number or its hash', () => {
    const lines = chain(5);
    expect(check(lines.with(2, { ...lines[2]!, hash: undefined }))).toMatchObject({ sequence: 3 });
    expect(check(lines.with(2, { ...lines[2]!, hash: undefined, sequence: undefined }))).toMatchObject({
      sequence: 3,
    });
  });

  test('finds another head', () => {
    const lines = chain(3);
    expect(check(lines, { sequence: 3, hash: 'f'.repeat(64) })).toMatchObject({ sequence: 3 });
  });

  test('finds clear text that is not what was written, and does not miss what was erased', () => {
    const lines = chain(3);
    const told = { part: 0, salt: SALT, text: 'other@example.com' };
    expect(check(lines.with(1, { ...lines[1]!, texts: [told] }))).toMatchObject({ sequence: 2 });
    const erased = { ...lines[1]!, texts: [] };
    expect(check(lines.with(1, erased))).toBeUndefined();
    expect(subjectParts(erased)).toEqual([undefined, 'news']);
    expect(subjectParts(lines[1]!)).toEqual([{ text: 'a2@example.com' }, 'news']);
  });

  test('counts lines from before the chain, and later ones outside of it', () => {
    const outside = { ...lineAfter(NO_HASH, 1), sequence: undefined, hash: undefined };
    const checked = new ChainCheck();
    const [first, second] = chain(2);
    for (const line of [outside, first!, { ...outside, id: 9 }, second!])
      expect(checked.take(line)).toBeUndefined();
    expect(checked.outside).toEqual({ before: 1, after: 1, lastId: 9 });
  });
});
