/**
 * The same as gathered-reports.ts for programs and providers that write reports of their own and are met less often.
 * Where the page gives only the reason, and not what stands around it, the row says that its form is composed.
 */
import type { SourceReport } from './source-reports.ts';

const A = 'anna@r.example';
const B = 'bert@r.example';
const C = 'carla@other.example';
const D = 'dora@other.example';

const RETURNED = 'Mail System Error - Returned Mail';
const UNDELIVERABLE = 'Undeliverable mail';

const INTERMAIL = 'This Message was undeliverable due to the following reason:';

/** Reports of one kind: program, source, subject, text, and what is wanted for each recipient. */
type Row = readonly [program: string, source: string, subject: string, text: string, ...wanted: string[]];

const ROWS: readonly Row[] = [
  [
    'CommuniGate Pro',
    'samples in bounce readers',
    'Undeliverable mail: Invoice',
    `Failed to deliver to '<${A}>'\nLOCAL module(account anna) reports:\n account is full (quota exceeded)\n\nFailed to deliver to '<${B}>'\nLOCAL module(account bert) reports:\n mail receiving disabled\n\nFailed to deliver to '<${C}>'\nMessages without To: fields are not accepted here`,
    `${A} mailbox-full soft`,
    `${B} inactive-mailbox soft`,
    `${C} protocol|content|policy soft`,
  ],
  [
    'SmarterMail',
    'knowledge bases of hosts',
    'Delivery Failure',
    `Could not deliver message to the following recipient(s):\n\nFailed Recipient: ${A}\nReason: Failed to connect to the recipients mail server. No MX records were found for the 'r.example' domain.`,
    `${A} unknown-host hard`,
  ],
  [
    'SmarterMail',
    'knowledge bases of hosts',
    'Delivery Failure',
    `Could not deliver message to the following recipient(s):\n\nFailed Recipient: ${A}\nReason: The mailbox is full\n\nFailed Recipient: ${C}\nReason: The domain size limit has been exceeded`,
    `${A} mailbox-full soft`,
    `${C} mailbox-full|system soft`,
  ],
  [
    'SmarterMail',
    'thread of issues of a bounce reader; knowledge base of a host',
    'Delivery Failure',
    `Could not deliver message to the following recipient(s):\n\nFailed Recipient: ${A}\nReason: Remote host said: 550 5.1.1 The email account that you tried to reach does not exist. Please try\n5.1.1 double-checking the recipient's email address for typos or\n5.1.1 unnecessary spaces.\n\nFailed Recipient: ${C}\nReason: Failed four Attempts to connect to recipients mail server`,
    `${A} unknown-user hard`,
    `${C} network|expired soft`,
  ],
  [
    'hMailServer',
    'blog; question in a forum; form from memory',
    'Message undeliverable: Invoice',
    `Your message did not reach some or all of the intended recipients.\n\n   Sent: Fri, 18 Dec 2009 10:02:11 +0100\n   Subject: Invoice\n\nThe following recipient(s) could not be reached:\n\n${A}\n   Error Type: SMTP\n   Remote server (192.0.2.7) issued an error.\n   hMailServer sent: RCPT TO:<${A}>\n   Remote server replied: 550 5.7.1 ... Mail from 192.0.2.1 blocked using Trend Micro RBL+. Please see http://lists.example/lookup?ip_address=192.0.2.1\n\n${C}\n   Error Type: SMTP\n   Remote server (192.0.2.8) issued an error.\n   hMailServer sent: RCPT TO:<${C}>\n   Remote server replied: 554 5.7.1 <sam@s.example>: Sender address rejected: Access denied\n\nhMailServer`,
    `${A} reputation soft`,
    `${C} policy soft`,
  ],
  [
    'MDaemon',
    'samples in a bounce reader; form from memory',
    'Permanent Delivery Failure',
    `The attached message had PERMANENT fatal delivery errors!\n\nFailed address: ${A}\n\n--- Session Transcript ---\n Fri 2009-12-18 10:02:11: <-- 220 mx.r.example ESMTP\n Fri 2009-12-18 10:02:11: --> RCPT To:<${A}>\n Fri 2009-12-18 10:02:12: <-- 552 Account(s) <${A}> does not have enough space\n--- End Transcript ---`,
    `${A} mailbox-full soft`,
  ],
  [
    'IMail',
    'thread of issues of a bounce reader, after the vendor',
    UNDELIVERABLE,
    `undeliverable to ${A}\n\nBody of message generated response:\n550-REJECTED - Blacklisted URL in message. (shop.example) in [black].\n550-See http://lookup.lists.example. - Blacklisted Link - X=pascal\n550-H=mail.s.example [192.0.2.1] HELO=[mail.s.example]\n550 F=[sam@s.example] T=[${A}]`,
    `${A} content|reputation soft`,
  ],
  [
    'IMail',
    'list of bounces of an Italian sender; form as above',
    UNDELIVERABLE,
    `User mailbox exceeds allowed size: ${A}`,
    `${A} mailbox-full soft`,
  ],
  [
    'InterMail',
    'archive of a mailing list',
    RETURNED,
    `${INTERMAIL}\n\nThe user(s) account is temporarily over quota.\n\n<${A}>\n\nPlease reply to Postmaster@r.example\nif you feel this message to be in error.`,
    `${A} mailbox-full soft`,
  ],
  [
    'InterMail',
    'help page of a Japanese provider',
    RETURNED,
    `${INTERMAIL}\n\nEach of the following recipients was rejected by a remote mail server.\nThe reasons given by the server are included to help you determine why\neach recipient was rejected.\n\n    Recipient: <${A}>\n    Reason:    <${A}> ...User unknown\n\nPlease reply to Postmaster@s.example\nif you feel this message to be in error.`,
    `${A} unknown-user hard`,
  ],
  [
    'InterMail',
    'strings that a bounce reader knows (KDDI)',
    RETURNED,
    `${INTERMAIL}\n\nYour message was not delivered within 0 days and 1 hours.\nRemote host is not responding.\n\n<${A}>`,
    `${A} expired|network soft`,
  ],
  [
    'InterMail',
    'strings that a bounce reader knows (KDDI)',
    RETURNED,
    `${INTERMAIL}\n\nThe user(s) account is disabled.\n\n<${A}>`,
    `${A} inactive-mailbox soft`,
  ],
  [
    'Gmail, about 2009',
    'samples in a bounce reader',
    'Delivery Status Notification (Failure)',
    `Delivery to the following recipient failed permanently:\n\n     ${A}\n\nTechnical details of permanent failure:\nTEMP_FAILURE: Could not initiate SMTP conversation with any hosts:\n[r.example (1): Connection timed out]`,
    `${A} network|expired soft`,
  ],
  [
    'Gmail, about 2009',
    'samples in a bounce reader',
    'Delivery Status Notification (Failure)',
    `Delivery to the following recipient failed permanently:\n\n     ${A}\n\nTechnical details of permanent failure:\nPERM_FAILURE: SMTP Error (state 9): 550 5.7.1 Your message (sent through 192.0.2.1) was blocked by ROTA DNSBL. If you are not a spammer, open http://lists.example/DNSBL and follow instructions.`,
    `${A} reputation soft`,
  ],
  [
    'Gmail, about 2009',
    'samples in a bounce reader',
    'Delivery Status Notification (Delay)',
    `Delivery to the following recipient has been delayed:\n\n     ${A}\n\nMessage will be retried for 2 more day(s)\n\nTechnical details of temporary failure:\nTEMP_FAILURE: The recipient server did not accept our requests to connect.\n[mx.r.example (10): Connection dropped]`,
    `${A} network soft`,
  ],
  [
    'Seznam',
    'its help page, Czech and English',
    'Nedoručitelná zpráva / Undelivered message',
    `Vaše zpráva pro <${A}> ze dne 19.11.2012 nemohla být doručena.\nZpráva je přiložena.\n\nYou message for <${A}> from 2012/11/19 could not be delivered.\nIt's attached below.\n\nDůvod / Reason:\n---------------\n\n5.1.1 szn; User hasn't got the service mapped\n\nPermanentní chyba na straně uživatele.\nPermanent Failure - Bad destination mailbox address`,
    `${A} unknown-user hard`,
  ],
  [
    'QQ',
    'its help page in Chinese; form composed',
    '来自QQ邮箱的退信',
    `很抱歉，您的邮件被退回到您的邮箱。\n\n收件人邮件地址：${A}\n退信原因：该用户不存在`,
    `${A} unknown-user hard`,
  ],
  [
    'QQ',
    'its help page in Chinese; form composed',
    '来自QQ邮箱的退信',
    `很抱歉，您的邮件被退回到您的邮箱。\n\n收件人邮件地址：${A}\n退信原因：收件人空间不足`,
    `${A} mailbox-full soft`,
  ],
  [
    '263',
    'samples in a bounce reader',
    'Returned mail',
    `The message to ${A} is bounced because : Quota exceed the hard limit for user ${A}`,
    `${A} mailbox-full soft`,
  ],
  [
    '163',
    'help page of a Chinese host',
    'Returned mail',
    `The message to ${A} is bounced because : User ${A} is not found in Server`,
    `${A} unknown-user hard`,
  ],
  [
    'Oracle Messaging Server (iCloud)',
    'thread of issues of a mail suite (the history); form from memory',
    'Delivery Notification: Delivery has failed',
    `This report relates to a message you sent with the following header fields:\n\n  Subject: Invoice\n\nYour message cannot be delivered to the following recipients:\n\n  Recipient address: ${A}\n  Reason: unable to deliver this message after 5 days\n\nDelivery attempt history for your mail:\n\nWed, 05 Apr 2017 23:57:04 +0000 (GMT)\nTemporary error from SMTP partner: smtp;421 4.4.2 mx.r.example Error: timeout exceeded\n\nWed, 05 Apr 2017 07:46:59 +0000 (GMT)\nTCP active open: Failed connect() to TCP port 25 of 192.0.2.7(No formatted text for errno = 111)`,
    `${A} expired|network soft`,
  ],
  [
    'Oracle Messaging Server',
    'samples in a bounce reader; form from memory',
    'Delivery Notification: Delivery has failed',
    `This report relates to a message you sent with the following header fields:\n\n  Subject: Invoice\n\nYour message cannot be delivered to the following recipients:\n\n  Recipient address: ${A}\n  Reason: Over quota`,
    `${A} mailbox-full soft`,
  ],
  [
    'Openwave, Critical Path (Libero, Telia)',
    'help page of an Italian provider; test of a module for inboxes',
    'Delivery Status Notification',
    ` - These recipients of your message have been processed by the mail server:\n${A}; Failed; 4.2.2 (mailbox full)\n\n    Remote MTA mx.r.example: SMTP diagnostic: 552 RCPT TO:<${A}> Mailbox disk quota exceeded\n\n${B}; Failed; 5.1.1 (bad destination mailbox address)\n\n${C}; Failed; 4.4.7 (delivery time expired)\n\n${D}; Failed; 4.4.3 (routing server failure)`,
    `${A} mailbox-full soft`,
    `${B} unknown-user hard`,
    `${C} expired soft`,
    `${D} network|unknown-host soft`, // the page says "no such domain", the code says that DNS failed
  ],
  [
    'Courier',
    'samples in a bounce reader; form from memory',
    'NOTICE: mail delivery status.',
    `This is a delivery status notification from mail.s.example,\nrunning the Courier mail server.\n\n                           UNDELIVERABLE MAIL\n\nYour message to the following recipients cannot be delivered:\n\n<${A}>:\n    mx.r.example [192.0.2.7]:\n>>> RCPT TO:<${A}>\n<<< 550 ${A}:user not exist\n\n<${C}>:\n    mx.other.example [192.0.2.8]:\n>>> RCPT TO:<${C}>\n<<< 553 mailbox ${C} is restricted`,
    `${A} unknown-user hard`,
    `${C} policy|inactive-mailbox soft`,
  ],
  [
    'OpenSMTPD',
    'samples in a bounce reader; form and second reason from memory',
    'Delivery status notification: error',
    `    Hi!\n\n    This is the MAILER-DAEMON, please DO NOT REPLY to this email.\n\n    An error has occurred while attempting to deliver a message for\n    the following list of recipients:\n\n${A}: 550 5.1.1 <${A}>... email address lookup in domain map failed\n\n${C}: Network error on destination MXs\n\n    Below is a copy of the original message:`,
    `${A} unknown-user hard`,
    `${C} network soft`,
  ],
];

export const GATHERED_RARER_REPORTS: readonly SourceReport[] = ROWS.map(
  ([program, source, subject, text, ...wanted]) => ({ program, source, subject, text, wanted }),
);
