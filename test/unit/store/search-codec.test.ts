/** The lists of the search index: what was written is read, whatever the form, and merges lose nothing. */
import { describe, expect, test } from 'vitest';
import { TermCollector } from '../../../src/store/search/build-run.ts';
import { decodeDocuments, encodeDocuments } from '../../../src/store/search/documents.ts';
import { foldedAddresses, foldedMessageId, foldedText } from '../../../src/store/search/fold.ts';
import { mergeStretches } from '../../../src/store/search/merge-blocks.ts';
import { dayOfPlace, idAtPlace, isBoundary, placeOf } from '../../../src/store/search/place.ts';
import {
  BlockReader,
  MOST_DOCUMENTS,
  noBits,
  numbersOf,
  type Block,
} from '../../../src/store/search/postings.ts';
import { idWords, messageTerms, wantedTerms } from '../../../src/store/search/terms.ts';
import { makeId } from '../../../src/platform/ids.ts';
import { systemRandom } from '../../../src/platform/random.ts';
import { seededRandom } from '../../support/seeded-random.ts';

type Lists = ReadonlyMap<number, readonly number[]>;

/** Lists of every density, among them terms that all documents have. */
function randomLists(seed: number, documents: number): Lists {
  const random = seededRandom(seed);
  const lists = new Map<number, readonly number[]>();
  for (let index = 0; index < 300; index++) {
    const share = [0.001, 0.01, 0.2, 0.7, 1][Math.floor(random.float() * 5)]!;
    const numbers = Array.from({ length: documents }, (_, number) => number).filter(
      () => random.float() < share,
    );
    if (numbers.length > 0) lists.set(Math.floor(random.float() * 2 ** 24), numbers);
  }
  return lists;
}

function blocksOf(lists: Lists, documents: number): readonly Block[] {
  const terms = new TermCollector();
  for (const [term, numbers] of lists)
    for (const number of numbers.toReversed()) {
      terms.add(term, number);
      terms.add(term, number);
    }
  return terms.blocks(documents);
}

function readAll(blocks: readonly Block[], documents: number): Lists {
  const lists = new Map<number, readonly number[]>();
  for (const block of blocks) {
    const reader = new BlockReader(block, documents);
    for (let term = reader.next(); term !== undefined; term = reader.next()) {
      const bits = noBits(documents);
      const { count } = reader;
      reader.writeBits(bits, 0);
      expect(numbersOf(bits)).toHaveLength(count);
      lists.set(term, numbersOf(bits));
    }
  }
  return lists;
}

const inOrder = (lists: Lists) => [...lists].sort(([one], [other]) => one - other);

describe('blocks', () => {
  test.each([1, 7, 8, 33, 500, 3_000])('of %i documents are read as they were written', (documents) => {
    const lists = randomLists(documents, documents);
    const blocks = blocksOf(lists, documents);
    expect(inOrder(readAll(blocks, documents))).toEqual(inOrder(lists));
    for (const [term, numbers] of lists) {
      const block = blocks.findLast(({ first }) => first <= term)!;
      const reader = new BlockReader(block, documents);
      expect(reader.seek(term)).toBe(true);
      const read = new Uint16Array(numbers.length);
      reader.writeNumbers(read, 0, 0);
      expect([...read]).toEqual(numbers);
      expect(new BlockReader(block, documents).seek(term + 0.5)).toBe(false);
    }
  });

  test('are merged, step by step, into those of all documents', () => {
    const sizes = [3, 1_000, 1, 40, 2_000];
    const runs = sizes.map((documents, index) => {
      const lists = randomLists(100 + index, documents);
      // Terms that several runs have.
      const shared = new Map([...lists].map(([term, numbers]) => [term % 200, numbers]));
      return { documents, lists: shared, blocks: blocksOf(shared, documents) };
    });
    const all = sizes.reduce((sum, size) => sum + size, 0);
    const expected = new Map<number, number[]>();
    let offset = 0;
    for (const { documents, lists } of runs) {
      for (const [term, numbers] of lists)
        expected.set(term, [...(expected.get(term) ?? []), ...numbers.map((number) => number + offset)]);
      offset += documents;
    }
    const merged: Block[] = [];
    let after: number | undefined = -1;
    let steps = 0;
    while (after !== undefined) {
      const done: number = after;
      const stretches = runs.map(({ documents, blocks }) => {
        const from = Math.max(
          0,
          blocks.findLastIndex(({ first }) => first <= done + 1),
        );
        const some = blocks.slice(from, from + 2);
        return { documents, blocks: some, isLast: some.length < 2 };
      });
      const step = mergeStretches(stretches, done);
      expect(step.upTo ?? Infinity).toBeGreaterThan(done);
      merged.push(...step.blocks);
      after = step.upTo;
      steps++;
    }
    expect(steps).toBeGreaterThan(1);
    expect(inOrder(readAll(merged, all))).toEqual(inOrder(expected));
  });

  test('hold the documents of the largest run', () => {
    const numbers = Array.from({ length: MOST_DOCUMENTS }, (_, number) => number);
    const lists = new Map([
      [0, numbers],
      [5, numbers.filter((number) => number % 2 === 1)],
      [2 ** 24 - 1, [MOST_DOCUMENTS - 1]],
    ]);
    expect(inOrder(readAll(blocksOf(lists, MOST_DOCUMENTS), MOST_DOCUMENTS))).toEqual(inOrder(lists));
  });
});

test('documents are read as they were written, in any order', () => {
  const documents = [
    { key: 5, place: 1_800_000_000_000 },
    { key: 2 ** 45, place: 3 },
    { key: 6, place: 2 ** 48 - 1 },
  ];
  expect(decodeDocuments(encodeDocuments(documents))).toEqual(documents);
});

test('places follow the order of ids, and bound them', () => {
  const random = seededRandom(3);
  for (let times = 0; times < 200; times++) {
    const atMs = Math.floor(random.float() * 2 ** 43);
    const id = makeId('msg_', atMs, systemRandom);
    expect(placeOf(id)).toBe(atMs);
    expect(idAtPlace(atMs) <= id && id < idAtPlace(atMs + 1)).toBe(true);
    expect([isBoundary(id), isBoundary(idAtPlace(atMs))]).toEqual([false, true]);
  }
  expect(dayOfPlace(86_400_000 * 3 - 1)).toBe(2);
  const texts = ['msg_', 'msg_1', 'msg_i', 'msg_l5', 'msg_zz', 'msg_~', 'msg_01!'].sort();
  const places = texts.map(placeOf);
  expect(places).toEqual(places.toSorted((one, other) => one - other));
});

test('a part of a text has only terms that the text has', () => {
  const random = seededRandom(5);
  const alphabet = [
    ...Array.from('abcAB12 .-@"*'),
    'ß',
    'É',
    'e\u0301',
    'Σ',
    'ς',
    '日',
    '\u{1f600}',
    'ﬁ',
    '\0',
    'İ',
  ];
  const text = (length: number) =>
    Array.from({ length }, () => alphabet[Math.floor(random.float() * alphabet.length)]).join('');
  for (let times = 0; times < 500; times++) {
    const subject = text(40);
    const [from, length] = [Math.floor(random.float() * 30), 3 + Math.floor(random.float() * 12)];
    const part = subject.slice(from, from + length);
    if (!foldedText(subject).includes(foldedText(part)) || foldedText(part).length < 3) continue;
    const having = new Set<number>();
    const texts = { recipients: [], reversePath: '', headerFrom: '', messageIdField: '' };
    messageTerms({ ...texts, subject }, (term) => having.add(term));
    const [[asked]] = wantedTerms({ subject: part }, 6).ofMessage as [[readonly number[]]];
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.filter((term) => !having.has(term))).toEqual([]);
  }
});

test('texts are compared in a form in which case, compatibility forms and spellings of domains do not matter', () => {
  expect(foldedText('GRÖSSE \u212aelvin ﬁn ΟΔΟΣ')).toBe(foldedText('größe Kelvin FIN οδος'));
  expect(foldedAddresses('A@XN--MLLER-KVA.example')).toEqual(['a@xn--mller-kva.example', 'a@müller.example']);
  expect(foldedAddresses('a@müller.example')).toContain('a@xn--mller-kva.example');
  expect(foldedAddresses('a@xn--\u{1f4a9}')).toContain('a@xn--\u{1f4a9}');
  expect(foldedMessageId(' <Ab@c> ')).toBe('ab@c');
  expect(foldedText('x'.repeat(5_000))).toHaveLength(1_000);
  // What grows, and marks, which take the square of their number.
  expect(foldedText('\ufdfa'.repeat(500))).toHaveLength(1_000);
  expect(foldedText(`x${'\u0323\u200d\u0307'.repeat(400)}y`).length).toBeLessThan(40);
  expect(foldedText(`x${'\u0323\u0307'.repeat(15)}y`)).toHaveLength(31);
  expect(idWords('250 2.0.0 ok: queued as 4xg7rk1q2z (mx7), 12345')).toEqual(['4xg7rk1q2z']);
});
