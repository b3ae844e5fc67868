/**
 * The nodes that share a store, for administration, and the database that they share. An engine of one process has no nodes.
 * Writes reject with StoreError `not-found` and `conflict`; the message gives the reason.
 */
import { StoreError } from './errors.ts';
import type { Duty } from './node-standing.ts';

export interface NodeView {
  /** `node.name` of its configuration. */
  readonly name: string;
  /** `down`: it stopped, or its lease was not renewed. `draining`: it is up and takes no new mail. */
  readonly state: 'up' | 'draining' | 'down';
  /** The node takes no mail, now or when it next starts. */
  readonly draining: boolean;
  /** Of its present run, or of the last one; `undefined`: unknown. */
  readonly version: string | undefined;
  readonly startedAtMs: number | undefined;
  /** When it last renewed its lease, in milliseconds before now, by the server's clock. */
  readonly seenAgoMs: number | undefined;
  readonly duties: readonly Duty[];
  /** Ids of the master keys that it accepts, the one that it makes with first; `undefined`: it did not say. */
  readonly dataKeys: readonly string[] | undefined;
  /** Deliveries that it has claimed. */
  readonly inHand: number;
}

export interface DatabaseState {
  /** `standby`: it follows another server. `read-only`: it takes no changes, for another reason. */
  readonly role: 'primary' | 'standby' | 'read-only';
  /** Such as `16.3`. */
  readonly version: string;
  /** Events that have no number yet, 10,000 at most, and the age of the oldest. */
  readonly eventsPending: number;
  readonly eventLagMs: number;
}

export interface FleetReader {
  /** By name; empty: the store is not shared. */
  nodes(): Promise<readonly NodeView[]>;
  /** `undefined`: there is no server. */
  databaseState(): Promise<DatabaseState | undefined>;
}

/** `actor`: for the audit log. */
export interface FleetWriter {
  /** A draining node takes no new mail, and finishes what it has claimed. */
  drainNode(name: string, draining: boolean, atMs: number, actor: string): Promise<void>;
  /** Removes a node that is down and has no claims. */
  removeNode(name: string, atMs: number, actor: string): Promise<void>;
  /** Said by the node itself at its start: as {@link NodeView.dataKeys}. */
  noteNodeKeys(name: string, keyIds: readonly string[]): Promise<void>;
}

/** For an engine that belongs to one process. */
export const NO_FLEET: FleetReader & FleetWriter = {
  nodes: () => Promise.resolve([]),
  databaseState: () => Promise.resolve(undefined),
  drainNode: refuse,
  removeNode: refuse,
  noteNodeKeys: refuse,
};

function refuse(): Promise<never> {
  const text =
    "there are no nodes: the store is one relay's own; several share one on PostgreSQL (store.url)";
  return Promise.reject(new StoreError('not-found', text));
}
