/**
 * What this process may do, where several nodes share a store: until when what it claimed is its own, what it does for
 * all, whether it is to take mail. A process that has its store for itself may do everything, for ever.
 */
import { ENDLESS_LEASE, type Lease } from './lease.ts';

/** What one node at a time does for all: numbers events, tells webhooks, removes what is old, looks at the surroundings. */
export const DUTIES = ['events', 'webhooks', 'retention', 'checks'] as const;
export type Duty = (typeof DUTIES)[number];

export interface NodeStanding extends Lease {
  /** The fence under which this node has the duty; `undefined`: another one has it, or the lease is over. */
  holds(duty: Duty): number | undefined;
  /** It takes no new mail, and finishes what it has. */
  readonly draining: boolean;
  /** How many nodes live, this one included: at least 1. Limits of all together are divided by it. */
  readonly nodes: number;
}

/** Of a process that shares its store with no other. */
export const SOLE_NODE: NodeStanding = {
  ...ENDLESS_LEASE,
  holds: () => 1,
  draining: false,
  nodes: 1,
};
