import { describe, expect, it } from 'vitest';
import { nodes, type NodesFacts } from '../../../src/policy/checks/nodes.ts';

type Node = NodesFacts['nodes'][number];
const node = (name: string, change: Partial<Node> = {}): Node => ({
  ...{ name, state: 'up', draining: false, version: '0.1.0' },
  ...change,
});
const look = (all: readonly Node[], database: Partial<NodesFacts['database']> = {}) =>
  nodes.look({ nodes: all, database: { role: 'primary', eventLagMs: 0, ...database } }, 0);

describe('the check of nodes', () => {
  it('names versions where they are mixed', () => {
    const found = look([node('a'), node('b', { version: '0.2.0' })], { eventLagMs: 2_000 });
    expect(found).toEqual({
      ok: true,
      detail: '2 nodes, version 0.1.0 and 0.2.0; the database is a primary, events 2 s behind',
    });
  });

  it('fails for a node that is down, and not for one that was to drain', () => {
    expect(look([node('a'), node('b', { state: 'down' })])).toMatchObject({ ok: false });
    expect(look([node('a'), node('b', { state: 'down' })]).detail).toContain('down: b (of 2 nodes)');
    expect(look([node('a'), node('b', { state: 'down', draining: true })]).ok).toBe(true);
    expect(look([node('a'), node('b', { state: 'draining', draining: true })]).ok).toBe(true);
  });

  it.each(['standby', 'read-only'] as const)('fails for a database that is %s', (role) => {
    expect(look([node('a')], { role })).toMatchObject({ ok: false });
  });

  it('fails when events wait for minutes', () => {
    expect(look([node('a')], { eventLagMs: 61_000 }).detail).toContain('61 s');
  });
});
