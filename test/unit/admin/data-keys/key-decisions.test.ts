import { describe, expect, it } from 'vitest';
import { conflictWith, otherNodes, takesOver } from '../../../../src/admin/data-keys/key-decisions.ts';
import type { NodeView } from '../../../../src/store/fleet.ts';

const records = (...ids: string[]) => ids.map((keyId, at) => ({ keyId, adoptedAtMs: at, usedAtMs: at }));
const node = (name: string, dataKeys: readonly string[] | undefined, state: NodeView['state'] = 'up') =>
  ({ name, dataKeys, state }) as NodeView;

describe('takesOver', () => {
  it('gives a store back to a key that was replaced, unless another node makes with the newer one', () => {
    expect(takesOver('one', records('one', 'two'), [])).toBe(true);
    expect(takesOver('one', records('one', 'two'), [node('b', ['one', 'two'])])).toBe(true);
    expect(takesOver('one', records('one', 'two'), [node('b', ['two', 'one'])])).toBe(false);
    expect(takesOver('two', records('one', 'two'), [])).toBe(false);
  });
});

describe('conflictWith', () => {
  it('lets nodes work together where each reads what the others make, in both steps of a change', () => {
    expect(conflictWith(['one'], [node('b', ['one'])])).toBeUndefined();
    expect(conflictWith(['one', 'two'], [node('b', ['one'])])).toBeUndefined();
    expect(conflictWith(['one'], [node('b', ['one', 'two'])])).toBeUndefined();
    expect(conflictWith(['two', 'one'], [node('b', ['one', 'two'])])).toBeUndefined();
    expect(conflictWith(['one', 'two'], [node('b', ['two', 'one'])])).toBeUndefined();
    expect(conflictWith(['two'], [node('b', ['two', 'one'])])).toBeUndefined();
  });

  it('names the node that does not accept the key of this one, and the key that this one lacks', () => {
    expect(conflictWith(['two', 'one'], [node('a', ['two', 'one']), node('b', ['one'])])).toMatch(
      /node b does not accept the key two.*previous_data_keys first/,
    );
    expect(conflictWith(['one'], [node('b', ['two', 'one'])])).toMatch(
      /node b makes everything with the key two/,
    );
  });

  it('says nothing of a node that did not say', () => {
    expect(conflictWith(['two', 'one'], [node('b', undefined)])).toBeUndefined();
  });
});

it('other nodes are those that are up, without this one', () => {
  const nodes = [node('a', ['one']), node('b', ['one'], 'down'), node('c', ['one'], 'draining')];
  expect(otherNodes(nodes, 'a').map(({ name }) => name)).toEqual(['c']);
});
