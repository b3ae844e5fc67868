/** Suspends and resumes destinations, sources and accounts, with an end where one is given; lifts what the relay set by itself. */
import type { Account } from '../store/directory-records.ts';
import type { QueueWriter } from '../store/queue-admin.ts';
import type { ShapingWriter, Suspension, SuspensionKind } from '../store/shaping.ts';
import type { With } from './admin-context.ts';
import { invalid, type AdminRefusal } from './refusal.ts';

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
