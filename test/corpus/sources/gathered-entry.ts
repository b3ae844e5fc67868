/**
 * How the third gathered set is written down, and how its entries become reports. A direct reply is carried by the report
 * that Postfix would write of it, with both of its parts. The status class of each label (4 for a failure that may pass, 5
 * for a lasting one, `?` where nothing tells) stands in the entries for the reader and is left out of what is compared.
 */
import type { SourceReport } from './source-reports.ts';

/** The only recipient of a direct reply. */
const RECIPIENT = 'anna@r.example';

/** What Postfix calls the command that was answered. */
const COMMANDS = {
  ehlo: 'EHLO',
  mail: 'MAIL FROM',
  rcpt: 'RCPT TO',
  data: 'DATA',
  end: 'end of DATA',
} as const;

/** When a reply came: to the connection, to a command, or to the end of the message. */
export type Stage = 'greeting' | keyof typeof COMMANDS;

/** Answers of one source, each as `stage > status-class classes hardness > words`. */
export type AnswerGroup = readonly [program: string, language: string, source: string, ...answers: string[]];

/** A report with `labels` of the form `address status-class classes hardness`. */
export interface ReportEntry extends Omit<SourceReport, 'wanted'> {
  /** ISO 639 codes of the page or thread, or of the report's own words. */
  readonly language: string;
  readonly labels: readonly string[];
}

/** A direct reply with its label, apart. */
export interface GatheredReply {
  readonly program: string;
  readonly language: string;
  readonly source: string;
  readonly stage: Stage;
  readonly status: string;
  /** Any of these is right, with `|` between them. */
  readonly classes: string;
  readonly hardness: string;
  readonly reply: string;
}

const ANSWER =
  /^(?<stage>greeting|ehlo|mail|rcpt|data|end) > (?<status>[45]) (?<classes>[a-z|-]+) (?<hardness>hard|soft) > (?<reply>[^]+)$/;
const NOTICE =
  /^(?<program>.+) \| (?<file>\w+) > [45] (?<label>[a-z|-]+ (?:hard|soft)) > (?<said><(?<address>[^>]+)>:[^]+)$/;
const LABEL = /^(?<address>\S+) [45?] (?<label>[a-z|-]+ (?:hard|soft))$/;

function read(pattern: RegExp, entry: string): Readonly<Record<string, string>> {
  const groups = pattern.exec(entry)?.groups;
  if (groups === undefined) throw new Error(`not in the form of this set: ${entry}`);
  return groups;
}

/** The answers of a group, one by one. */
export function readAnswers([program, language, source, ...answers]: AnswerGroup): GatheredReply[] {
  return answers.map((answer) => {
    const { stage = '', status = '', classes = '', hardness = '', reply = '' } = read(ANSWER, answer);
    return { program, language, source, stage: stage as Stage, status, classes, hardness, reply };
  });
}

/** The report that carries a direct reply. */
export function carryReply({
  program,
  source,
  stage,
  status,
  classes,
  hardness,
  reply,
}: GatheredReply): SourceReport {
  const words = reply.replaceAll('\n', ' ');
  const host = `<${RECIPIENT}>: host mx.r.example[192.0.2.7]`;
  const enhanced =
    /^\d{3}[ -](?<code>[45]\.\d{1,3}\.\d{1,3})\b/.exec(reply)?.groups?.['code'] ?? `${status}.0.0`;
  return {
    program,
    source,
    subject: 'Undelivered Mail Returned to Sender',
    text: postfixNotice(
      stage === 'greeting'
        ? `${host} refused to talk to\n    me: ${words}`
        : `${host} said: ${words} (in reply to ${COMMANDS[stage]} command)`,
    ),
    fields: [
      [
        `Final-Recipient: rfc822; ${RECIPIENT}`,
        `Original-Recipient: rfc822;${RECIPIENT}`,
        'Action: failed',
        `Status: ${enhanced}`,
        'Remote-MTA: dns; mx.r.example',
        `Diagnostic-Code: smtp; ${words}`,
      ].join('\n'),
    ],
    wanted: [`${RECIPIENT} ${classes} ${hardness}`],
  };
}

/** The report of a notice of postfix-notices.ts. */
export function readNotice(notice: string): SourceReport {
  const { program = '', file = '', label = '', said = '', address = '' } = read(NOTICE, notice);
  return {
    program,
    source: `crisp-oss/email-bounce-parser, test/fixtures/${file}.txt`,
    subject: 'Undelivered Mail Returned to Sender',
    text: postfixNotice(said),
    wanted: [`${address} ${label}`],
  };
}

/** A report entry as the corpus compares it. */
export function readEntry({ labels, ...report }: ReportEntry): SourceReport {
  const wanted = labels.map((entry) => {
    const { address = '', label = '' } = read(LABEL, entry);
    return `${address} ${label}`;
  });
  return { ...report, wanted };
}

function postfixNotice(said: string): string {
  return [
    'This is the mail system at host mailer.m.example.',
    '',
    "I'm sorry to have to inform you that your message could not",
    "be delivered to one or more recipients. It's attached below.",
    '',
    'For further assistance, please send mail to postmaster.',
    '',
    'If you do so, please include this problem report. You can',
    'delete your own text from the attached returned message.',
    '',
    '                   The mail system',
    '',
    said,
    '',
  ].join('\n');
}
