/** Limits that the relay sets itself, and an operator's suspensions, as delivery uses them: composed, and kept up to date. */
import type { Clock } from '../../platform/clock.ts';
import { OwnedPromises } from '../../platform/lifecycle.ts';
import type { Log } from '../../platform/log.ts';
import type { ReplyRule } from '../../policy/shaping/shaping-rules.ts';
import type { ShapingReader, ShapingWriter } from '../../store/shaping.ts';
import { LimitWatch } from './limit-watch.ts';
import { LimitsInForce } from './limits-in-force.ts';
import { Suspended } from './suspended.ts';

export interface OpenLimitsOptions {
  readonly reader: Pick<ShapingReader, 'destinationLimits' | 'suspensions'>;
  readonly writer: Pick<ShapingWriter, 'limitDestination' | 'raiseLimits'>;
  /** Read at each use. */
  readonly replies: () => readonly ReplyRule[];
  /** That send to the same hosts; default: this one alone. */
  readonly nodes?: (() => number) | undefined;
  readonly streams?: { refresh(): Promise<void> } | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly onBug: (error: unknown) => void;
}

/** Resolves when what is in force is known, or cannot be. To be stopped after delivery. */
export async function openLimits(options: OpenLimitsOptions) {
  const { reader, writer, replies, nodes, streams, clock, log, onBug } = options;
  const background = new OwnedPromises(onBug);
  const automaticLimits = new LimitsInForce({
    ...{ reader, writer, replies, clock, background, log },
    nodes: nodes ?? (() => 1),
  });
  const suspended = new Suspended({ reader, log });
  const watch = new LimitWatch({ limits: automaticLimits, suspended, streams, clock, background });
  await watch.start();
  return { automaticLimits, suspended, stop: () => watch.stop() };
}
