/** Suspends and resumes destinations, sources and accounts, with an end where one is given; lifts what the relay decided by itself. */
import type { Account } from '../store/directory-records.ts';
import type { HealthState } from '../store/health.ts';
import type { QueueWriter } from '../store/queue-admin.ts';
import type { ShapingWriter, Suspension, SuspensionKind } from '../store/shaping.ts';
import type { With } from './admin-context.ts';
import { releaseDeliveries, selectDeliveries } from './queue.ts';
import { invalid, isRefusal, type AdminRefusal } from './refusal.ts';

export interface SuspensionDetails {
  /** relayd ends it then; `undefined`: it lasts until somebody resumes it. */
  readonly untilMs: number | undefined;
  readonly reason: string | undefined;
}

const LONGEST_REASON = 200;

/** `undefined`: they may stand. */
export function wrongDetails(
  { untilMs, reason }: SuspensionDetails,
  nowMs: number,
): AdminRefusal | undefined {
  if (untilMs !== undefined && untilMs <= nowMs)
    return invalid('until', () => `the end of a suspension is in the future`, 'such as --for 2h');
  if (reason !== undefined && reason.length > LONGEST_REASON)
    return invalid('reason', () => `a reason has at most ${LONGEST_REASON} characters`);
  return undefined;
}

/** Durable when it resolves. `subject`: a lower-cased A-label, or the name of a source. */
export async function suspend(
  kind: Exclude<SuspensionKind, 'account'>,
  subject: string,
  details: SuspensionDetails,
  { queue, shaping, clock, actor }: With<'queue' | 'shaping' | 'clock'>,
): Promise<Suspension | AdminRefusal> {
  const nowMs = clock.now();
  const wrong = wrongDetails(details, nowMs);
  if (wrong !== undefined) return wrong;
  const suspension = { kind, subject, atMs: nowMs, ...details, actor };
  if (kind === 'destination') await queue.suspendDestination(subject, true, nowMs, actor, details);
  else await shaping.suspend(suspension);
  return suspension;
}

/** Attempts are made there again; limits that the relay set itself for `subjects` are lifted. Resolves to their number. */
export async function resumeDestination(
  name: string,
  subjects: readonly string[],
  { queue, shaping, clock, actor }: With<'queue' | 'shaping' | 'clock'>,
): Promise<number> {
  const nowMs = clock.now();
  await queue.suspendDestination(name, false, nowMs, actor);
  return subjects.length === 0 ? 0 : await shaping.liftLimits(subjects, nowMs, actor);
}

/** False: it was not suspended. */
export async function resumeSource(
  subject: string,
  { shaping, clock, actor }: With<'shaping' | 'clock'>,
): Promise<boolean> {
  return await shaping.resume({ kind: 'source', subject }, clock.now(), actor);
}

/** New mail of the account is held, and so is what waits. Resolves to the number of deliveries that are held now. */
export async function suspendAccount(
  { id }: Pick<Account, 'id'>,
  details: SuspensionDetails,
  { queue, shaping, clock, actor }: With<'queue' | 'shaping' | 'clock'>,
): Promise<{ readonly held: number } | AdminRefusal> {
  const nowMs = clock.now();
  const wrong = wrongDetails(details, nowMs);
  if (wrong !== undefined) return wrong;
  await shaping.suspend({ kind: 'account', subject: id, atMs: nowMs, ...details, actor });
  return { held: await queue.holdSuspended(id, nowMs, actor) };
}

/** Its end has come. False: somebody has ended it, or another has taken its place. */
export async function endSuspension(
  { kind, subject }: Pick<Suspension, 'kind' | 'subject'>,
  context: With<'queue' | 'shaping' | 'clock'>,
): Promise<boolean> {
  const { queue, shaping, clock, actor } = context;
  if (kind === 'destination') return await queue.endDestinationSuspension(subject, clock.now(), actor);
  const ended = await shaping.endSuspension({ kind, subject }, clock.now(), actor);
  if (ended && kind === 'account') await finishResuming(subject, context);
  return ended;
}

/**
 * New mail of the account goes out again, and so does what was held for the suspension. `undefined`: it was not suspended. What
 * ends in between is finished by relayd.
 */
export async function resumeAccount(
  { id }: Pick<Account, 'id'>,
  context: With<'queue' | 'shaping' | 'clock'>,
): Promise<{ readonly released: number } | undefined> {
  const { shaping, clock, actor } = context;
  if (!(await shaping.resume({ kind: 'account', subject: id }, clock.now(), actor))) return undefined;
  return { released: await finishResuming(id, context) };
}

/** What sending health had decided, and the deliveries that are released with it. */
export interface LiftedHealth {
  readonly states: readonly HealthState[];
  readonly released: number;
}

/**
 * Lifts what sending health decided about an account with its streams, or about one stream, and releases what is held there.
 * Where it restricts nothing, nothing is done. Counting starts anew, so that old figures do not restrict it again.
 */
export async function liftHealth(
  account: Account,
  stream: string | undefined,
  context: With<'reader' | 'queue' | 'health' | 'clock'>,
): Promise<LiftedHealth | AdminRefusal> {
  const meant = { account, stream, id: undefined, destination: undefined, all: false };
  const selection = await selectDeliveries(meant, context);
  if (isRefusal(selection)) return selection;
  const states = (await context.reader.healthStates()).filter(
    (state) => state.accountId === account.id && (stream === undefined || state.stream === stream),
  );
  if (states.length === 0) return { states, released: 0 };
  const changed = await releaseDeliveries(selection, context);
  return isRefusal(changed) ? changed : { states, released: changed.changed };
}

/** Resolves to the number of deliveries released. */
export async function finishResuming(
  accountId: string,
  {
    queue,
    shaping,
    clock,
    actor,
  }: Pick<With<'queue' | 'shaping' | 'clock'>, 'actor' | 'clock'> & {
    readonly queue: Pick<QueueWriter, 'releaseSuspended'>;
    readonly shaping: Pick<ShapingWriter, 'resumed'>;
  },
): Promise<number> {
  const released = await queue.releaseSuspended(accountId, clock.now(), actor);
  await shaping.resumed(accountId);
  return released;
}
