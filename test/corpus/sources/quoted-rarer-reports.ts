/**
 * The same as quoted-reports.ts for Gmail's own reports and for programs and providers that are met less often.
 */
import type { SourceReport } from './source-reports.ts';

const A = 'anna@r.example';
const B = 'bert@r.example';
const C = 'carla@other.example';

const FAILURE = 'Delivery Status Notification (Failure)';

const BARRACUDA = `Service unavailable; Client host [mail.s.example] blocked using Barracuda Reputation; http://www.lists.example/reputation/?r=1&ip=192.0.2.1 (${A}:blocked,${B}:blocked)`;

/** Reports of one kind: program, source, subject, text, and what is wanted for each recipient. */
type Row = readonly [program: string, source: string, subject: string, text: string, ...wanted: string[]];

const ROWS: readonly Row[] = [
  [
    'Gmail',
    'thread of issues of a mail suite',
    FAILURE,
    `** Address not found **\n\nYour message wasn't delivered to ${A} because the address couldn't be found, or is unable to receive mail.\n\nThe response from the remote server was:\n550 5.2.0 No such mailbox`,
    `${A} unknown-user hard`,
  ],
  [
    'Gmail',
    'thread of issues of a mail gateway',
    FAILURE,
    `** Address not found **\n\nYour message wasn't delivered to ${A} because the domain r.example couldn't be found. Check for typos or unnecessary spaces and try again.\n\nThe response was:\n\nDNS Error: DNS type 'mx' lookup of r.example responded with code NXDOMAIN\nDomain name not found: r.example`,
    `${A} unknown-host hard`,
  ],
  [
    'Gmail',
    'thread of issues of a bounce reader',
    FAILURE,
    `** Address not found **\n\nYour message wasn't delivered to ${A} because the domain r.example couldn't be found. Check for typos or unnecessary spaces and try again.\n\nThe response was:\n\nDNS Error: 80458680 DNS type 'mx' lookup of r.example responded with code NOERROR\nThe domain r.example doesn't receive email according to the administrator: returned Null MX`,
    `${A} unknown-host hard`,
  ],
  [
    'Gmail',
    'thread of issues of an app',
    'Delivery Status Notification (Delay)',
    `** Delivery incomplete **\n\nThere was a temporary problem delivering your message to ${A}. Gmail will retry for 45 more hours. You'll be notified if the delivery fails permanently.\n\nThe response was:\n\nThe recipient server did not accept our requests to connect. [r.example 192.0.2.7: timed out]`,
    `${A} network soft`,
  ],
  [
    'Gmail',
    'thread of issues of a mail suite: a group',
    FAILURE,
    `Delivery to the following recipient failed permanently:\n\n     ${A}\n\nTechnical details of permanent failure: \nYour email to group ${A} was rejected due to spam classification. To address this issue:\n\n* Contact the owner of the group, who can choose to enable message moderation instead of bouncing these emails.\n* Set up SPF records for your sending domain if you have not done so already.`,
    `${A} content|reputation soft`,
  ],
  [
    'Gmail',
    'threads of issues of a dozen projects: a group; where the address stands is composed',
    FAILURE,
    `Delivery to the following recipient failed permanently:\n\n     ${A}\n\nTechnical details of permanent failure: \nWe're writing to let you know that the group you tried to contact (anna) may not exist, or you may not have permission to post messages to the group.`,
    `${A} unknown-user|policy soft`,
  ],
  [
    'Stalwart',
    'thread of issues of a provider',
    'Failed to deliver message',
    `Your message could not be delivered to the following recipients:\n\n<${A}> (host 'd4.a.ess.r.example' rejected command 'DATA' with code 550 (0.0.0) '${BARRACUDA}')\n<${B}> (host 'd4.a.ess.r.example' rejected command 'DATA' with code 550 (0.0.0) '${BARRACUDA}')`,
    `${A} reputation soft`,
    `${B} reputation soft`,
  ],
  [
    'Stalwart',
    'threads of issues of the program and a webmail, joined',
    'Failed to deliver message',
    `Your message could not be delivered to the following recipients:\n\n<${A}> (TLS error from 'mx.r.example': STARTTLS not advertised by host.)\n<${C}> (host 'mx.other.example' rejected command 'RCPT TO' with code 550 (5.1.2) 'Mailbox does not exist.')`,
    `${A} network|policy|protocol soft`,
    `${C} unknown-user hard`,
  ],
  [
    'ZoneMTA',
    'thread of issues of the program',
    FAILURE,
    `Delivery to the following recipient failed permanently:\n${A}\n\nTechnical details of permanent failure:\n\n550 Message too big!`,
    `${A} too-big soft`,
  ],
  [
    'ZoneMTA',
    'thread of issues of the program (the log); form as above',
    FAILURE,
    `Delivery to the following recipient failed permanently:\n${A}\n\nTechnical details of permanent failure:\n\nNetwork error when connecting to MX server mx.r.example[192.0.2.7] for r.example: Connection timed out`,
    `${A} network|expired soft`,
  ],
  [
    'Haraka',
    'threads of issues of the program, joined',
    'failure notice',
    `Hi. This is the Haraka Mailer program at mail.s.example.\nI'm afraid I wasn't able to deliver your message to the following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n<${A}>: Too many failures (Tried all MXs)\n\n--- Below this line is a copy of the message.`,
    `${A} expired|network soft`,
  ],
  [
    'Haraka',
    'thread of issues of the program, which asks for the reason',
    'failure notice',
    `Hi. This is the Haraka Mailer program at mail.s.example.\nI'm afraid I wasn't able to deliver your message to the following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\nIntended Recipients: <${A}>\nFailure Reason: Error: Some recipients failed: <${A}>`,
    `${A} undefined soft`,
  ],
  [
    'hMailServer',
    'thread of issues of the program',
    'Message undeliverable: ping',
    `Your message did not reach some or all of the intended recipients.\n\n   Sent: Sun, 4 Apr 2021 16:04:00 +0300\n   Subject: ping\n\nThe following recipient(s) could not be reached:\n\n${A}\n   Error Type: SMTP\n   Connection to recipients server failed.\n   Error: Could not connect to 192.0.2.7 on port 25 since this would mean connecting to myself.\n\n   Tried 5 time(s)\n\nhMailServer`,
    `${A} network|system soft`,
  ],
  [
    'mox',
    'thread of issues of the program',
    'mail delivery delayed',
    `Delivery has been delayed of your email to:\n\n    ${A}\n\nNext attempts to deliver: in 4 hours, 8 hours and 16 hours.\nIf these attempts all fail, you will receive a notice.\n\nError during the last delivery attempt:\n\n    remote smtp server does not implement smtputf8 extension, required by message, transient`,
    `${A} protocol|content soft`,
  ],
  [
    'OpenSMTPD',
    'thread of issues of the program',
    'Delivery status notification: error',
    `    Hi!\n\n    This is the MAILER-DAEMON, please DO NOT REPLY to this e-mail.\n\n    An error has occurred while attempting to deliver a message for\n    the following list of recipients:\n\n${A}: 501 5.5.4 Error: Bad NOTIFY parameter syntax\n\n    Below is a copy of the original message:`,
    `${A} protocol soft`,
  ],
  [
    'Oracle Messaging Server (iCloud)',
    'thread of issues of a campaign',
    'Delivery Notification: Delivery has failed',
    `Your message cannot be delivered to the following recipients:\n\n  Recipient address: ${A}\n  Reason: Remote SMTP server has rejected address\n  Diagnostic code: smtp;550-5.1.1 The email account that you tried to reach does not exist. Please try the recipient's email address for typos or spaces.\n  Remote system: dns;mx.r.example (TCP|192.0.2.1|53619|192.0.2.7|25) (mx.r.example ESMTP t8si11697642ywb.299 - gsmtp)`,
    `${A} unknown-user hard`,
  ],
  [
    'a Dutch provider',
    'thread of issues of a library',
    'Message delivery failure',
    `This is a message delivery failure report.\n\nYour message, received on Wednesday April 29, 2020 12:20:58 +0200 (CEST) from "mail.s.example" [192.0.2.1] could not be delivered to one or more recipients.\n\nThe following recipients did not receive the message:\n\n  * ${A}\n\nThe message could not be delivered, the mail server at mx.r.example [192.0.2.7] said:\n\n<<< 550-5.1.1 The email account that you tried to reach does not exist.`,
    `${A} unknown-user hard`,
  ],
  [
    'a gateway of a council',
    'thread of issues of a site for requests',
    'Delivery failure notification',
    `This is a delivery failure notification message indicating that\nan email you addressed to email address :\n-- ${A}\n\ncould not be delivered. The problem appears to be :\n-- Recipient email address is possibly incorrect\n\nAdditional information follows :\n-- 5.4.1 Recipient address rejected: Access denied. AS(201806281) [DB5EUR01FT048.mx.r.example]\n\nThis condition occurred after 1 attempt(s) to deliver over\na period of 0 hour(s).`,
    `${A} unknown-user|policy|relaying-denied soft`,
  ],
  [
    'Alibaba Cloud',
    'thread of issues of an app, Chinese; where the address stands is composed',
    '系统退信',
    `无法发送到 ${A}\n\n退信原因：收件方地址不存在，或暂时不可用，导致邮件被系统退回。\n\n远程响应：the mta server of r.example -- mx3.r.example(192.0.2.7) reply:550 The "From" header is missing or invalid. Please follow RFC5322, RFC2047, RFC822 standard protocol.`,
    `${A} protocol|content soft`, // the reason in Chinese is one for all: "does not exist, or not for the moment"
  ],
  [
    'QQ, in English',
    'thread of issues of a network for scripts',
    'Delivery failed',
    `Unable to send to ${A}\nBounce reason: The recipient's email address (${A}) does not exist, so the message could not be delivered.\n550 No such user (TB)\nSolution: Please contact your recipient, verify the email address again, or send to another receiving mailbox.`,
    `${A} unknown-user hard`,
  ],
  [
    'Zoho',
    'thread of issues of a forwarder; subject from memory',
    'Mail Delivery Status Notification (Delay)',
    `The following addresses had fatal errors -----\n\n  [Status: Error, Address: <${A}>, Malformed answer from server]\n\nMessage will be retried for 4 more day(s)\n\n   ----- Transcript of session follows -----`,
    `${A} network|protocol|system soft`,
  ],
];

export const QUOTED_RARER_REPORTS: readonly SourceReport[] = ROWS.map(
  ([program, source, subject, text, ...wanted]) => ({ program, source, subject, text, wanted }),
);
