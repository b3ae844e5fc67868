/**
 * Answers of servers, each carried by a report in the form of a program that people get such answers from. Written as
 * `carrier > classes hardness > answer`; the carriers stand below. `... own` are what the program itself says.
 */
import type { SourceReport } from './source-reports.ts';

const A = 'anna@r.example';

export type AnswerGroup = readonly [program: string, source: string, ...answers: string[]];

export function carriedReports(groups: readonly AnswerGroup[]): readonly SourceReport[] {
  return groups.flatMap(([program, source, ...rows]) => rows.map((row) => report(program, source, row)));
}

type Report = Pick<SourceReport, 'subject' | 'text' | 'fields'>;

function statusOf(reply: string): string {
  return /\b[45]\.\d{1,3}\.\d{1,3}\b/.exec(reply)?.[0] ?? `${reply.slice(0, 1)}.0.0`;
}

function field(status: string, diagnostic: string, remote = 'mx.r.example'): readonly string[] {
  const folded = diagnostic.replace(/(.{1,70})(?: +|$)/g, '$1\n    ').trimEnd();
  return [
    `Final-Recipient: rfc822; ${A}\nAction: failed\nStatus: ${status}\nRemote-MTA: dns; ${remote}\nDiagnostic-Code: ${folded}`,
  ];
}

/** Postfix joins the lines of a reply and breaks what it says of a recipient into lines of its own. */
function postfix(reply: string, says: (joined: string) => string, status = statusOf(reply)): Report {
  const joined = reply.replaceAll('\n', ' ');
  const folded = `<${A}>: ${says(joined)}`.replace(/(.{1,72})(?: +|$)/g, '$1\n    ').trimEnd();
  return {
    subject: 'Undelivered Mail Returned to Sender',
    text: `This is the mail system at host mail.s.example.\n\nI'm sorry to have to inform you that your message could not\nbe delivered to one or more recipients. It's attached below.\n\n                   The mail system\n\n${folded}`,
    fields: field(status, `smtp; ${joined}`),
  };
}

function answerTo(command: string): (reply: string) => Report {
  return (reply) =>
    postfix(
      reply,
      (joined) => `host mx.r.example[192.0.2.7] said: ${joined} (in reply to ${command} command)`,
    );
}

const EXIM_SUBJECT = 'Mail delivery failed: returning message to sender';

const EXIM = `This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n  ${A}\n    `;

function exim(stage: string): (reply: string) => Report {
  return (reply) => ({
    subject: EXIM_SUBJECT,
    text: `${EXIM}host mx.r.example [192.0.2.7]\n    SMTP error from remote mail server after ${stage}:\n    ${reply.replaceAll('\n', '\n    ')}`,
    fields: field('5.0.0', `smtp; ${reply.replaceAll('\n', ' ')}`),
  });
}

const NOTICE = 'Delivery Status Notification (Failure)';

const CARRIERS: Readonly<Record<string, (reply: string) => Report>> = {
  // A refused greeting is tried again until the message expires, so its status begins with 4.
  greeting: (reply) =>
    postfix(reply, (joined) => `host mx.r.example[192.0.2.7] refused to talk to me: ${joined}`, '4.0.0'),
  mail: answerTo('MAIL FROM'),
  rcpt: answerTo('RCPT TO'),
  data: answerTo('end of DATA'),
  exim: exim(`RCPT TO:<${A}>`),
  'exim data': exim('end of data'),
  'postfix own': (words) => ({
    ...postfix(words, (joined) => joined),
    fields: field(statusOf(words), `X-Postfix; ${words}`),
  }),
  'exim own': (words) => ({ subject: EXIM_SUBJECT, text: `${EXIM}${words}` }),
  qmail: (reply) => ({
    subject: 'failure notice',
    text: `Hi. This is the qmail-send program at mail.s.example.\nI'm afraid I wasn't able to deliver your message to the following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n<${A}>:\n192.0.2.7 failed after I sent the message.\nRemote host said: ${reply}`,
  }),
  google: (reply) => ({
    subject: NOTICE,
    text: `Delivery to the following recipient failed permanently:\n\n     ${A}\n\nTechnical details of permanent failure: \nGoogle tried to deliver your message, but it was rejected by the server for the recipient domain r.example by mx.r.example. [192.0.2.7].\n\nThe error that the other server returned was:\n${reply}`,
  }),
  gmail: (reply) => ({
    subject: NOTICE,
    text: `** Message not delivered **\n\nThere was a problem delivering your message to ${A}. See the technical details below.\n\nThe response from the remote server was:\n${reply}`,
    fields: field(
      statusOf(reply),
      `smtp; ${reply}`,
      'mx.r.example. (192.0.2.7, the server for the domain r.example.)',
    ),
  }),
  yahoo: (reply) => ({
    subject: 'Failure Notice',
    text: `Sorry, we were unable to deliver your message to the following address.\n\n<${A}>:\n${reply.replace(' ', ': ')}`,
  }),
  exchange: (reply) => ({
    subject: 'Undeliverable: Invoice',
    text: `Delivery has failed to these recipients or groups:\n\n${A}\nYour message wasn't delivered. The recipient's email system rejected it.\n\nDiagnostic information for administrators:\n\nGenerating server: AM6PR0001.s.example\n\n${A}\nmx.r.example\nRemote Server returned '${reply}'`,
  }),
  esa: (reply) => ({
    subject: NOTICE,
    text: `The following message to <${A}> was undeliverable.\nThe reason for the problem:\n${reply}`,
    fields: field(statusOf(reply), `smtp; ${reply} (delivery attempts: 0)`),
  }),
  ses: (reply) => ({
    subject: NOTICE,
    text: `An error occurred while trying to deliver the mail to the following recipients:\n${A}`,
    fields: field(statusOf(reply), `smtp; ${reply}`),
  }),
};

function report(program: string, source: string, row: string): SourceReport {
  const [carrier = '', wanted = '', ...rest] = row.split(' > ');
  const carry = CARRIERS[carrier];
  if (carry === undefined) throw new Error(`no carrier is named in: ${row}`);
  return { program, source, ...carry(rest.join(' > ')), wanted: [`${A} ${wanted}`] };
}
