/** What accounts and streams are under, in words, and how they are let go. */
import { percent } from '../../policy/health.ts';
import type { HealthLevel } from '../../policy/health.ts';
import type { HealthState } from '../../store/health.ts';
import type { Paint } from '../output/paint.ts';
import { shellWord } from '../../platform/shell-word.ts';
import { relative } from '../output/time-words.ts';

const LEVEL_WORDS: Readonly<Record<HealthLevel, string>> = {
  good: 'is healthy',
  warn: 'is close to a limit',
  throttle: 'is throttled',
  hold: 'is held',
};

/** `account shop`, `stream broadcast of account shop`. */
export function subjectWords({ accountName, stream }: Pick<HealthState, 'accountName' | 'stream'>): string {
  return stream === '' ? `account ${accountName}` : `stream ${stream} of account ${accountName}`;
}

/** A sentence for `status`, with what to type. */
export function healthWarning(state: HealthState, nowMs: number): string {
  const pace = state.perMinute === undefined ? '' : ` to ${state.perMinute} deliveries a minute`;
  const since = `${LEVEL_WORDS[state.level]}${pace} since ${relative(state.sinceMs, nowMs)}`;
  const then = state.level === 'hold' ? `; let it go on: ${releaseCommand(state)}` : '';
  return `${subjectWords(state)} ${since}: ${state.reason}${then}`;
}

export function releaseCommand({ accountName, stream }: Pick<HealthState, 'accountName' | 'stream'>): string {
  const of = stream === '' ? '' : ` --stream ${shellWord(stream)}`;
  return `relayctl queue release --account ${shellWord(accountName)}${of}`;
}

export function levelBrush(level: HealthLevel, paint: Paint): (text: string) => string {
  if (level === 'good') return paint.good;
  return level === 'hold' ? paint.bad : paint.warn;
}

/** The share, or nothing where nothing was counted. */
export function shareWords(share: number, of: number): string {
  return of <= 0 ? '' : percent(share);
}
