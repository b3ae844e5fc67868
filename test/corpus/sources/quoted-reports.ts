/**
 * Whole reports, most for several recipients, as people quote them who got one: threads of issues of mail suites, MTAs,
 * list managers and apps, questions in forums. Only the short diagnostics are taken, with addresses and hosts of ours;
 * `joined` means that answers quoted one by one stand in one report. Labelled before anything was run, by somebody who
 * had not read the rules. Rarer programs stand in quoted-rarer-reports.ts, single answers in quoted-answers.ts.
 */
import { QUOTED_ANSWERS } from './quoted-answers.ts';
import { QUOTED_RARER_REPORTS } from './quoted-rarer-reports.ts';
import type { SourceReport } from './source-reports.ts';

const A = 'anna@r.example';
const B = 'bert@r.example';
const C = 'carla@other.example';
const D = 'dora@other.example';

type Row = readonly [source: string, text: string, wanted: readonly string[], fields?: readonly string[]];

function reports(program: string, subject: string, rows: readonly Row[]): readonly SourceReport[] {
  return rows.map(([source, text, wanted, fields]) => ({
    program,
    source,
    subject,
    text,
    wanted,
    ...(fields === undefined ? {} : { fields }),
  }));
}

/** The fields of one recipient as Postfix writes them. */
function postfixFields(address: string, action: string, status: string, diagnostic: string): string {
  return `Final-Recipient: rfc822; ${address}\nOriginal-Recipient: rfc822;${address}\nAction: ${action}\nStatus: ${status}\nDiagnostic-Code: ${diagnostic}`;
}

const POSTFIX = `This is the mail system at host mail.s.example.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients. It's attached below.

                   The mail system`;

const POSTFIX_WARNING = `This is the mail system at host mail.s.example.

####################################################################
# THIS IS A WARNING ONLY.  YOU DO NOT NEED TO RESEND YOUR MESSAGE. #
####################################################################

Your message could not be delivered for more than 4 hour(s).
It will be retried until it is 5 day(s) old.

                   The mail system`;

const EXIM = `This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:`;

const QMAIL = `Hi. This is the qmail-send program at mail.s.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.`;

const FATAL = '   ----- The following addresses had permanent fatal errors -----';
const TRANSCRIPT = '   ----- Transcript of session follows -----';
const ADMINS = 'Diagnostic information for administrators:\n\nGenerating server: AM6PR0001.s.example';

const POSTFIX_ROWS: readonly Row[] = [
  [
    'thread of issues of a game: addresses of its authors',
    `${POSTFIX}\n\n<${A}>: host mail.r.example[192.0.2.7] said: 550 5.1.1\n    <${A}>: Recipient address rejected: User unknown in local\n    recipient table (in reply to RCPT TO command)\n\n<${C}>: host mx.other.example[192.0.2.8]\n    said: 550 5.4.1 Recipient address rejected: Access denied. AS(201806281)\n    [HE1EUR01FT048.mx.other.example] (in reply to RCPT TO\n    command)\n\n<${D}>: host mx.other.example[192.0.2.8]\n    said: 550 5.4.1 Recipient address rejected: Access denied. AS(201806281)\n    [HE1EUR01FT048.mx.other.example] (in reply to RCPT TO\n    command)`,
    [
      `${A} unknown-user hard`,
      `${C} unknown-user|policy|relaying-denied soft`,
      `${D} unknown-user|policy|relaying-denied soft`,
    ],
  ],
  [
    'thread of issues of an app: an alias that leads nowhere',
    `${POSTFIX}\n\n<${A}> (expanded from <team@s.example>): User unknown in\n    virtual alias table`,
    [`${A} unknown-user hard`],
  ],
  [
    'threads of issues of a mail suite, joined',
    `${POSTFIX}\n\n<${A}>: mail for r.example loops back to myself\n\n<${C}>: Host or domain name not found. Name service error for\n    name=other.example type=AAAA: Host found but no data record of requested type`,
    [`${A} system|network soft`, `${C} unknown-host hard`],
    [
      postfixFields(A, 'failed', '5.4.6', 'X-Postfix; mail for r.example loops back to myself'),
      postfixFields(
        C,
        'failed',
        '5.4.4',
        'X-Postfix; Host or domain name not found. Name service error\n    for name=other.example type=AAAA: Host found but no data record of requested type',
      ),
    ],
  ],
  [
    'threads of issues of a control panel and a mail suite, joined',
    `${POSTFIX_WARNING}\n\n<${A}>: delivery temporarily suspended: connect to\n    mx.r.example[192.0.2.7]:25: Connection timed out\n\n<${C}>: host mail.other.example[192.0.2.8]\n    refused to talk to me: 554 5.7.1 You are not allowed to connect.`,
    [`${A} network soft`, `${C} policy|reputation soft`],
    [
      postfixFields(
        A,
        'delayed',
        '4.4.1',
        'X-Postfix; delivery temporarily suspended: connect to\n    mx.r.example[192.0.2.7]:25: Connection timed out',
      ),
      postfixFields(C, 'delayed', '4.7.1', 'smtp; 554 5.7.1 You are not allowed to connect.'),
    ],
  ],
  [
    'threads of issues of mail suites, joined: the end of such waiting',
    `${POSTFIX}\n\n<${A}>: connect to mx.r.example[192.0.2.7]:25: Operation timed out\n\n<${C}>: Host or domain name not found. Name service error for\n    name=other.example type=MX: Host not found, try again\n\n<dora@third.example>: TLS is required, but was not offered by host\n    mx.third.example[192.0.2.9]`,
    [
      `${A} network|expired soft`,
      `${C} network|unknown-host|expired soft`,
      'dora@third.example network|policy|protocol|expired soft',
    ],
    [
      postfixFields(
        A,
        'failed',
        '4.4.1',
        'X-Postfix; connect to mx.r.example[192.0.2.7]:25: Operation timed out',
      ),
      postfixFields(
        C,
        'failed',
        '4.4.3',
        'X-Postfix; Host or domain name not found. Name service error\n    for name=other.example type=MX: Host not found, try again',
      ),
      postfixFields(
        'dora@third.example',
        'failed',
        '4.7.4',
        'X-Postfix; TLS is required, but was not offered by host\n    mx.third.example[192.0.2.9]',
      ),
    ],
  ],
  [
    'threads of issues of mail suites, joined: LMTP',
    `${POSTFIX}\n\n<${A}>: host mail.r.example[/var/run/dovecot/lmtp] said: 552 5.2.2\n    <${A}> Quota exceeded (mailbox for user is full) (in reply to end\n    of DATA command)\n\n<${B}>: host 172.19.0.7[172.19.0.7] said: 550 5.1.1\n    <${B}> User doesn't exist: ${B} (in reply to RCPT TO command)`,
    [`${A} mailbox-full soft`, `${B} unknown-user hard`],
  ],
  [
    'thread of issues of a control panel (the log of procmail); form from memory',
    `${POSTFIX}\n\n<${A}>: can't create user output file. Command output: procmail:\n    Quota exceeded while writing "/home/anna/Maildir/tmp/1635844454.19097_0.r"`,
    [`${A} mailbox-full|system soft`],
  ],
  [
    'threads of issues of a bounce reader and a mail library, joined',
    `${POSTFIX}\n\n<${A}>: Domain r.example does not accept mail (nullMX)\n\n<${C}>: host mx.s.example[192.0.2.8] said: 556 5.1.10\n    <${C}>: Recipient address rejected: Domain other.example does\n    not accept mail (nullMX) (in reply to RCPT TO command)`,
    [`${A} unknown-host hard`, `${C} unknown-host hard`],
  ],
  [
    'thread of issues of a help desk: another wording of the same form',
    `This is the mail system at host mailout3.\n\nI'm sorry to have to inform you that your message could not be delivered to one or more recipients. It's attached below.\n\n<${A}> failed: host mx.r.example\n (2001:db8::7) said: 550 5.2.1 The email account that you tried to  reach is disabled. Learn more at  https://help.r.example/?p=DisabledUser\n n4-20020a7bc5c4000000b003efd8c5fc10si8100417wmk.101 - gsmtp (in reply to RCPT\n command)`,
    [`${A} inactive-mailbox soft`],
  ],
];

const EXIM_ROWS: readonly Row[] = [
  [
    'threads of issues of a bounce reader; the second and third from memory',
    `${EXIM}\n\n  ${A}\n    (generated from team@s.example)\n    Unrouteable address\n  ${B}\n    host mx.r.example [192.0.2.7]\n    SMTP error from remote mail server after RCPT TO:<${B}>:\n    550 No Such User Here\n  ${C}\n    all hosts for 'other.example' have been failing for a long time (and retry time not reached)`,
    [`${A} unknown-user|unknown-host hard`, `${B} unknown-user hard`, `${C} network|expired soft`],
  ],
  [
    'threads of issues of a control panel and a mail suite (the logs), joined',
    `${EXIM}\n\n  ${A}\n    lowest numbered MX record points to local host\n  ${C}\n    host mx.other.example [192.0.2.8]\n    SMTP error from remote mail server after RCPT TO:<${C}>:\n    450 4.2.0 <${C}>: Recipient address rejected: Greylisted, see http://postgrey.lists.example/help/other.example.html:\n    retry timeout exceeded`,
    [`${A} system|network soft`, `${C} rate-limited|policy|expired soft`],
  ],
];

const SENDMAIL_ROWS: readonly Row[] = [
  [
    'thread of issues of a mail library; help page of a host, joined',
    `${FATAL}\n<${A}>\n    (reason: 550-5.7.1 [2001:db8::1] Our system has detected that this message is not)\n<${C}>\n    (reason: 550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3140).)\n\n${TRANSCRIPT}\n... while talking to mx.r.example.:\n>>> DATA\n<<< 550-5.7.1 [2001:db8::1] Our system has detected that this message is not\n<<< 550-5.7.1 RFC 5322 compliant: duplicate headers. To reduce the amount of spam\n<<< 550 5.7.1 sent to Gmail, this message has been blocked.\n554 5.0.0 Service unavailable\n... while talking to mx.other.example.:\n>>> MAIL From:<sam@s.example>\n<<< 550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3140).\n554 5.0.0 Service unavailable`,
    [`${A} protocol|content soft`, `${C} reputation soft`],
  ],
  [
    'thread of issues of a bounce reader (the answer); form from memory',
    `${FATAL}\n<${A}>\n    (reason: 550 Host does not accept mail)\n\n${TRANSCRIPT}\n550 5.1.2 <${A}>... Host does not accept mail: r.example`,
    [`${A} unknown-host hard`],
  ],
];

const QMAIL_ROWS: readonly Row[] = [
  [
    'threads of issues of a language, a bounce reader and a mail client, joined',
    `${QMAIL}\n\n<${A}>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n<${B}>:\nNo Account ${B} here by that name. indimail (#5.1.5)\n\n<${C}>:\n192.0.2.8 failed after I sent the message.\nRemote host said: 554-Transaction failed\n554-Reject due to policy restrictions.\n554 For explanation visit https://www.other.example/mail/senderguidelines?ip=192.0.2.1&c=hi`,
    [`${A} unknown-user hard`, `${B} unknown-user hard`, `${C} policy soft`],
  ],
  [
    'questions in forums, joined',
    `${QMAIL}\n\n<${A}>:\nConnected to 192.0.2.7 but sender was rejected.\nRemote host said: 550 192.0.2.1 Defined SPAM source: bl.spamcop.net\n\n<${C}>:\n192.0.2.8 does not like recipient.\nRemote host said: 553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)\nGiving up on 192.0.2.8.`,
    [`${A} reputation soft`, `${C} relaying-denied soft`],
  ],
];

const EXCHANGE_ROWS: readonly Row[] = [
  [
    'thread of issues of a library; its details after documentation',
    `Your message to ${A} couldn't be delivered.\n\nThe group Anna only accepts messages from people in its organization or on its allowed senders list, and your email address isn't on the list.\n\nError Details\nReported error: 550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required; Delivery restriction check failed because the sender was not authenticated when sending to this group\nDSN generated by: FR1PR80MB0001.r.example`,
    [`${A} policy soft`],
  ],
  [
    'thread of issues of a campaign',
    `Delivery has failed to these recipients or groups:\n\n${A}\nThe email address you entered couldn't be found. Please check the recipient's email address and try to resend the message. If the problem continues, please contact your helpdesk.`,
    [`${A} unknown-user hard`],
  ],
  [
    'thread of issues of a forwarder, Italian',
    `mail2.r.example ha rifiutato il tuo messaggio ai seguenti indirizzi e-mail:\n\n${A} (${A})\nSi è verificato un problema con la cassetta postale del destinatario.\n\nmail2.r.example ha restituito questo errore:\n<${A}>: Recipient address rejected: User disabled\n\nInformazioni di diagnostica per gli amministratori:\n\nServer di generazione: DB8P193MB0631.s.example\n${A}\nmail2.r.example\nRemote server returned '552 5.2.1 <${A}>: Recipient address rejected: User disabled'`,
    [`${A} inactive-mailbox soft`],
  ],
  [
    'thread of issues of a game, German; its details from memory',
    `Ihre Nachricht an ${A} konnte nicht zugestellt werden.\n\nanna wurde nicht in r.example gefunden.\n\nFehlerdetails\nGemeldeter Fehler: 550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient ${A} not found by SMTP address lookup\nDSN generiert von: FR1PR80MB0001.r.example`,
    [`${A} unknown-user hard`],
  ],
  [
    'threads of issues of documentation and of a marketing program, joined; words for users composed',
    `Delivery has failed to these recipients or groups:\n\n${A}\nYou've reached your daily limit for message recipients.\n\n${B}\nYou don't have permission to send to this recipient.\n\n${C}\nA mail loop was found.\n\n${ADMINS}\n\n${A}\nRemote Server returned '550 5.1.90 Your message can't be sent because you've reached your daily limit for message recipients'\n\n${B}\nRemote Server returned '550 5.7.129 RESOLVER.RST.RestrictedToRecipientsPermission; not authorized to send to recipient because the sender isn't on the recipient's list of accepted senders'\n\n${C}\nRemote Server returned '554 5.4.6 Hop count exceeded - possible mail loop'`,
    [`${A} rate-limited soft`, `${B} policy soft`, `${C} system|network soft`],
  ],
  [
    'thread of issues of a bounce reader (2003: three reports joined); words from memory',
    `This is an automatically generated Delivery Status Notification.\n\nDelivery to the following recipients failed.\n\n       ${A}\n       ${B}\n       ${C}`,
    // "550 Unknown User" without a code and without the command that it answered is soft by definition.
    [`${A} unknown-user soft`, `${B} unknown-user|policy|relaying-denied soft`, `${C} inactive-mailbox soft`],
    [
      `Final-recipient: RFC822; ${A}\nAction: failed\nStatus: 5.0.0\nRemote-MTA: dns; 192.0.2.7\nX-Supplementary-Info: <192.0.2.7 #5.0.0 smtp; 550 "Unknown User">`,
      `Final-recipient: RFC822; ${B}\nAction: failed\nStatus: 5.0.0\nRemote-MTA: dns; mx.r.example\nX-Supplementary-Info: <mx.r.example #5.0.0 smtp;\n 550 5.4.1 [${B}]: Recipient address rejected: Access\n denied [SG2APC01FT050.mx.r.example]>`,
      `Final-recipient: RFC822; ${C}\nAction: failed\nStatus: 5.0.0\nRemote-MTA: dns; mta5.other.example\nX-Supplementary-Info: <mta5.other.example #5.0.0 smtp; 554 delivery error:\n dd Sorry, your message to ${C} cannot be delivered. This\n mailbox is disabled (554.30). - mta4490.other.example>`,
    ],
  ],
  [
    'knowledge base, quoting a report (2003)',
    `Your message did not reach some or all of the intended recipients.\n\nThe following recipient(s) could not be reached:\n\n      ${A} on 09/12/2009 09:11\n            The e-mail system limits the number of recipients that can be addressed in a single message. Send the message multiple times to fewer recipients.\n            <mail.r.example #5.5.3>\n\n      ${B} on 09/12/2009 09:11\n            The e-mail system limits the number of recipients that can be addressed in a single message. Send the message multiple times to fewer recipients.\n            <mail.r.example #5.5.3>`,
    [`${A} policy|rate-limited|protocol soft`, `${B} policy|rate-limited|protocol soft`],
  ],
];

/** Reports by program, those of rarer programs, then the single answers. */
export const QUOTED_REPORTS: readonly SourceReport[] = [
  ...reports('Postfix', 'Undelivered Mail Returned to Sender', POSTFIX_ROWS),
  ...reports('Exim', 'Mail delivery failed: returning message to sender', EXIM_ROWS),
  ...reports('sendmail', 'Returned mail: see transcript for details', SENDMAIL_ROWS),
  ...reports('qmail', 'failure notice', QMAIL_ROWS),
  ...reports('Exchange', 'Undeliverable: Invoice', EXCHANGE_ROWS),
  ...QUOTED_RARER_REPORTS,
  ...QUOTED_ANSWERS,
];
