import { describe, expect, it } from 'vitest';
import { Slots } from '../../../src/platform/slots.ts';

interface Named {
  readonly slot: number;
  readonly name: string;
}

function add(slots: Slots<Named>, name: string): Named {
  return slots.add((slot) => ({ slot, name }));
}

function names(slots: Slots<Named>): string[] {
  return [...slots].map(({ name }) => name).sort();
}

describe('slots', () => {
  it('has what was added until it is deleted', () => {
    const slots = new Slots<Named>();
    const one = add(slots, 'one');
    const other = add(slots, 'other');
    expect(slots.get(one.slot)).toBe(one);
    expect(names(slots)).toEqual(['one', 'other']);
    slots.delete(one);
    expect(slots.get(one.slot)).toBeUndefined();
    expect(slots.get(other.slot)).toBe(other);
    expect(names(slots)).toEqual(['other']);
    expect(slots.size).toBe(1);
  });

  it('gives a slot again, and never to two at once', () => {
    const slots = new Slots<Named>();
    const first = [add(slots, 'a'), add(slots, 'b'), add(slots, 'c')];
    for (const one of first) slots.delete(one);
    const later = ['d', 'e', 'f', 'g'].map((name) => add(slots, name));
    expect(new Set(later.map(({ slot }) => slot)).size).toBe(4);
    expect(Math.max(...later.map(({ slot }) => slot))).toBe(3);
  });

  it('deletes nothing that is not here any more: another may have the slot', () => {
    const slots = new Slots<Named>();
    const gone = add(slots, 'gone');
    slots.delete(gone);
    const next = add(slots, 'next');
    slots.delete(gone);
    expect(slots.get(next.slot)).toBe(next);
    expect(slots.size).toBe(1);
  });

  it('may lose what a loop has come to', () => {
    const slots = new Slots<Named>();
    for (const name of ['a', 'b', 'c']) add(slots, name);
    for (const one of slots) slots.delete(one);
    expect(slots.size).toBe(0);
    expect(names(slots)).toEqual([]);
  });
});
