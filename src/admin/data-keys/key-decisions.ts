/** Decisions about master keys by their ids: which one a store works with, and what the nodes of a fleet have to accept. Pure. */
import type { DataKeyRecord } from '../../store/data-keys.ts';
import type { NodeView } from '../../store/fleet.ts';

/** Ids of a process: of the key that it makes with, then of those that it accepts as well. */
export type KeyIds = readonly [string, ...string[]];

/**
 * Whether a key that was the present one of the store before becomes that again. Not while another node makes with the newer one: it
 * is this node that has not been given that yet.
 */
export function takesOver(
  own: string,
  records: readonly DataKeyRecord[],
  others: readonly Pick<NodeView, 'dataKeys'>[],
): boolean {
  const newest = records.at(-1)?.keyId;
  return newest !== own && !others.some(({ dataKeys }) => dataKeys?.[0] === newest);
}

/** Why this node must not work beside the others with its keys; `undefined`: it may. What each makes has to be read by all. */
export function conflictWith(own: KeyIds, others: readonly NodeView[]): string | undefined {
  for (const { name, dataKeys } of others) {
    // One of an earlier release, or one that is starting.
    if (dataKeys === undefined) continue;
    const [theirs] = dataKeys;
    if (!dataKeys.includes(own[0]))
      return (
        `the node ${name} does not accept the key ${own[0]}, which this node would make everything with: give the key to every node ` +
        'as one more of previous_data_keys first, restart them one by one, and make it data_key after that'
      );
    if (theirs !== undefined && !own.includes(theirs))
      return (
        `the node ${name} makes everything with the key ${theirs}, which this node does not have: ` +
        'put it into previous_data_keys here'
      );
  }
  return undefined;
}

/** Nodes that are up, without this one. */
export function otherNodes(nodes: readonly NodeView[], own: string): readonly NodeView[] {
  return nodes.filter(({ name, state }) => state !== 'down' && name !== own);
}
