/** What an operator does with the nodes that share a store. */
import { StoreError } from '../store/errors.ts';
import type { With } from './admin-context.ts';
import type { AdminRefusal } from './refusal.ts';

type Context = With<'fleet' | 'clock' | 'actor'>;

/** With `draining` it takes no new mail and finishes what it has; without, it goes on. */
export function drainNode(
  name: string,
  draining: boolean,
  { fleet, clock, actor }: Context,
): Promise<{ readonly name: string } | AdminRefusal> {
  return changed(name, () => fleet.drainNode(name, draining, clock.now(), actor));
}

/** Forgets one that is down; it is there again when it starts again. */
export function removeNode(
  name: string,
  { fleet, clock, actor }: Context,
): Promise<{ readonly name: string } | AdminRefusal> {
  return changed(name, () => fleet.removeNode(name, clock.now(), actor));
}

async function changed(
  name: string,
  change: () => Promise<void>,
): Promise<{ readonly name: string } | AdminRefusal> {
  try {
    await change();
    return { name };
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    const { code, message } = error;
    if (code !== 'not-found' && code !== 'conflict') throw error;
    return { refused: code, field: undefined, problem: message };
  }
}
