/** The range of events to replay, from two times or from the event before it. */
import type { EventReader } from '../../store/queue-admin.ts';
import type { ReplaySelection, WebhookReader } from '../../store/webhooks.ts';

export interface WantedRange {
  /** Sequence of the event before the range. */
  readonly after: number | undefined;
  readonly sinceMs: number | undefined;
  readonly untilMs: number | undefined;
}

/** Events are ordered by commit, and only nearly by time; their own time decides. */
const OUT_OF_ORDER_MS = 60_000;

export async function replayRange(
  { after = 0, sinceMs, untilMs }: WantedRange,
  reader: Pick<WebhookReader, 'eventSequenceAt'> & Pick<EventReader, 'lastEventSequence'>,
): Promise<ReplaySelection> {
  const start = sinceMs === undefined ? 0 : (await reader.eventSequenceAt(sinceMs - OUT_OF_ORDER_MS)) - 1;
  const upTo =
    untilMs === undefined
      ? await reader.lastEventSequence()
      : await reader.eventSequenceAt(untilMs + OUT_OF_ORDER_MS);
  return { kind: 'range', after: Math.max(after, start), upTo, sinceMs, untilMs };
}
