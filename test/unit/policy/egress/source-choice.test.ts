import { describe, expect, test } from 'vitest';
import { chooseSource, orderSources, type Standing } from '../../../../src/policy/egress/source-choice.ts';
import type { Source } from '../../../../src/policy/egress/source.ts';

const YES: Standing = { may: 'yes' };
const ONE = source('one', 1);
const TWO = source('two', 1);
const THREE = source('three', 2);

function source(name: string, weight: number): Source {
  const address = { addresses: ['127.0.0.1'], hostname: `${name}.example`, pool: 'default' };
  return { name, ...address, weight, clientCertificate: undefined, hop: undefined, warmUp: undefined };
}

const keys = Array.from({ length: 20_000 }, (_, number) => `msg_${number}`);
const first = (sources: readonly Source[], key: string) => orderSources(sources, key)[0]!.name;

describe('the order of sources', () => {
  test('puts each first as often as its weight says', () => {
    const counts = new Map<string, number>();
    for (const key of keys) {
      const name = first([ONE, TWO, THREE], key);
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    expect(counts.get('one')! / keys.length).toBeCloseTo(0.25, 1);
    expect(counts.get('two')! / keys.length).toBeCloseTo(0.25, 1);
    expect(counts.get('three')! / keys.length).toBeCloseTo(0.5, 1);
  });

  test('is the same for each attempt of a message, in whatever order the sources are written', () => {
    for (const key of keys.slice(0, 200))
      expect(orderSources([ONE, TWO, THREE], key)).toEqual(orderSources([THREE, ONE, TWO], key));
  });

  test('moves only the mail of a source that is taken out', () => {
    for (const key of keys.slice(0, 2_000)) {
      const before = first([ONE, TWO, THREE], key);
      if (before !== 'two') expect(first([ONE, THREE], key)).toBe(before);
    }
  });

  test('gives the mail of a source that is out to the others by their weight', () => {
    const moved = keys.filter((key) => first([ONE, TWO, THREE], key) === 'one');
    const toThree = moved.filter((key) => first([TWO, THREE], key) === 'three');
    expect(toThree.length / moved.length).toBeCloseTo(2 / 3, 1);
  });

  test('spreads keys that differ in their last digit', () => {
    const names = new Set(keys.slice(0, 12).map((key) => first([ONE, TWO], key)));
    expect(names.size).toBe(2);
  });
});

describe('the choice of a source', () => {
  test('passes over those that may not send', () => {
    const limited: Standing = { may: 'no', why: 'limited', untilMs: 9 };
    expect(chooseSource([ONE, TWO], (one) => (one === ONE ? limited : YES))).toEqual({
      kind: 'source',
      source: TWO,
    });
  });

  test('waits for the one that may first where none may', () => {
    const standing = ({ name }: Source): Standing =>
      name === 'one'
        ? { may: 'no', why: 'ceiling', untilMs: 20 }
        : { may: 'no', why: 'limited', untilMs: 10 };
    expect(chooseSource([ONE, TWO], standing)).toEqual({ kind: 'wait', why: 'limited', untilMs: 10 });
  });
});
