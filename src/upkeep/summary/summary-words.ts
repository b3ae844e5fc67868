/**
 * A daily summary as a message: subject, text and HTML of the same sections. Pure. The HTML is plain tables with its style
 * in it, and loads nothing.
 */
import type { AuditHead } from '../../store/audit.ts';
import { htmlText } from '../../platform/html-text.ts';
import { visible } from '../../platform/visible-text.ts';
import { utc } from '../notices/notice.ts';
import type { Expiring, FailedCheck, NotedCredential, SummaryFacts } from './summary-facts.ts';
import { DAY_MS } from '../../platform/time-units.ts';

export interface SummaryWords {
  readonly subject: string;
  /** Lines that end in LF. */
  readonly text: string;
  readonly html: string;
}

/** A title, and rows of two columns; a row without a value is a sentence. */
interface Section {
  readonly title: string;
  readonly rows: readonly (readonly [label: string, value?: string])[];
}

/** Rows of a list; more are counted. */
const MOST_ROWS = 20;
const GIB = 1024 ** 3;

export function summaryWords(facts: SummaryFacts): SummaryWords {
  const { hostname, fromMs, toMs } = facts;
  const title = `${hostname}: ${utc(fromMs).slice(0, 16)} to ${utc(toMs).slice(0, 16)} UTC`;
  const sections = sectionsOf(facts);
  return { subject: subjectOf(facts), text: textOf(title, sections), html: htmlOf(title, sections) };
}

function subjectOf({ hostname, counts, failed }: SummaryFacts): string {
  const bounced = counts.bouncedHard + counts.bouncedSoft;
  const figures = `${number(counts.delivered)} delivered, ${number(bounced)} bounced`;
  const checks = failed.length === 0 ? '' : `, ${failed.map(({ name }) => name).join(', ')} failed`;
  return `[${hostname}] daily summary: ${figures}${checks}`;
}

function sectionsOf(facts: SummaryFacts): readonly Section[] {
  const { failed, expiring, freeBytes, bounces, suppressions, auditHead } = facts;
  return [
    { title: 'Failed checks', rows: failed.length === 0 ? [['None.']] : failed.flatMap(checkRows) },
    { title: 'Mail', rows: mailRows(facts) },
    { title: 'Bounced, by class', rows: countRows(bounces) },
    { title: 'New suppressions', rows: countRows(suppressions) },
    {
      title: 'Expires soon',
      rows: expiring.length === 0 ? [['Nothing.']] : expiringRows(expiring, facts.nowMs),
    },
    ...noted('Credentials not used for 90 days', facts.unused, 'since '),
    ...noted('Credentials used from a new network', facts.newNetworks),
    {
      title: 'Disk',
      rows: [['free', freeBytes === undefined ? 'unknown' : `${(freeBytes / GIB).toFixed(1)} GiB`]],
    },
    ...(auditHead === undefined ? [] : [{ title: 'Audit log', rows: auditRows(auditHead) }]),
  ];
}

function mailRows({ counts, queue }: SummaryFacts): Section['rows'] {
  const { bouncedHard, bouncedSoft } = counts;
  const since = queue.oldestAtMs === undefined ? '' : `, the oldest since ${utc(queue.oldestAtMs)}`;
  const held = queue.held === 0 ? '' : `, ${number(queue.held)} held`;
  return [
    ['accepted', number(counts.accepted)],
    ['delivered', number(counts.delivered)],
    ['deferred attempts', number(counts.deferred)],
    ['bounced', `${number(bouncedHard + bouncedSoft)} (${number(bouncedHard)} hard)`],
    ['expired', number(counts.expired)],
    ['suppressed', number(counts.suppressed)],
    ['complaints', number(counts.complained)],
    ['in the queue', `${number(queue.waiting)}${held}${since}`],
  ];
}

/** A copy outside the database: it finds a log that was written anew, or cut off. */
function auditRows({ sequence, hash }: AuditHead): Section['rows'] {
  return [
    ['lines', number(sequence)],
    ['head', hash],
  ];
}

/** Most first. */
function countRows(counts: Readonly<Record<string, number>>): Section['rows'] {
  const sorted = Object.entries(counts).sort(([a, some], [b, others]) => others - some || (a < b ? -1 : 1));
  return sorted.length === 0 ? [['None.']] : sorted.map(([name, count]) => [name, number(count)]);
}

function checkRows({ name, sinceMs, detail, remedy }: FailedCheck): Section['rows'] {
  const since = sinceMs === undefined ? '' : ` (since ${utc(sinceMs)})`;
  const seen = [name, `${detail}${since}`] as const;
  return remedy === undefined ? [seen] : [seen, ['', `Do: ${remedy}`]];
}

function expiringRows(expiring: readonly Expiring[], nowMs: number): Section['rows'] {
  const sorted = expiring.toSorted((a, b) => a.atMs - b.atMs);
  const rows = sorted.slice(0, MOST_ROWS).map(({ what, atMs }) => [what, whenWords(atMs, nowMs)] as const);
  return sorted.length > MOST_ROWS ? [...rows, [`and ${sorted.length - MOST_ROWS} more.`]] : rows;
}

/** Left out where there is nothing to say. */
function noted(title: string, all: readonly NotedCredential[], before = ''): readonly Section[] {
  if (all.length === 0) return [];
  const sorted = all.toSorted((a, b) => a.atMs - b.atMs);
  const rows = sorted.slice(0, MOST_ROWS).map(({ what, atMs }) => [what, `${before}${utc(atMs)}`] as const);
  return [
    { title, rows: all.length > MOST_ROWS ? [...rows, [`and ${all.length - MOST_ROWS} more.`]] : rows },
  ];
}

function whenWords(atMs: number, nowMs: number): string {
  if (atMs <= nowMs) return `${utc(atMs)}: it has expired`;
  const days = Math.floor((atMs - nowMs) / DAY_MS);
  const left = days === 0 ? 'in less than a day' : days === 1 ? 'in a day' : `in ${days} days`;
  return `${utc(atMs)}, ${left}`;
}

function textOf(title: string, sections: readonly Section[]): string {
  const blocks = sections.map((section) => {
    // Names come from tenants.
    const rows = section.rows.map(([label, value]) => [visible(label), value && visible(value)] as const);
    const width = Math.max(...rows.map(([label]) => label.length));
    const lines = rows.map(([label, value]) =>
      value === undefined ? `  ${label}` : `  ${label.padEnd(width)}  ${value}`.trimEnd(),
    );
    return `${section.title}\n${lines.join('\n')}\n`;
  });
  return `${title}\n\n${blocks.join('\n')}`;
}

function htmlOf(title: string, sections: readonly Section[]): string {
  const blocks = sections.map((section) => {
    const rows = section.rows.map(([label, value]) =>
      value === undefined
        ? `<tr><td colspan="2">${escaped(label)}</td></tr>`
        : `<tr><td style="padding-right:1.5em">${escaped(label)}</td><td>${escaped(value)}</td></tr>`,
    );
    return (
      `<h2 style="font-size:1em;margin:1.2em 0 .3em">${escaped(section.title)}</h2>\n` +
      `<table style="border-collapse:collapse;text-align:left;vertical-align:top">\n${rows.join('\n')}\n</table>\n`
    );
  });
  return (
    `<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><title>${escaped(title)}</title></head>\n` +
    `<body style="font-family:sans-serif;font-size:14px">\n<p>${escaped(title)}</p>\n${blocks.join('')}</body>\n</html>\n`
  );
}

function escaped(text: string): string {
  return htmlText(visible(text));
}

/** `1,234,567` */
function number(value: number): string {
  return String(value).replace(/\B(?=(?:\d{3})+$)/g, ',');
}
