import { describe, expect, it } from 'vitest';
import { FairQueue } from '../../../src/platform/fair-queue.ts';

function filled(maxEntries: number, entries: readonly string[]): FairQueue<string> {
  const queue = new FairQueue<string>(maxEntries);
  for (const entry of entries) queue.add(entry.charAt(0), entry);
  return queue;
}

function drained(queue: FairQueue<string>): string[] {
  return Array.from({ length: queue.size }, () => queue.take() ?? '');
}

describe('FairQueue', () => {
  it('gives each flow its turn, and each its own in order', () => {
    expect(drained(filled(10, ['a1', 'a2', 'a3', 'b1', 'c1', 'c2']))).toEqual([
      'a1',
      'b1',
      'c1',
      'a2',
      'c2',
      'a3',
    ]);
    expect(new FairQueue(1).take()).toBeUndefined();
  });

  it('has no place for what is more than its bound', () => {
    const queue = filled(2, ['a1', 'a2']);
    expect(queue.add('a', 'a3')).toBe('a3');
    expect(drained(queue)).toEqual(['a1', 'a2']);
  });

  it('makes place at the cost of the newest of the flow that has most', () => {
    const queue = filled(4, ['b1', 'a1', 'a2', 'a3']);
    expect(queue.add('b', 'b2')).toBe('a3');
    expect(drained(queue)).toEqual(['b1', 'a1', 'b2', 'a2']);
  });

  it('lets nothing that waits give way to an equal', () => {
    const queue = filled(2, ['a1', 'b1']);
    expect(queue.add('c', 'c1')).toBe('c1');
    expect(drained(queue)).toEqual(['a1', 'b1']);
    expect(queue.size).toBe(0);
  });
});
