/** A notice for the operator: which checks failed or recovered, in words for a person and as JSON for a program. Pure. */
import { timestamp } from '../../api-json/timestamp.ts';
import { visible } from '../../platform/visible-text.ts';
import type { ToldChange } from '../../policy/notices/notice-state.ts';

export interface Notice {
  /** `ntc_` id; the same however often it is sent. */
  readonly id: string;
  /** `test`: nothing has happened. */
  readonly kind: 'checks' | 'test';
  readonly atMs: number;
  readonly hostname: string;
  readonly changes: readonly ToldChange[];
  /** Checks that fail beside those of `changes`. */
  readonly failing: readonly string[];
}

/** Checks that a subject names; more are counted. */
const NAMED = 3;

/** One line, for Subject. */
export function noticeSubject({ kind, hostname, changes }: Notice): string {
  if (kind === 'test') return `[${hostname}] test notice`;
  const failed = changes.filter(({ ok }) => !ok).map(({ check }) => check);
  const recovered = changes.filter(({ ok }) => ok).map(({ check }) => check);
  const parts = [groupWords(failed, 'failed'), groupWords(recovered, 'recovered')];
  return `[${hostname}] ${parts.filter((part) => part !== undefined).join('; ')}`;
}

/** Lines that end in LF. */
export function noticeText(notice: Notice): string {
  const { kind, hostname, changes, failing } = notice;
  if (kind === 'test') return `This is a test of the notices of ${hostname}: nothing has happened.\n`;
  const also = failing.length === 0 ? '' : `Also failing: ${failing.join(', ')}.\n\n`;
  return (
    `${changes.map((change) => changeWords(change, hostname)).join('\n')}\n${also}` +
    'See: relayctl status\n' +
    'A check is in one notice an hour at most.\n'
  );
}

/** One object, for a webhook and a command. */
export function noticeJson(notice: Notice): object {
  return {
    event: notice.kind === 'test' ? 'test' : 'operator_notice',
    id: notice.id,
    timestamp: timestamp(notice.atMs),
    hostname: notice.hostname,
    subject: noticeSubject(notice),
    text: noticeText(notice),
    changes: notice.changes.map(({ check, ok, sinceMs, detail, remedy, leftOut }) => ({
      event: ok ? 'check_recovered' : 'check_failed',
      check,
      ok,
      since: sinceMs === undefined ? null : timestamp(sinceMs),
      detail,
      remedy: remedy ?? null,
      left_out: leftOut,
    })),
    failing: notice.failing,
  };
}

function groupWords(checks: readonly string[], what: string): string | undefined {
  if (checks.length === 0) return undefined;
  return checks.length <= NAMED ? `${checks.join(', ')} ${what}` : `${checks.length} checks ${what}`;
}

function changeWords({ check, ok, sinceMs, detail, remedy, leftOut }: ToldChange, hostname: string): string {
  const since = sinceMs === undefined ? '' : `${ok ? ' at' : ' since'} ${utc(sinceMs)}`;
  const lines = [
    `${check} ${ok ? 'has recovered' : 'fails'} on ${hostname}${since}.`,
    `  ${visible(detail)}`,
    ...(remedy === undefined ? [] : [`  Do: ${visible(remedy)}`]),
    ...(leftOut === 0 ? [] : [`  Since the notice before it also changed ${times(leftOut)}.`]),
  ];
  return `${lines.join('\n')}\n`;
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}

/** `2026-11-24 06:12:31 UTC` */
export function utc(atMs: number): string {
  return `${timestamp(atMs).slice(0, 19).replace('T', ' ')} UTC`;
}
