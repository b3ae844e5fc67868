/** Destinations as a table: waiting deliveries, next attempt, block or failure. */
import { DELIVERY_STATES, type DeliveryState } from '../../policy/delivery-state.ts';
import type { DestinationView } from '../../store/views.ts';
import type { CommandContext } from '../program/command-context.ts';
import { counted, fullTime, relative } from '../output/time-words.ts';
import { explainAttempt } from '../trace/delivery-words.ts';
import { renderTable } from '../output/table.ts';

export function renderDestinations(
  { io, paint, nowMs }: CommandContext,
  rows: readonly DestinationView[],
): string {
  return renderTable(
    [
      { title: 'DESTINATION', text: ({ name }) => name, shrinks: true },
      { title: 'WAITING', text: (row) => String(waitingCount(row)), alignRight: true },
      { title: 'DEFERRED', text: ({ counts }) => String(counts.deferred), alignRight: true },
      { title: 'HELD', text: ({ counts }) => String(counts.held), alignRight: true },
      {
        title: 'NEXT',
        text: (row) => nextWords(row, nowMs),
        brush: (text, row) => (row.suspended || isBlocked(row, nowMs) ? paint.warn(text) : text),
      },
      { title: 'LAST ERROR', text: reasonOf, shrinks: true },
    ],
    rows,
    { width: io.columns, paint },
  );
}

function reasonOf({ waitsFor, lastError = '' }: DestinationView): string {
  return waitsFor === undefined ? lastError : `waits for ${waitsFor}`;
}

export function waitingCount({ counts }: DestinationView): number {
  return counts.queued + counts.deferred + counts.scheduled;
}

export function isBlocked({ blockedUntilMs }: DestinationView, nowMs: number): boolean {
  return blockedUntilMs !== undefined && blockedUntilMs > nowMs;
}

/** Mail waits there, or attempts are blocked. */
export function isOfInterest(row: DestinationView, nowMs: number): boolean {
  const { counts, suspended, withholdsUntilMs = 0 } = row;
  return (
    waitingCount(row) + counts.held > 0 || suspended || isBlocked(row, nowMs) || withholdsUntilMs > nowMs
  );
}

/** One that nothing waits for. */
export function emptyDestination(name: string): DestinationView {
  const counts = Object.fromEntries(DELIVERY_STATES.map((state) => [state, 0]));
  return {
    ...{ name, counts: counts as Record<DeliveryState, number>, suspended: false, failures: 0 },
    ...{ nextDueAtMs: undefined, blockedUntilMs: undefined, waitsFor: undefined, lastError: undefined },
    withholdsUntilMs: undefined,
  };
}

/** Why a destination fails as a whole, as the trace explains an attempt. */
export interface ExplainedTrouble {
  readonly sinceMs: number;
  readonly class: string;
  readonly meaning: string;
  readonly action: string;
}

/** `undefined`: it does not fail, or nothing is kept of it. */
export async function troubleOf(
  context: CommandContext,
  { name }: DestinationView,
): Promise<ExplainedTrouble | undefined> {
  const trouble = await context.reader.destinationTrouble(name);
  if (trouble === undefined) return undefined;
  const explained = explainAttempt(trouble.last, { rules: context.bounceRules });
  return explained && { sinceMs: trouble.sinceMs, ...explained };
}

function nextWords(row: DestinationView, nowMs: number): string {
  if (row.suspended) return 'suspended';
  if (isBlocked(row, nowMs)) return relative(row.blockedUntilMs ?? nowMs, nowMs);
  if (row.nextDueAtMs === undefined) return '';
  return row.nextDueAtMs <= nowMs ? 'now' : relative(row.nextDueAtMs, nowMs);
}

/** Why no attempt is made at the moment, in a sentence; `undefined`: attempts are made. */
export function obstacleWords(
  row: DestinationView,
  nowMs: number,
  trouble?: ExplainedTrouble,
): string | undefined {
  if (row.suspended)
    return `${row.name} is suspended with ${waitingCount(row)} waiting; let it go on: relayctl destination resume ${row.name}`;
  if (!isBlocked(row, nowMs)) return undefined;
  if (row.waitsFor !== undefined)
    return `${row.name} waits with ${waitingCount(row)} until ${fullTime(row.blockedUntilMs ?? nowMs)} (${relative(row.blockedUntilMs ?? nowMs, nowMs)}) for ${row.waitsFor}; its mail goes by itself then`;
  const why = row.lastError === undefined ? '' : `: ${row.lastError}`;
  const since = trouble === undefined ? '' : ` since ${fullTime(trouble.sinceMs)}`;
  const words = `${row.name} is tried again ${relative(row.blockedUntilMs ?? nowMs, nowMs)} after ${counted(row.failures, 'failure')}${since}${why}`;
  return trouble === undefined ? words : `${words} (${trouble.class}). ${trouble.meaning} ${trouble.action}`;
}

/** That unknown addresses there are not suppressed for a while, in a sentence; `undefined`: they are. */
export function withholdingWords(
  { name, withholdsUntilMs }: DestinationView,
  nowMs: number,
): string | undefined {
  if (withholdsUntilMs === undefined || withholdsUntilMs <= nowMs) return undefined;
  return `${name} suddenly says of most addresses that they are unknown: until ${fullTime(withholdsUntilMs)} they bounce without being suppressed`;
}
