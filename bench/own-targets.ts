/** The relays of ours that a run measures, the subject first: one on SQLite, fleets on PostgreSQL, one with rules beside it. */
import { startFleetTarget } from './fleet-target.ts';
import { startRelayTarget, type RelayTargetOptions } from './relay-target.ts';
import type { Target } from './target.ts';

export interface OwnTargetsWanted {
  /** `sqlite` or `postgres`. */
  readonly store: string;
  /** Such as `1,2,4`; of PostgreSQL. */
  readonly nodes: string;
  readonly against: string;
  /** So many rules of shaping; `undefined`: no relay with rules of its own. */
  readonly rules?: string | undefined;
}

/** Each is started when it is called. */
export function ownTargets(
  { store, nodes, against, rules }: OwnTargetsWanted,
  options: RelayTargetOptions,
): readonly (() => Promise<Target>)[] {
  if (store === 'sqlite') {
    const plain = () => startRelayTarget(options);
    if (rules === undefined) return [plain];
    return [plain, () => startRelayTarget({ ...options, rules: Number(rules) })];
  }
  if (store !== 'postgres') throw new Error(`--store knows sqlite and postgres, not ${store}`);
  const fleets = nodes.split(',').map((count) => () => startFleetTarget(options, Number(count)));
  if (!against.split(',').includes('sqlite')) return fleets;
  return [...fleets, async () => ({ ...(await startRelayTarget(options)), name: 'sqlite' })];
}
