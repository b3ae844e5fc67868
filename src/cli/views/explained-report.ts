/**
 * Explains what a file says about deliveries: a report as it came, or the text of replies as a log shows them. One
 * entry a recipient, or a reply. Needs no configuration and no store.
 */
import type { Report } from '../../dsn/read/report.ts';
import type { ReportReading } from '../../dsn/read/report-reader.ts';
import { findReply } from '../../dsn/read/reply-in-text.ts';
import { stageInWords } from '../../dsn/read/reply-stage.ts';
import type { ReportAction, ReportKind, ReturnedMessage } from '../../dsn/read/report.ts';
import type { BounceRules } from '../../policy/bounce-rules.ts';
import { classify, type Classification } from '../../policy/classify.ts';
import { classifyReport } from '../../policy/classify-report.ts';
import { CliFailure } from '../program/cli-failure.ts';
import { formatReply, makeReply, parseReplyLine, type Reply } from '../../smtp/reply.ts';

export interface ExplainedEntry {
  /** `undefined` for a bare reply, and where the report hides the address. */
  readonly recipient: string | undefined;
  /** Of reports. */
  readonly kind: ReportKind | undefined;
  readonly reported: ReportAction | undefined;
  /** `undefined` for complaints and automatic replies, which are about no attempt. */
  readonly status: string | undefined;
  /** With its codes, or the report's own words; `undefined` when there are none. */
  readonly reply: string | undefined;
  readonly remoteMta: string | undefined;
  readonly found: Classification;
}

export interface ExplainedReport {
  /** Empty: it is neither a report nor a reply. */
  readonly entries: readonly ExplainedEntry[];
  /** The message that a report is about. */
  readonly returned: ReturnedMessage | undefined;
}

/** What a reply text may have; a report may be as long as it likes. */
const MAX_REPLY_TEXT_OCTETS = 64 * 1024;
const MAX_REPLIES = 1_000;

/** Rejects with CliFailure when it is a message that the reader gives up on. */
export async function explainReport(
  bytes: Uint8Array,
  rules: BounceRules,
  readReport: (bytes: Uint8Array) => Promise<ReportReading>,
): Promise<ExplainedReport> {
  if (!isMessage(bytes)) return { entries: explainReplies(bytes, rules), returned: undefined };
  const { recipients, returned, senders = [] } = reportOf(await readReport(bytes));
  const entries = recipients.map((one): ExplainedEntry => {
    const { recipient, kind, action, reply, text, remoteMta } = one;
    const isAttempt = kind === 'bounce' || kind === 'delivered';
    const said = reply === undefined ? text : formatReply(reply);
    return {
      recipient,
      kind,
      reported: action,
      status: isAttempt ? (one.status ?? defaultStatus(action, reply)) : undefined,
      reply: isAttempt && said !== '' ? said : undefined,
      remoteMta,
      found: classifyReport(one, rules, { recipients: [], senders }),
    };
  });
  return { entries, returned };
}

function reportOf(reading: ReportReading): Report {
  switch (reading.kind) {
    case 'report':
      return reading.report;
    case 'unreadable':
      throw new CliFailure('unreadable', UNREADABLE[reading.why], {
        hint: 'no mail system writes such a report; look at it as text, or give the reply that it quotes',
      });
    case 'busy':
      throw new CliFailure('busy', 'the process that reads reports could not start or was ended', {
        hint: 'type it again; it needs about 100 MiB of memory',
      });
  }
}

const UNREADABLE = {
  time: 'reading the report took longer than the limit of 2 seconds',
  memory: 'reading the report took more memory than the limit of 128 MiB',
  output: 'the report says more than the limit of 1 MiB',
  failed: 'the report cannot be read',
} as const;

/** A message begins with header fields; replies and sentences do not. */
function isMessage(bytes: Uint8Array): boolean {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 16_384)).toString('latin1');
  const lines = head.replace(/^\s+/, '').split(/\r?\n/);
  if (/^From \S/.test(lines[0] ?? '')) return true;
  const end = lines.findIndex((line) => line.trim() === '');
  const section = end < 0 ? lines : lines.slice(0, end);
  const names = section.flatMap(
    (line) => /^([A-Za-z][A-Za-z0-9-]*)[ \t]*:/.exec(line)?.[1]?.toLowerCase() ?? [],
  );
  return names.some((name) => HEADER_NAMES.has(name)) && /^[A-Za-z][A-Za-z0-9-]*[ \t]*:/.test(lines[0] ?? '');
}

const HEADER_NAMES = new Set([
  ...[
    'from',
    'to',
    'subject',
    'date',
    'message-id',
    'received',
    'return-path',
    'content-type',
    'mime-version',
  ],
  ...['delivered-to', 'auto-submitted', 'x-failed-recipients', 'reporting-mta', 'final-recipient'],
]);

function explainReplies(bytes: Uint8Array, rules: BounceRules): ExplainedEntry[] {
  const text = Buffer.from(bytes.subarray(0, MAX_REPLY_TEXT_OCTETS)).toString('utf8').trim();
  if (text === '') return [];
  const replies = splitReplies(text);
  if (replies.length > 0) return replies.map((reply) => explainReply(reply, undefined, rules));
  const { reply, status, text: words } = findReply(text);
  if (reply !== undefined) return [explainReply(reply, text, rules)];
  const found = classify({ reply: undefined, stage: undefined, text: words, status }, rules);
  return [{ ...ONLY_A_REPLY, status, reply: words, found }];
}

/** `around`: what stood around the reply and may tell what it answered. */
function explainReply(reply: Reply, around: string | undefined, rules: BounceRules): ExplainedEntry {
  const stage = around === undefined ? undefined : stageInWords(around);
  const found = classify({ reply, stage, text: '' }, rules);
  return {
    ...ONLY_A_REPLY,
    status: reply.status ?? `${String(reply.code).charAt(0)}.0.0`,
    reply: formatReply(reply),
    found,
  };
}

const ONLY_A_REPLY = {
  recipient: undefined,
  kind: undefined,
  reported: undefined,
  remoteMta: undefined,
} as const;

/** Replies of one or more lines each, one after the other; empty when the text does not begin with one. RFC 5321 §4.2.1. */
function splitReplies(text: string): Reply[] {
  const replies: Reply[] = [];
  let code: number | undefined;
  let texts: string[] = [];
  let ended = true;
  const finish = (): void => {
    if (code !== undefined && replies.length < MAX_REPLIES) replies.push(makeReply(code, texts));
  };
  for (const line of text.split(/\r?\n/)) {
    const parsed = parseReplyLine(line.trim());
    if (parsed === undefined || !/^\d{3}(?:[ -]|$)/.test(line.trim())) {
      if (code === undefined) return [];
      // A log breaks long lines.
      if (line.trim() !== '') texts.push(line.trim());
      continue;
    }
    if (ended || parsed.code !== code) {
      finish();
      texts = [];
    }
    code = parsed.code;
    texts.push(parsed.text);
    ended = parsed.last;
  }
  finish();
  return replies;
}

/** What is known of the class where there is no enhanced status code. */
function defaultStatus(action: ReportAction, reply: Reply | undefined): string {
  if (reply !== undefined) return `${String(reply.code).charAt(0)}.0.0`;
  if (action === 'failed') return '5.0.0';
  return action === 'delayed' ? '4.0.0' : '2.0.0';
}
