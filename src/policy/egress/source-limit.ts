/**
 * When a source is taken out for a provider that refuses its address: at once where the refusal is the greeting, which
 * whatever leaves from there will meet; else when three messages in a row met one, with no success in between. For an hour
 * at first, doubled each time it happens again, for a day at most. Pure.
 */
import type { AttemptStage } from '../attempt-stage.ts';
import type { BounceClass } from '../bounce-classes.ts';

/** A source that is not used for a provider until a time. */
export interface SourceLimit {
  readonly source: string;
  /** A provider's name, or the first MX host of a site that is no known provider's. */
  readonly provider: string;
  readonly atMs: number;
  readonly untilMs: number;
  /** How often in a row: 1 at first. */
  readonly times: number;
  readonly class: BounceClass;
  /** What the remote said, shortened. */
  readonly reply: string;
}

export const FIRST_LIMIT_MS = 3_600_000;
export const LONGEST_LIMIT_MS = 24 * 3_600_000;
/** Messages that met a refusal in a row. */
export const REFUSALS_BEFORE_LIMIT = 3;
/** After so long without a limit the next one is the first again. */
const FORGOTTEN_MS = 7 * 24 * 3_600_000;

/** How long, and how often in a row, after `previous`, which is over. */
export function nextLimit(
  previous: Pick<SourceLimit, 'untilMs' | 'times'> | undefined,
  nowMs: number,
): Pick<SourceLimit, 'untilMs' | 'times'> {
  const again = previous !== undefined && nowMs - previous.untilMs < FORGOTTEN_MS;
  const times = again ? previous.times + 1 : 1;
  const lastsMs = Math.min(LONGEST_LIMIT_MS, FIRST_LIMIT_MS * 2 ** Math.min(times - 1, 10));
  return { untilMs: nowMs + lastsMs, times };
}

/** A row of refusals of one source at one provider: the messages that met them, at most as many as are needed. */
export interface RefusalRow {
  readonly messages: readonly string[];
}

/** `limit`: it is enough. A success ends the row: the caller forgets it. */
export function refused(
  row: RefusalRow | undefined,
  refusal: { readonly stage: AttemptStage; readonly messageId: string },
): RefusalRow | 'limit' {
  if (isForAll(refusal.stage)) return 'limit';
  const messages = row?.messages ?? [];
  if (messages.includes(refusal.messageId)) return { messages };
  return messages.length + 1 >= REFUSALS_BEFORE_LIMIT
    ? 'limit'
    : { messages: [...messages, refusal.messageId] };
}

/** Before anything of a message was said: it is the connection's address. */
function isForAll(stage: AttemptStage): boolean {
  return stage === 'greeting';
}

const OF_THE_SOURCE: readonly unknown[] = ['rate-limited', 'reputation', 'policy'] satisfies BounceClass[];

/** Whether a recipient that was not taken, for `bounceClass`, says that a warm-up goes too fast. */
export function turnsSourceAway(bounceClass: unknown): boolean {
  return OF_THE_SOURCE.includes(bounceClass);
}
