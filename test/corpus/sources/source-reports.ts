/**
 * Reports in the manner of mail programs, with what is right for each recipient: after their templates where the source
 * is a file, after their manuals where it is one (there some wordings are composed, none is copied). Written before they
 * were read with the rules; the figures of the first reading are in docs/reliability.md. What it missed was mended
 * since, as a kind.
 */
export interface SourceReport {
  readonly program: string;
  /** File or manual. */
  readonly source: string;
  readonly from?: string;
  readonly subject: string;
  readonly text: string;
  /** Fields for programs, one block a recipient (RFC 3464 §2.3); none: a notice for people alone. */
  readonly fields?: readonly string[];
  /** `address class|class hard` or `... soft`, in order; `hard` is the address's own fault. */
  readonly wanted: readonly string[];
}

const A = 'anna@r.example';
const B = 'bert@r.example';
const C = 'carla@other.example';

export const SOURCE_REPORTS: readonly SourceReport[] = [
  // Postfix: conf/bounce.cf.default, src/bounce/bounce_notify_util.c, src/smtp/smtp_addr.c, src/smtp/smtp_connect.c
  ...[
    [
      `<${A}>: host mx.r.example[192.0.2.7] said: 550 User unknown (in reply to RCPT TO command)`,
      `${A} unknown-user hard`,
    ],
    [
      `<${A}>: Host or domain name not found. Name service error for name=r.example type=AAAA: Host not found`,
      `${A} unknown-host hard`,
    ],
    [
      `<${A}>: Host or domain name not found. Name service error for name=r.example type=MX: Host not found, try again`,
      `${A} network soft`,
    ],
    [`<${A}>: connect to mx.r.example[192.0.2.7]:25: Connection timed out`, `${A} network|expired soft`],
    [
      `<${A}>: unable to look up host mx.r.example: Temporary failure in name resolution`,
      `${A} network soft`,
    ],
    [`<${A}>: unable to look up host mx.r.example: Name or service not known`, `${A} unknown-host hard`],
    [
      `<${A}>: delivery temporarily suspended: lost connection with mx.r.example[192.0.2.7] while receiving the initial server greeting`,
      `${A} network|expired soft`,
    ],
    [`<${A}>: mail for r.example loops back to myself`, `${A} network soft`],
    [`<${A}>: unknown user: "anna"`, `${A} unknown-user hard`],
    [`<${A}>: Domain r.example does not accept mail (nullMX)`, `${A} unknown-host hard`],
    [`<${A}>: Server certificate not trusted`, `${A} policy soft`],
    [
      `<${A}> (expanded from <list@r.example>): host mx.r.example[192.0.2.7] said: 554 5.7.1 <${A}>: Relay access denied (in reply to RCPT TO command)`,
      `${A} relaying-denied soft`,
    ],
    [
      `<${A}>: host mx.r.example[192.0.2.7] said: 550 5.1.1 <app@sender.test>: Sender address rejected: User unknown in local sender table (in reply to RCPT TO command)`,
      `${A} policy soft`,
    ],
    [
      `<${A}>: host mx.r.example[192.0.2.7] said: 550 5.1.1 Service refused, 192.0.2.1 blocked using zen.spamhaus.org (in reply to end of DATA command)`,
      `${A} reputation soft`,
    ],
  ].map(([line = '', wanted = '']): SourceReport => ({
    program: 'Postfix',
    source: 'conf/bounce.cf.default; src/smtp/smtp_addr.c, smtp_connect.c, smtp_proto.c',
    subject: 'Undelivered Mail Returned to Sender',
    text: `This is the mail system at host relay.sender.test.\n\nI'm sorry to have to inform you that your message could not\nbe delivered to one or more recipients. It's attached below.\n\n                   The mail system\n\n${line}`,
    wanted: [wanted],
  })),
  // Exim: src/deliver.c, src/routers/dnslookup.c, src/transports/smtp.c, src/retry.c
  ...[
    [`    retry timeout exceeded`, `expired soft`],
    [
      `    SMTP error from remote mail server after RCPT TO:<${A}>:\n    host mx.r.example [192.0.2.7]: 550 User unknown`,
      `unknown-user hard`,
    ],
    [
      `    SMTP error from remote mail server after RCPT TO:<${A}>:\n    451 4.7.1 Greylisted: retry timeout exceeded`,
      `rate-limited|expired soft`,
    ],
    [
      `    all hosts for 'r.example' have been failing for a long time (and retry time not reached)`,
      `expired|network soft`,
    ],
    [`    Unrouteable address`, `unknown-user|unknown-host hard`],
    [`    an MX or SRV record indicated no SMTP service`, `unknown-host hard`],
    [`    all relevant MX records point to non-existent hosts`, `unknown-host hard`],
    [`    lowest numbered MX record points to local host`, `network soft`],
    [`    host lookup did not complete`, `network soft`],
    [`    mailbox is full: retry timeout exceeded`, `mailbox-full|expired soft`],
    [
      `    no immediate delivery: host mx.r.example [192.0.2.7] Connection refused: retry timeout exceeded`,
      `network|expired soft`,
    ],
  ].map(([line = '', wanted = '']): SourceReport => ({
    program: 'Exim',
    source: 'src/deliver.c, src/retry.c, src/transports/smtp.c, src/routers/dnslookup.c',
    from: 'Mail Delivery System <Mailer-Daemon@relay.sender.test>',
    subject: 'Mail delivery failed: returning message to sender',
    text: `This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n  ${A}\n${line}`,
    wanted: [`${A} ${wanted}`],
  })),
  // Sendmail: src/savemail.c, src/err.c, src/queue.c
  ...[
    [
      `<${A}>`,
      `... while talking to mx.r.example.:\n>>> RCPT To:<${A}>\n<<< 550 User unknown\n550 5.1.1 <${A}>... User unknown`,
      `unknown-user hard`,
    ],
    [
      `<${A}>`,
      `<${A}>... Deferred: Connection timed out with mx.r.example.\nMessage could not be delivered for 5 days\nMessage will be deleted from queue`,
      `expired|network soft`,
    ],
    [
      `<${A}>`,
      `<${A}>... Deferred: Name server: r.example.: host name lookup failure\nMessage could not be delivered for too long\nMessage will be deleted from queue`,
      `expired|network soft`,
    ],
    [
      `<${A}>`,
      `550 5.1.2 <${A}>... Host unknown (Name server: r.example: host not found)`,
      `unknown-host hard`,
    ],
    [`<${A}>`, `550 <${A}>... Host unknown (Name server: r.example: host not found)`, `unknown-host hard`],
    [
      `<${A}>\n    (reason: 550 5.1.1 192.0.2.1 blocked using zen.spamhaus.org)`,
      `... while talking to mx.r.example.:\n>>> DATA\n<<< 550 5.1.1 192.0.2.1 blocked using zen.spamhaus.org\n554 5.0.0 Service unavailable`,
      `reputation soft`,
    ],
  ].map(([addresses = '', transcript = '', wanted = '']): SourceReport => ({
    program: 'Sendmail',
    source: 'sendmail/savemail.c, err.c, queue.c',
    from: 'Mail Delivery Subsystem <MAILER-DAEMON@relay.sender.test>',
    subject: 'Returned mail: see transcript for details',
    text: `The original message was received at Mon, 2 Nov 2026 10:00:00 +0100\nfrom localhost [127.0.0.1]\n\n   ----- The following addresses had permanent fatal errors -----\n${addresses}\n\n   ----- Transcript of session follows -----\n${transcript}`,
    wanted: [`${A} ${wanted}`],
  })),
  // qmail: qmail-send.c, qmail-remote.c, qmail-local.c
  ...[
    [`Sorry, no mailbox here by that name. (#5.1.1)`, `unknown-user hard`],
    [`Sorry, I couldn't find any host named r.example. (#5.1.2)`, `unknown-host hard`],
    [
      `CNAME lookup failed temporarily. (#4.4.3)\nI'm not going to try again; this message has been in the queue too long.`,
      `expired|network soft`,
    ],
    [
      `Sorry, I wasn't able to establish an SMTP connection. (#4.4.1)\nI'm not going to try again; this message has been in the queue too long.`,
      `expired|network soft`,
    ],
    [
      `Connected to 192.0.2.7 but connection died. (#4.4.2)\nI'm not going to try again; this message has been in the queue too long.`,
      `expired|network soft`,
    ],
    [
      `192.0.2.7 does not like recipient.\nRemote host said: 550 User unknown\nGiving up on 192.0.2.7.`,
      `unknown-user hard`,
    ],
    [
      `Connected to 192.0.2.7 but sender was rejected.\nRemote host said: 550 5.1.1 unknown user`,
      `policy soft`,
    ],
    [
      `192.0.2.7 failed after I sent the message.\nRemote host said: 554 5.1.1 rejected as spam`,
      `content soft`,
    ],
  ].map(([reason = '', wanted = '']): SourceReport => ({
    program: 'qmail',
    source: 'qmail-send.c, qmail-remote.c, qmail-local.c',
    subject: 'failure notice',
    text: `Hi. This is the qmail-send program at relay.sender.test.\nI'm afraid I wasn't able to deliver your message to the following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n<${A}>:\n${reason}`,
    wanted: [`${A} ${wanted}`],
  })),
  {
    program: 'Courier',
    source: 'courier/module.dsn, filtering of transcripts',
    subject: 'NOTICE: mail delivery status.',
    text: `This is a delivery status notification from relay.sender.test,\nrunning the Courier mail server, version 0.73.\n\nThe original message was received on Mon, 02 Nov 2026 10:00:00 +0100\nfrom localhost [127.0.0.1]\n\n---------------------------------------------------------------------------\n\n                           UNDELIVERABLE MAIL\n\nYour message to the following recipients cannot be delivered:\n\n<${A}>:\n    mx.r.example [192.0.2.7]:\n>>> RCPT TO:<${A}>\n<<< 550 User unknown.\n\n<${C}>:\n    DNS lookup failed: server failure.`,
    wanted: [`${A} unknown-user hard`, `${C} network|unknown-host soft`],
  },
  {
    program: 'OpenSMTPD',
    source: 'usr.sbin/smtpd/bounce.c, mta.c',
    subject: 'Delivery status notification: error',
    text: `    Hi!\n\n    This is the MAILER-DAEMON, please DO NOT REPLY to this email.\n\n    An error has occurred while attempting to deliver a message for\n    the following list of recipients:\n\n${A}: 550 User unknown\n${C}: Envelope expired\n${B}: No MX found for domain\n\n    Below is a copy of the original message:`,
    wanted: [`${A} unknown-user soft|hard`, `${C} expired soft`, `${B} unknown-host soft|hard`],
  },
  ...[
    [`mx.r.example [192.0.2.7] did not like our RCPT TO:\n550 User unknown`, `unknown-user hard`],
    [`Could not connect to any mail host for r.example. Giving up after 5 days.`, `expired|network soft`],
    [
      `Message could not be delivered for 5 days, giving up. mx.r.example: connection failed`,
      `expired|network soft`,
    ],
    [`DNS lookup failure: host r.example not found`, `unknown-host hard`],
  ].map(([reason = '', wanted = '']): SourceReport => ({
    program: 'DragonFly Mail Agent',
    source: 'mail.c (bounce), net.c, dns.c',
    subject: 'Mail delivery failed',
    text: `This is the DragonFly Mail Agent v0.13 at relay.sender.test.\n\nThere was an error delivering your mail to <${A}>.\n\n${reason}\n\nMessage headers follow.`,
    wanted: [`${A} ${wanted}`],
  })),
  // Fields for programs that say 5.0.0 and no more; the words have to tell.
  ...[
    ['MagicMail', `smtp; 550 User unknown`, '5.0.0', 'unknown-user hard|soft'],
    [
      'PowerMTA',
      `smtp;554 5.4.7 [internal] message timeout (exceeded max time, last transcript follows)`,
      '5.4.7',
      'expired soft',
    ],
    ['PowerMTA', `smtp;554 5.4.4 [internal] Domain Lookup Failed`, '5.4.4', 'unknown-host|network soft|hard'],
    [
      'KumoMTA',
      `smtp; 551 5.4.7 KumoMTA internal: delivery attempts exceeded message lifetime; message expired`,
      '5.4.7',
      'expired soft',
    ],
    ['Haraka', `smtp; 550 Tried all MXs`, '5.0.0', 'network|expired soft'],
    ['Haraka', `smtp; Too many failures (13): Connection timed out`, '5.0.0', 'network|expired soft'],
    ['ZoneMTA', `smtp; 450 DNS lookup error: queryMx ESERVFAIL r.example`, '4.0.0', 'network soft'],
    ['Postal', `smtp; Maximum number of delivery attempts (18) has been reached.`, '5.0.0', 'expired soft'],
    [
      'Gmail',
      `smtp; DNS Error: DNS type 'mx' lookup of r.example responded with code SERVFAIL`,
      '4.0.0',
      'network soft',
    ],
    [
      'Gmail',
      `smtp; DNS Error: DNS type 'mx' lookup of r.example responded with code NXDOMAIN\n Domain name not found: r.example`,
      '5.1.2',
      'unknown-host hard',
    ],
    [
      'Gmail',
      `smtp; The recipient server did not accept our requests to connect. [mx.r.example 192.0.2.7: timed out]`,
      '4.4.1',
      'network|expired soft',
    ],
    [
      'Amazon SES',
      `smtp; 550 4.4.7 Message expired: unable to deliver in 840 minutes.<421 4.4.0 Unable to lookup DNS for r.example>`,
      '4.4.7',
      'expired|network soft',
    ],
    ['Exchange 2016', `smtp;550 4.4.7 QUEUE.Expired; message expired`, '4.4.7', 'expired soft'],
    [
      'Exchange Online',
      `smtp;550 5.4.300 Message expired -> 450 4.4.316 Connection refused [Message=Socket error code 10061]`,
      '5.4.300',
      'expired|network soft',
    ],
    [
      'Exchange Online',
      `smtp;550 5.4.316 Message expired, connection refused(Socket error code 10061)`,
      '5.4.316',
      'expired|network soft',
    ],
    [
      'Exchange Online',
      `smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient ${A} not found by SMTP address lookup`,
      '5.1.10',
      'unknown-user hard',
    ],
    [
      'Exchange Online',
      `smtp;550 5.4.310 DNS domain r.example does not exist [Message=InfoDomainNonexistent]`,
      '5.4.310',
      'unknown-host hard',
    ],
    [
      'MailEnable',
      `smtp; The message could not be delivered within 3 days and is returned`,
      '5.0.0',
      'expired soft',
    ],
    ['hMailServer', `smtp; The email could not be delivered after 4 tries`, '5.0.0', 'expired soft'],
    [
      'CommuniGate',
      `smtp; the host is not reachable for 72 hours, giving up`,
      '5.0.0',
      'expired|network soft',
    ],
    ['Kerio', `smtp; message was in the queue for more than 2 days`, '5.0.0', 'expired soft'],
    ['Mimecast', `smtp; 550 Retry timeout exceeded`, '5.0.0', 'expired soft'],
    [
      'Barracuda',
      `smtp; Message undeliverable for 48 hours, last error: Operation timed out`,
      '5.0.0',
      'expired|network soft',
    ],
  ].map(([program = '', diagnostic = '', status = '', wanted = '']): SourceReport => ({
    program,
    source: `${program}: manual and knowledge base, texts of delivery status notifications`,
    subject: 'Delivery Status Notification (Failure)',
    text: 'Your message could not be delivered.',
    fields: [
      `Final-Recipient: rfc822; ${A}\nAction: failed\nStatus: ${status}\nDiagnostic-Code: ${diagnostic}`,
    ],
    wanted: [`${A} ${wanted}`],
  })),
  {
    program: 'Sendmail 5 and 8.6',
    source: '4.3BSD usr.lib/sendmail/src/savemail.c',
    from: 'Mail Delivery Subsystem <MAILER-DAEMON@relay.sender.test>',
    subject: 'Returned mail: User unknown',
    text: `   ----- Transcript of session follows -----\n550 <${A}>... User unknown\n550 <${C}>... Host unknown\n\n   ----- Unsent message follows -----\nSubject: x`,
    wanted: [`${A} unknown-user hard`, `${C} unknown-host hard`],
  },
  {
    program: 'smail 3',
    source: 'smail-3.2 src/notify.c',
    subject: 'mail failed, returning to sender',
    text: `|------------------------- Message log follows: -------------------------|\n no valid recipients were found for this message\n|------------------------- Failed addresses follow: ---------------------|\n <${A}> ... unknown user\n <${C}> ... unknown host\n|------------------------- Message text follows: ------------------------|\nSubject: x`,
    wanted: [`${A} unknown-user hard|soft`, `${C} unknown-host hard|soft`],
  },
  {
    program: 'PMDF and Sun Messaging Server',
    source: 'iMS/PMDF return_failed.txt',
    subject: 'Delivery Notification: Delivery has failed',
    text: `This report relates to a message you sent with the following header fields:\n\n  Message-id: <x@sender.test>\n  Subject: x\n\nYour message cannot be delivered to the following recipients:\n\n  Recipient address: ${A}\n  Reason: unknown or illegal alias\n\n  Recipient address: ${B}\n  Reason: over quota\n\n  Recipient address: ${C}\n  Reason: Illegal host/domain name found`,
    wanted: [`${A} unknown-user hard|soft`, `${B} mailbox-full soft`, `${C} unknown-host hard|soft`],
  },
  {
    program: 'Novell GroupWise',
    source: 'GroupWise Internet Agent administration guide, undeliverable messages',
    subject: 'Message status - undeliverable',
    text: `The message that you sent was undeliverable to the following:\n\t${A} (user unknown)\n\t${B} (mailbox full)\n\nPossibly truncated original message follows:`,
    wanted: [`${A} unknown-user hard|soft`, `${B} mailbox-full soft`],
  },
  {
    program: 'Mercury/32',
    source: 'Mercury Mail Transport System manual, delivery failure template',
    subject: 'Delivery failure notification',
    text: `With reference to your message with the subject:\n   "x"\n\nThe local mail transport system has reported the following problems it\nencountered while trying to deliver your message:\n\n-------------------------------------------------------------------\n*** ${A}\n550 User unknown.\n\n*** ${C}\n5.4.7 Maximum retry time exceeded.\n-------------------------------------------------------------------`,
    wanted: [`${A} unknown-user hard|soft`, `${C} expired soft`],
  },
  {
    program: 'MMDF',
    source: 'MMDF II rtn_proc.c',
    subject: 'Failed mail  (msg.aa01234)',
    text: `    Your message could not be delivered to\n '${A} (host: mx.r.example) (queue: smtp)' for the following\n reason:  ' 550 User unknown'\n\n    Your message could not be delivered to\n '${C} (host: mx.other.example) (queue: smtp)' for the following\n reason:  ' Unknown host/domain name in "${C}"'\n\n    Your message follows:`,
    wanted: [`${A} unknown-user hard|soft`, `${C} unknown-host hard|soft`],
  },
  {
    program: 'Lotus Domino',
    source: 'Domino administrator help, delivery failure reports',
    subject: 'DELIVERY FAILURE: User anna (anna@r.example) not listed in Domino Directory',
    text: `Your message\n\n  Subject: x\n\nwas not delivered to:\n\n  ${A}\n\nbecause:\n\n  User anna (${A}) not listed in Domino Directory`,
    wanted: [`${A} unknown-user hard`],
  },
  {
    program: 'IBM VM SMTP and LSMTP',
    source: 'z/VM TCP/IP user guide, undeliverable mail',
    subject: 'Undeliverable Mail',
    text: `relay.sender.test unable to deliver following mail to recipient(s):\n    <${A}>\n    <${B}>\nrelay.sender.test received negative reply from host:\n    mx.r.example\n550 User unknown`,
    wanted: [`${A} unknown-user hard|soft`, `${B} unknown-user hard|soft`],
  },
  {
    program: 'Exchange 5.5',
    source: 'Internet Mail Service, non-delivery reports',
    from: 'System Administrator <postmaster@relay.sender.test>',
    subject: 'Undeliverable: x',
    text: `Your message\n\n  To:      ${A}\n  Subject: x\n  Sent:    Mon, 2 Nov 2026 10:00:00 +0100\n\ndid not reach the following recipient(s):\n\n${A} on Mon, 2 Nov 2026 10:00:10 +0100\n    The recipient name is not recognized\n        The MTS-ID of the original message is: c=US;a= ;p=X;l=Y\n    MSEXCH:IMS:X:Y:Z 0 (000C05A6) Unknown Recipient\n${B} on Mon, 2 Nov 2026 10:00:10 +0100\n    The message could not be delivered because the recipient's mailbox is full`,
    wanted: [`${A} unknown-user hard`, `${B} mailbox-full soft`],
  },
];
