/**
 * Parameters of MAIL that submission takes beside those of every port, and the lines of EHLO that offer them: FUTURERELEASE
 * (RFC 4865), DELIVERBY (RFC 2852), MT-PRIORITY (RFC 6710). Syntax and bounds; what they lead to is decided elsewhere.
 */
import { parseRfc3339 } from '../../platform/rfc3339.ts';
import type { ByMode } from '../envelope.ts';

export interface SubmissionParameters {
  /** -9 to 9; `undefined`: not given. */
  priority?: number;
  deliverBy?: { readonly atMs: number; readonly mode: ByMode; readonly trace: boolean };
  /** Epoch milliseconds; in the past: at once. */
  holdUntilMs?: number;
}

/** How far ahead a message may be held. */
export const MAX_HOLD_MS = 366 * 86_400_000;
/** A message that is to be returned in less time would hardly be tried at all. */
export const MIN_BY_SECONDS = 60;

export const SUBMISSION_PARAMETERS: readonly string[] = ['HOLDFOR', 'HOLDUNTIL', 'BY', 'MT-PRIORITY'];

/** The same for a second. */
let offered: { readonly second: number; readonly lines: readonly string[] } = { second: NaN, lines: [] };

/** Lines of EHLO. */
export function submissionExtensions(nowMs: number): readonly string[] {
  const second = Math.floor(nowMs / 1000);
  if (second !== offered.second) offered = { second, lines: extensionsAt(nowMs) };
  return offered.lines;
}

function extensionsAt(nowMs: number): readonly string[] {
  const until = `${new Date(nowMs + MAX_HOLD_MS).toISOString().slice(0, 19)}Z`;
  return [
    `FUTURERELEASE ${MAX_HOLD_MS / 1000} ${until}`,
    `DELIVERBY ${MIN_BY_SECONDS}`,
    // The profile decides nothing here but the name of two classes, docs/adr/0022.
    'MT-PRIORITY MIXER',
  ];
}

type Read = (read: SubmissionParameters, value: string, nowMs: number) => string | undefined;

/** Reads one parameter into `read`; returns what is wrong with it. */
export function readSubmissionParameter(
  read: SubmissionParameters,
  name: string,
  value: string | undefined,
  nowMs: number,
): string | undefined {
  return READERS[name]?.(read, value ?? '', nowMs);
}

/** What is wrong with all of them together. */
export function contradictionOf({ deliverBy, holdUntilMs }: SubmissionParameters): string | undefined {
  if (deliverBy?.mode !== 'return' || holdUntilMs === undefined || deliverBy.atMs > holdUntilMs)
    return undefined;
  return 'The message would be returned before it may be sent: BY has to be longer than the hold';
}

const READERS: Readonly<Record<string, Read>> = {
  HOLDFOR(read, value, nowMs) {
    const seconds = /^\d{1,9}$/.test(value) ? Number(value) : NaN;
    if (!(seconds * 1000 <= MAX_HOLD_MS)) return `HOLDFOR takes up to ${MAX_HOLD_MS / 1000} seconds`;
    return hold(read, nowMs + seconds * 1000);
  },
  HOLDUNTIL(read, value, nowMs) {
    const atMs = parseRfc3339(value);
    if (atMs === undefined || atMs > nowMs + MAX_HOLD_MS)
      return 'HOLDUNTIL takes a time at most 366 days ahead, such as 2027-01-31T09:00:00Z';
    return hold(read, atMs);
  },
  BY(read, value, nowMs) {
    const match = /^([+-]?\d{1,9});([RN])(T?)$/i.exec(value);
    if (match === null) return 'BY takes seconds and R or N, such as BY=3600;R';
    const seconds = Number(match[1]);
    const mode = match[2]?.toUpperCase() === 'R' ? 'return' : 'notify';
    if (mode === 'return' && seconds < MIN_BY_SECONDS)
      return `BY with R takes at least ${MIN_BY_SECONDS} seconds`;
    read.deliverBy = { atMs: nowMs + seconds * 1000, mode, trace: match[3] !== '' };
    return undefined;
  },
  'MT-PRIORITY'(read, value) {
    if (!/^(?:0|-?[1-9])$/.test(value)) return 'MT-PRIORITY takes a number from -9 to 9';
    read.priority = Number(value);
    return undefined;
  },
};

/** RFC 4865 §4: one of the two. */
function hold(read: SubmissionParameters, atMs: number): string | undefined {
  if (read.holdUntilMs !== undefined) return 'HOLDFOR and HOLDUNTIL exclude each other';
  read.holdUntilMs = atMs;
  return undefined;
}
