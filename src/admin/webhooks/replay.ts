/** Replays events: by id, the failed ones, those of a period, or those after an event. */
import type { ReplaySelection, Webhook } from '../../store/webhooks.ts';
import type { With } from '../admin-context.ts';
import { invalid, isRefusal, type AdminRefusal } from '../refusal.ts';
import { replayRange } from './replay-range.ts';

/** One of `eventIds`, `failed` and a range (`sinceMs`, `after`) has to be there. */
export interface ReplayInput {
  /** Sequences; none: not by id. */
  readonly eventIds: readonly number[];
  readonly failed: boolean;
  readonly sinceMs: number | undefined;
  /** The end of a range; `undefined`: now. */
  readonly untilMs: number | undefined;
  /** Sequence of the event before the range. */
  readonly after: number | undefined;
}

/** Durable when it resolves to their number. Events that were not sent yet are not counted. */
export async function replayWebhook(
  { id }: Pick<Webhook, 'id'>,
  input: ReplayInput,
  context: With<'reader' | 'webhooks' | 'clock'>,
): Promise<{ readonly replayed: number } | AdminRefusal> {
  const { webhooks, clock, actor } = context;
  const selection = await selectionOf(input, context);
  if (isRefusal(selection)) return selection;
  return { replayed: await webhooks.replayWebhook(id, selection, clock.now(), actor) };
}

async function selectionOf(
  { eventIds, failed, sinceMs, untilMs, after }: ReplayInput,
  { reader }: With<'reader'>,
): Promise<ReplaySelection | AdminRefusal> {
  const isRange = sinceMs !== undefined || after !== undefined;
  const given = [eventIds.length > 0, failed, isRange].filter(Boolean).length;
  if (given !== 1)
    return invalid(
      undefined,
      'which events?',
      (nameOf) =>
        `give one of ${nameOf('eventIds')}, ${nameOf('failed')}, ${nameOf('sinceMs')} and ${nameOf('after')}`,
    );
  if (untilMs !== undefined && !isRange)
    return invalid(
      'untilMs',
      (nameOf) => `${nameOf('untilMs')} goes with ${nameOf('sinceMs')} or ${nameOf('after')}`,
    );
  if (failed) return { kind: 'failed' };
  if (eventIds.length > 0) return { kind: 'events', sequences: eventIds };
  return await replayRange({ after, sinceMs, untilMs }, reader);
}
