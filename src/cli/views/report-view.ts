/** What `report explain` shows a person: for each recipient what was said, what it means and what to do. */
import type { ExplainedEntry, ExplainedReport } from './explained-report.ts';
import { displayWidth, wrap } from '../output/display-width.ts';
import { visible } from '../../platform/visible-text.ts';
import type { Paint } from '../output/paint.ts';

const WIDTH_WITHOUT_TERMINAL = 100;
const MAX_WIDTH = 110;
/** Columns of the labels. */
const LABEL = 8;
const MAX_REPLY_CHARACTERS = 600;

/** Ends with a line end. `columns`: of the terminal; `undefined` when there is none. */
export function renderReport(
  report: ExplainedReport,
  look: { readonly paint: Paint; readonly columns: number | undefined },
): string {
  const width = Math.min(look.columns ?? WIDTH_WITHOUT_TERMINAL, MAX_WIDTH);
  const about = aboutWords(report);
  const blocks = report.entries.map((entry) => renderEntry(entry, look.paint, width));
  return [...(about === undefined ? [] : [`${look.paint.dim(about)}\n`]), ...blocks].join('\n');
}

/** The message that the report is about. */
function aboutWords({ returned }: ExplainedReport): string | undefined {
  if (returned === undefined) return undefined;
  const { relayMessageId, messageId, subject } = returned;
  const quoted = subject === undefined ? undefined : `"${subject}"`;
  const parts = [relayMessageId, messageId, quoted].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : `About the message ${visible(parts.join(', '))}`;
}

function renderEntry(entry: ExplainedEntry, paint: Paint, width: number): string {
  const { found, reply, status, remoteMta } = entry;
  const { sign, brush } = look(entry, paint);
  const who = entry.recipient === undefined ? '' : `${paint.bold(visible(entry.recipient))}  `;
  const verdict = [found.class, found.hard ? 'the address is bad for good' : undefined, lateWords(entry)];
  const head = `${brush(sign)} ${who}${brush(verdict.filter((word) => word !== undefined).join(', '))}`;
  return [
    head,
    ...(reply === undefined ? [] : labelled('reply', reply.slice(0, MAX_REPLY_CHARACTERS), paint, width)),
    ...(status === undefined || reply?.includes(status) === true
      ? []
      : labelled('status', status, paint, width)),
    ...(remoteMta === undefined ? [] : labelled('host', remoteMta, paint, width)),
    ...labelled('means', found.meaning, paint, width),
    ...labelled('do', found.action, paint, width),
  ]
    .map((line) => `${line}\n`)
    .join('');
}

function labelled(label: string, text: string, paint: Paint, width: number): string[] {
  const first = `  ${paint.name(label.padEnd(LABEL))}`;
  const indent = ' '.repeat(LABEL + 2);
  return wrap(visible(text), width - displayWidth(indent)).map(
    (line, index) => (index === 0 ? first : indent) + line,
  );
}

function lateWords({ reported }: ExplainedEntry): string | undefined {
  return reported === 'delayed' ? 'not given up yet' : undefined;
}

function look(entry: ExplainedEntry, paint: Paint): { readonly sign: string; readonly brush: Paint['good'] } {
  const { kind, reported, found } = entry;
  if (kind === 'delivered' || kind === 'auto-reply' || found.class === 'delivered') {
    return { sign: paint.sign.good, brush: paint.good };
  }
  const waits = reported === 'delayed' || (kind === undefined && entry.status?.startsWith('4') === true);
  return waits ? { sign: paint.sign.waiting, brush: paint.warn } : { sign: paint.sign.bad, brush: paint.bad };
}
