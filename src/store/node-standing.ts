/**
 * The permissions of this process where several nodes share a store: how long its claims are valid, its duties, and whether
 * it takes mail. A process that has its store for itself has no restrictions.
 */
import { ENDLESS_LEASE, type Lease } from './lease.ts';

/** Duties that one node at a time has for all: numbering events, sending webhooks, retention, looking at the surroundings. */
export const DUTIES = ['events', 'webhooks', 'retention', 'checks'] as const;
export type Duty = (typeof DUTIES)[number];

export interface NodeStanding extends Lease {
  /** The fence under which this node has the duty; `undefined`: another node has it, or the lease is over. */
  holds(duty: Duty): number | undefined;
  /** It takes no new mail, and finishes what it has claimed. */
  readonly draining: boolean;
  /** Number of live nodes, including this one: at least 1. Limits of all nodes together are divided by it. */
  readonly nodes: number;
}

/** For a process that shares its store with no other. */
export const SOLE_NODE: NodeStanding = {
  ...ENDLESS_LEASE,
  holds: () => 1,
  draining: false,
  nodes: 1,
};
