/**
 * The same as gathered-reports.ts for what providers and filters answer, each carried in a report as one of the
 * programs that are met most writes it: the answer is gathered, the report around it is the program's form. sendmail
 * puts its own `User unknown` and 5.1.1 below any 550 to RCPT, whatever it says: right is what the answer says.
 * A code 5.7.x never makes an address bad, whatever its words; so `soft` stands there also with `unknown-user`.
 */
import type { SourceReport } from './source-reports.ts';

const A = 'anna@r.example';

/** Each reply is written as `carrier > classes hardness > answer`; the carriers stand below. */
type Group = readonly [program: string, source: string, ...replies: string[]];

const GROUPS: readonly Group[] = [
  [
    'Interia',
    'its help page in Polish',
    'rcpt > unknown-user hard > 550 5.1.1 Account not found',
    'rcpt > inactive-mailbox|mailbox-full|unknown-user soft > 550 5.2.1 Mailbox not available', // the page names all three
    "rcpt > policy soft > 550 5.7.1 Recipient doesn't want your mail",
    'rcpt > authentication soft > 550 5.7.0 [SPF] 192.0.2.1 is not allowed to send mail from s.example',
  ],
  [
    'web.de, GMX, CompuServe, hosts in Germany and Switzerland',
    'German lists of bounces; help pages',
    'exim > mailbox-full soft > 550 Benutzer hat das Speichervolumen ueberschritten. / User has exhausted allowed storage space.',
    'exim > unknown-user hard > 550 Benutzer nicht bekannt/User unknown',
    'rcpt > mailbox-full soft > 550 Benutzer hat zuviele Mails auf dem Server. / User has too many messages on the server.',
    'greeting > reputation soft > 554-gmx.net (mxgmx104) Nemesis ESMTP Service not available 554-No SMTP service 554-IP address is block listed.',
    'greeting > authentication|reputation|policy soft > 554 Refused. Your reverse DNS entry contains your IP address and a country code.',
    'rcpt > policy|rate-limited soft > 450 4.2.0 Recipient address rejected: Greylisted',
    'data > too-big soft > 552 Error: message too large',
    'rcpt > mailbox-full soft > 422 4.2.2 Quota limit exceeded (Speicherplatz des Kontos ueberschritten)',
    'data > content soft > 571 5.7.1 message classified as spam (Nachricht als Spam eingestuft)',
    'qmail > system|mailbox-full soft > 451 qq trouble in home directory (#4.3.0)', // the page says that the quota is reached
  ],
  [
    'T-Online, Comcast',
    'threads of issues of mail suites; blog',
    'greeting > reputation|policy soft > 554 IP=192.0.2.1 - A problem occurred. (Ask your postmaster for help or to contact tosa@rx.r.example to clarify.) (BL)',
    'greeting > reputation|policy soft > 554 IP=192.0.2.1 - Dialup/transient IP not allowed. Use a mailgateway or contact tosa@rx.r.example (DIAL)',
    'greeting > authentication soft > 554 imta08.r.example comcast 192.0.2.1 Comcast requires that all mail servers must have a PTR record with a valid Reverse DNS entry.',
    'rcpt > unknown-user hard > 550 5.1.1 Not our Customer',
  ],
  [
    'laposte.net, Orange, Free',
    'pages on French providers; in part from memory',
    'rcpt > rate-limited|reputation|policy soft > 450 4.7.1 <mail.s.example[192.0.2.1]>: Client host rejected: Service refuse. Veuillez essayer plus tard. service refused, please try later. LPN027_503',
    'rcpt > unknown-user hard > 550 5.5.0 Adresse d au moins un destinataire invalide. Invalid recipient. LPN007_416',
    'greeting > rate-limited soft > 421 smtp.r.example Trop de connexions, veuillez verifier votre configuration. Too many connections, slow down. OFR004_104',
    `rcpt > mailbox-full soft > 554 5.2.2 <${A}>: Recipient address rejected: Quota exceeded (mailbox for user is full)`,
  ],
  [
    'Rackspace',
    'list of its answers; its help page',
    `rcpt > rate-limited soft > 450 4.2.1 <${A}>: Mailbox received too much email in a short period of time (G30)`,
    'rcpt > system|network soft > 450 4.4.6 Routing loop detected (G16)',
    'rcpt > rate-limited|reputation soft > 451 4.7.1 Received too many messages from a new or untrusted IP (G28)',
    'rcpt > authentication soft > 450 4.7.1 Client host 192.0.2.1 has no PTR record (G1F)',
  ],
  [
    'Naver, Hanmail, Paran and other Korean providers',
    'Korean lists of bounces',
    `rcpt > unknown-user hard > 550 5.1.1 RUSR 192.0.2.1: No such user: <${A}>`,
    `rcpt > inactive-mailbox soft > 550 5.1.1 Suspended user <${A}>`,
    "sendmail > policy|reputation soft > 550 You are registered as spammer (by user's reject list)",
    'data > content|policy soft > 554 5.0.0 Service unavailable (anna: mail is denied, by spam filter)',
    `sendmail > rate-limited|policy soft > 550 5.7.1 <${A}>... Error.your access was denied.? Since you sent too many e-mails, you are not allowed to send more e-mails within 24 hours.`,
    'greeting > reputation|policy soft > 421 4.3.2 Your IP(192.0.2.1) is filtered and this connection will be closed. You must register your IP',
    "esa > reputation|content soft > 5.1.0 - Unknown address error 550-'Transaction failed. (SPAM_SUSPECT:IP_CONTROL)'",
    'exim > mailbox-full soft > 550 (Mailbox) Quota Violation',
  ],
  [
    'Cisco ESA',
    'its manual (logs of bounces)',
    "esa > unknown-user|inactive-mailbox hard > 5.1.0 - Unknown address error 550-'There is no such active account.'",
    `esa > relaying-denied soft > 5.1.0 - Unknown address error 550-'<${A}>... Relaying denied'`,
    "esa > reputation soft > 4.1.0 - Unknown address error 451-'Automated block triggered by suspicious activity from your IP address (192.0.2.1).'",
    'rcpt > authentication soft > 550 #5.7.1 SPF unauthorized mail is prohibited.',
    "esa > system soft > 4.3.1 - Mail system full 452-'4.3.1 Insufficient system resources'",
  ],
  [
    'Mail.ru, Yandex, RU-CENTER',
    'list of answers by provider; help pages',
    `rcpt > inactive-mailbox soft > 550 Message was not accepted -- invalid mailbox. Local mailbox ${A} is unavailable: account is disabled`,
    'data > content soft > 550 spam message rejected. Please visit http://help.r.example/notspam-support/id?c=7y4ytd or report details',
    'rcpt > unknown-user soft > 550 5.7.1 No such user!',
    'rcpt > policy|inactive-mailbox soft > 550 5.7.1 Policy rejection on the target address',
    'exim > mailbox-full|system soft > 451 r.example prohibited. Disk quota exceeded',
  ],
  [
    'NetEase, QQ, Sina',
    'Chinese lists of bounces; list of answers by provider',
    'greeting > rate-limited soft > 421 HL:ICC 163 mx1,192.0.2.1 http://mail.r.example/help?ip=192.0.2.1', // only the code says it: too many connections
    'data > content soft > 451 DT:SPM mx2,please try again',
    'data > policy|reputation soft > 554 sender is rejected: 0,mx20,wKjR5bDrnoM2yNtEZVAkBg==.32467S2',
    'exim > rate-limited soft > 550 Domain frequency limited',
    'sendmail > policy soft > 550 Mail is rejected by recipients',
    'data > reputation|content soft > 550 Suspected spam sender.',
    'data > system|network soft > 552 looping message.',
    'data > virus soft > 552 Virus found.',
    'data > too-big soft > 554 attachment is too long.',
    'rcpt > inactive-mailbox soft > 550 user is locked.',
    'exim > authentication|policy soft > 556 remote ip check error.', // the page: the IP does not fit the domain of MAIL FROM
  ],
  [
    'docomo, SoftBank, au',
    'Japanese blog of a sender',
    `rcpt > mailbox-full|too-big soft > 552 Too much mail data ${A}`, // the page says full, the words alone do not
    'data > protocol|content soft > 500 Line Too Long',
    'rcpt > policy|authentication soft > 553 s.example does not exist', // the sender's domain
    `rcpt > relaying-denied soft > 554 <${A}>: Relay access denied`,
  ],
  [
    'Forpsi, Aruba',
    'Czech and Italian help pages',
    'rcpt > mailbox-full soft > 552 5.1.1 5.2.2 sorry, final recipient mailbox is full (chkuser)',
    'rcpt > policy|reputation soft > 550 5.1.1 <sam@s.example> sender is blacklisted',
    'data > content soft > 552 5.2.0 0biL1i00V1cmcpM01biL4w spam detected',
    'rcpt > authentication soft > 550 5.1.0 0bcW1i00G0jifNx01bcmHa blocked by SPF',
  ],
  [
    'Amazon SES and what it met',
    'help page of a medical service; its blog',
    'ses > unknown-user hard > 550 5.1.1 Amazon SES has suppressed sending to this address because it has a recent history of bouncing as an invalid address.',
    'ses > expired|network soft > 550 4.4.7 Message expired: unable to deliver in 840 minutes.<421 4.4.0 Unable to lookup DNS for r.example>',
    'ses > unknown-host hard > 550 5.4.4 Invalid domain',
    'ses > unknown-host hard > 553 5.1.2 Unknown mail server. Could not find a mail server for r.example',
    'rcpt > unknown-user hard > 552 1 Requested mail action aborted, mailbox not found',
    'data > inactive-mailbox soft > 554 30 Sorry, your message to anna@r.example cannot be delivered. This mailbox is disabled (554.30)',
  ],
  [
    'Mimecast, Barracuda, Trend Micro, Proofpoint, Symantec',
    'list of answers by filter; thread of issues of a mail suite',
    'rcpt > policy soft > 550 Administrative prohibition - envelope blocked - https://community.r.example/docs/DOC-1369#550 [x]',
    'data > policy|authentication soft > 550 Rejected by header based Anti-Spoofing policy: sam@s.example [x]',
    `rcpt > unknown-user hard > 550 cuda_nsu 5.1.1 <${A}>... User unknown`,
    'data > content|reputation soft > 554 rejected due to spam URL in content',
    `rcpt > relaying-denied|policy soft > 554 5.7.1 <${A}>: Recipient address rejected: NO-DOMAIN.`,
    `rcpt > unknown-user|inactive-mailbox soft > 550 5.7.1 <${A}>: Recipient address rejected: User email address is marked as invalid.`,
    'greeting > policy|reputation soft > 501 Connection rejected by policy [7.7] 15110, please visit www.r.example for more details',
  ],
  [
    'Outlook.com, Microsoft 365, Yahoo, iCloud, Zoho, Charter, Gmail',
    'threads of issues of mail suites, apps and bounce readers',
    `rcpt > unknown-user|policy|relaying-denied soft > 550 5.4.1 [${A}]: Recipient address rejected: Access denied [BL2NAM02FT061.r.example]`,
    'rcpt > rate-limited|reputation soft > 451 4.7.651 The mail server [192.0.2.1] has been temporarily rate limited due to IP reputation. (S844)',
    'data > rate-limited soft > 554 5.2.122 The recipient has exceeded their limit for the number of messages they can receive per hour.',
    'greeting > rate-limited|reputation soft > 421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume or user complaints - 4.16.55.1',
    'data > protocol|content soft > 554 Message not allowed - Headers are not RFC compliant[291]',
    'data > reputation|content soft > 550 5.7.1 Your email was rejected due to having a domain present in the Spamhaus DBL',
    'data > policy soft > 554 5.2.3 MailPolicy violation Error delivering to mailboxes,mx.r.example',
    'rcpt > policy|reputation soft > 550 5.1.0 <sam@s.example> sender rejected. Please see https://www.r.example/codes for more information. AUP#In-1310',
    'data > mailbox-full|inactive-mailbox|policy soft > 550-5.7.1 Alumni email service over limit, email blocked outside r.example. 550 5.7.1 See https://r.example/alumni',
  ],
  [
    'self-hosted servers',
    'threads of issues',
    `rcpt > system|network soft > 550 5.1.1 <${A}>: Recipient address rejected: undeliverable address: mail for r.example loops back to myself`,
    `rcpt > policy|unknown-user soft > 550 ${A} That recipient is not allowed`,
    'rcpt > authentication|policy|reputation soft > 550 Unauthenticated mail not allowed from this range',
    `rcpt > authentication soft > 550 5.7.23 <${A}>: Recipient address rejected: Message rejected due to: SPF fail - not authorized.`,
    'rcpt > policy|rate-limited soft > 451 4.3.0 <sam@s.example>... First-time sender tempfailed as anti-spam measure; please try again',
    'exim > moved|unknown-user hard > 550 5.1.6 recipient no longer on server',
    'data > virus soft > 554 5.7.0 Reject, id=01526-01 - INFECTED: Win.Test.EICAR_HDB-1',
    'data > protocol|content soft > 554 5.6.0 Message with invalid header rejected, id=13462-01 - MIME error: error: UnexpectedBound',
  ],
];

type Report = Pick<SourceReport, 'subject' | 'text' | 'fields'>;

function enhanced(reply: string): string | undefined {
  return /\b[45]\.\d{1,3}\.\d{1,3}\b/.exec(reply)?.[0];
}

/** The status that most programs report: the one in the answer, else what its code tells. */
function statusOf(reply: string): string {
  return enhanced(reply) ?? `${reply.slice(0, 1)}.0.0`;
}

function field(status: string, diagnostic: string): readonly string[] {
  return [`Final-Recipient: rfc822; ${A}\nAction: failed\nStatus: ${status}\nDiagnostic-Code: ${diagnostic}`];
}

/** Postfix breaks what it says of a recipient into lines. */
function postfix(words: string, reply: string): Report {
  const folded = `<${A}>: ${words}`.replace(/(.{1,72})(?: |$)/g, '$1\n    ').trimEnd();
  return {
    subject: 'Undelivered Mail Returned to Sender',
    text: `This is the mail system at host mail.s.example.\n\nI'm sorry to have to inform you that your message could not\nbe delivered to one or more recipients. It's attached below.\n\n                   The mail system\n\n${folded}`,
    fields: field(statusOf(reply), `smtp; ${reply}`),
  };
}

function sendmail(reply: string): Report {
  const status = enhanced(reply) ?? '5.1.1';
  return {
    subject: 'Returned mail: see transcript for details',
    text: `   ----- The following addresses had permanent fatal errors -----\n<${A}>\n    (reason: ${reply})\n\n   ----- Transcript of session follows -----\n... while talking to mx.r.example.:\n>>> RCPT To:<${A}>\n<<< ${reply}\n550 ${status} <${A}>... User unknown`,
    fields: field(status, `SMTP; ${reply}`),
  };
}

const HOST = 'host mx.r.example[192.0.2.7]';

const CARRIERS: Readonly<Record<string, (reply: string) => Report>> = {
  greeting: (reply) => postfix(`${HOST} refused to talk to me: ${reply}`, reply),
  rcpt: (reply) => postfix(`${HOST} said: ${reply} (in reply to RCPT TO command)`, reply),
  data: (reply) => postfix(`${HOST} said: ${reply} (in reply to end of DATA command)`, reply),
  exim: (reply) => ({
    subject: 'Mail delivery failed: returning message to sender',
    text: `This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n  ${A}\n    host mx.r.example [192.0.2.7]\n    SMTP error from remote mail server after RCPT TO:<${A}>:\n    ${reply}`,
  }),
  sendmail,
  qmail: (reply) => ({
    subject: 'failure notice',
    text: `Hi. This is the qmail-send program at mail.s.example.\nI'm afraid I wasn't able to deliver your message to the following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n<${A}>:\n192.0.2.7 failed after I sent the message.\nRemote host said: ${reply}\nI'm not going to try again; this message has been in the queue too long.`,
  }),
  esa: (reply) => ({
    subject: 'Delivery Status Notification (Failure)',
    text: `The following message to <${A}> was undeliverable.\nThe reason for the problem:\n${reply}`,
    fields: field(statusOf(reply), `smtp; ${reply} (delivery attempts: 0)`),
  }),
  ses: (reply) => ({
    subject: 'Delivery Status Notification (Failure)',
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

export const GATHERED_PROVIDER_REPORTS: readonly SourceReport[] = GROUPS.flatMap(
  ([program, source, ...rows]) => rows.map((row) => report(program, source, row)),
);
