/**
 * What providers, filters and hosts answer, as people quote it who ask what it means: threads of issues of mail suites,
 * forwarders, list managers, bounce readers and apps. Each answer is carried by the form of the program that the person
 * had, or of one that is met often. Only the short diagnostic is taken, with addresses and hosts of ours; rows that are
 * from memory are in a group that says so. Labelled before anything was run, by somebody who had not read the rules.
 */
import { carriedReports, type AnswerGroup } from './carried-answers.ts';
import type { SourceReport } from './source-reports.ts';

const A = 'anna@r.example';

const GROUPS: readonly AnswerGroup[] = [
  [
    'Gmail, Google Workspace',
    'threads of issues of mail suites, forwarders, a forum program, a calendar and a list',
    'data > authentication soft > 550-5.7.26 Your email has been blocked because the sender is unauthenticated.\n550-5.7.26 Gmail requires all senders to authenticate with either SPF or DKIM.\n550-5.7.26\n550-5.7.26  Authentication results:\n550-5.7.26  DKIM = did not pass\n550-5.7.26  SPF [s.example] with ip: [192.0.2.1] = did not pass\n550 5.7.26  https://help.r.example/answer/81126 a640c23a62f3a - gsmtp',
    'exim data > authentication soft > 550-5.7.26 This mail is unauthenticated, which poses a security risk to the\n550-5.7.26 sender and Gmail users, and has been blocked. The sender must\n550 5.7.26 authenticate with at least one of SPF or DKIM.',
    'data > authentication soft > 421-4.7.0 This message does not pass authentication checks (SPF and DKIM both do\n421-4.7.0 not pass). SPF check for [s.example] does not pass with ip: [192.0.2.1].\n421 4.7.0 To best protect our users from spam, the message has been blocked.',
    'data > authentication soft > 550-5.7.25 [192.0.2.1] The IP address sending this message does not have a PTR record setup, or the\n550-5.7.25 corresponding forward DNS entry does not point to the sending IP.\n550 5.7.25 As a policy, Gmail does not accept messages from IPs with missing PTR records.',
    'qmail > authentication soft > 550-5.7.1 [2001:db8::1] Our system has detected that this message does\n550-5.7.1 not meet IPv6 sending guidelines regarding PTR records and\n550 5.7.1 authentication. q43si37022102eeo.243 - gsmtp',
    'data > content|reputation soft > 550-5.7.1 [192.0.2.1      12] Our system has detected that this message is\n550-5.7.1 likely unsolicited mail. To reduce the amount of spam sent to Gmail,\n550 5.7.1 this message has been blocked.',
    'data > reputation|rate-limited soft > 550-5.7.1 [192.0.2.1       1] Our system has detected an unusual rate of\n550-5.7.1 unsolicited mail originating from your IP address. To protect our\n550 5.7.1 users from spam, mail sent from your IP address has been blocked.',
    'data > rate-limited|reputation soft > 421-4.7.28 [192.0.2.1       4] Our system has detected an unusual rate of\n421-4.7.28 unsolicited mail originating from your IP address. To protect our\n421 4.7.28 users from spam, mail sent from your IP address has been temporarily rate limited.',
    "data > reputation|policy|authentication soft > 550-5.7.1 [192.0.2.1] The IP you're using to send mail is not authorized to\n550-5.7.1 send email directly to our servers. Please use the SMTP relay at your\n550 5.7.1 service provider instead.",
    "rcpt > unknown-user hard > 550-5.1.1 The email account that you tried to reach does not exist. Please try\n550-5.1.1 double-checking the recipient's email address for typos or\n550-5.1.1 unnecessary spaces. Learn more at\n550 5.1.1 https://help.r.example/?p=NoSuchUser c29si2155252wrc.110 - gsmtp",
    'exim > inactive-mailbox soft > 550-5.2.1 The email account that you tried to reach is inactive. Learn more at\n550 5.2.1 https://help.r.example/?p=DisabledUser - gsmtp',
    'rcpt > rate-limited soft > 450-4.2.1 The user you are trying to contact is receiving mail at a rate that\n450-4.2.1 prevents additional messages from being delivered. Please resend your\n450 4.2.1 message at a later time.',
    "data > too-big soft > 552-5.2.3 Your message exceeded Google's message size limits. Please visit\n552 5.2.3 https://help.r.example/?p=MaxSizeError to view our size guidelines.",
    'data > content|virus|policy soft > 552-5.7.0 This message was blocked because its content presents a potential\n552 5.7.0 security issue. l9-20020a170906a40900 - gsmtp', // the corpus of other hands reads it as policy
    'data > protocol|content soft > 550-5.7.1 [192.0.2.1] Messages missing a valid Message-ID header are not\n550 5.7.1 accepted. - gsmtp',
    'exim data > protocol|content soft > 550-5.7.1 This message is not RFC 5322 compliant. There are multiple Reply-To\n550-5.7.1 headers. To reduce the amount of spam sent to Gmail, this message has\n550 5.7.1 been blocked.',
    'gmail > rate-limited soft > 550 5.4.5 Daily user sending quota exceeded. o65sm25351206pga.71 - gsmtp',
  ],
  [
    'Outlook.com, Microsoft 365',
    'threads of issues of a webmail, a forwarder, MTAs and of documentation',
    "mail > reputation soft > 550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3150). [HK2APC01FT029.mx.r.example]",
    "gmail > reputation soft > 550 OU-001 (SNT004-MC11F3) Unfortunately, messages from 192.0.2.1 weren't sent. Please contact your Internet service provider since part of their network is on our block list.",
    'rcpt > reputation|policy soft > 550 5.7.606 Access denied, banned sending IP [192.0.2.1]. To request removal from this list please visit https://delist.r.example/ and follow the directions. (AS16012609)',
    'rcpt > reputation soft > 550 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using FBLW15; To request removal from this list please forward this message to delist@r.example',
    "data > authentication soft > 550 5.7.515 Access denied, sending domain S.EXAMPLE doesn't meet the required authentication level. The sender's domain in the 5322.From address doesn't meet the authentication requirements defined for the sender. Spf= Fail , Dkim= Pass , DMARC= Pass",
    'rcpt > unknown-user hard > 550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302). [AM6EUR05FT030.mx.r.example]', // the words are those of the RFC for any 550: the code in brackets is what says it
    'rcpt > rate-limited|system|reputation soft > 451 4.7.500 Server busy. Please try again later from [192.0.2.1]. (S77719)',
    'data > rate-limited|system soft > 450 4.7.3 Organization queue quota exceeded.',
    'exchange > reputation|policy soft > 550 5.7.708 Service unavailable. Access denied, traffic not accepted from this IP.',
    'rcpt > policy|reputation soft > 550 5.7.1 Your access to submit messages to this e-mail system has been rejected.',
  ],
  [
    'Yahoo, AOL, iCloud',
    'threads of issues of bounce readers, mail suites, apps and a chat over mail',
    `data > unknown-user hard > 554 delivery error: dd This user doesn't have a r.example account (${A}) [0] - mta1064.mail.r.example`,
    'data > unknown-user hard > 554 delivery error: dd Not a valid recipient - atlas318.free.mail.r.example',
    'mail > reputation|policy soft > 553 5.7.2 [TSS06] All messages from 192.0.2.1 will be permanently deferred; Retrying will NOT succeed. See https://help.r.example/kb/SLN3436.html',
    'exim data > policy|content|protocol soft > 554 Message not allowed - [299]',
    'data > undefined|policy|content soft > 550 Action not taken', // a bare 550 after the message is content by the reply codes
    `rcpt > unknown-user hard > 550 5.1.1 <${A}>: Recipient address rejected: r.example`,
    'data > policy soft > 554 5.7.1 [CS01] Message rejected due to local policy. Please visit https://help.r.example/HT204137',
    'yahoo > policy soft > 550 5.7.1 Message rejected due to local policy. Please visit https://help.r.example/HT204137',
    `rcpt > reputation soft > 550 5.7.0 Blocked - see https://help.lists.example/dnsbl-lookup.cgi?ip=192.0.2.1: ${A}`,
    'yahoo > policy|system|undefined soft > 550 5.7.1 Service unavailable',
  ],
  [
    'GMX, Free, laposte.net, Orange',
    'threads of issues of a manager of clubs, a contest and bounce readers',
    'exim data > policy soft > 554-Transaction failed\n554-Reject due to policy restrictions.\n554 For explanation visit https://postmaster.r.example/de/case?c=r0735&i=ip&v=192.0.2.1',
    'data > content soft > 550 spam detected',
    'data > rate-limited|reputation|policy soft > 550 5.5.0 Service refuse. Veuillez essayer plus tard. service refused, please try later. LPN007_510',
    'rcpt > inactive-mailbox soft > 550 5.1.1 Boite du destinataire archivee. Archived recipient. LPN004_420 [420]',
    'data > content|reputation|policy soft > 550 5.2.0 Mail rejete. Mail rejected. ofr_506 [506]',
    'greeting > reputation soft > 550 mwinf5c14 ME Adresse IP source bloquee pour incident de spam. Client host blocked for spamming issues. OFR006_102 [102]',
  ],
  [
    'Spamhaus, Barracuda, Abusix, Proofpoint, Mimecast, MailChannels, AT&T, Yandex, rspamd',
    'threads of issues of servers and apps, a list of odd answers',
    'rcpt > reputation|system soft > 554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org; Error: open resolver; https://www.lists.example/returnc/pub/192.0.2.53', // the list refuses the asker, not the sender
    'exim > reputation|content soft > 550-"JunkMail rejected - mail.s.example\n550-(s.example) [192.0.2.1]:34032 is in an RBL, see\n550 https://www.lists.example/query/ip/192.0.2.1"',
    'data > reputation soft > 554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using k3y.combined.mail.lists.example; https://lookup.lists.example/search?q=192.0.2.1',
    'data > reputation|policy soft > 550 5.7.0 Blocked - see https://ipcheck.lists.example/?ip=192.0.2.1',
    'rcpt > policy soft > 550 Envelope blocked - User Entry - https://community.r.example/docs/DOC-1369#550 [gz1Vvz1VN9]',
    'exim > system|rate-limited soft > 451 Internal resource temporarily unavailable - https://community.r.example/docs/DOC-1369#451 [x]',
    'exim data > authentication soft > 550 5.7.1 [BFD] Sender prohibited by SPF',
    'mail > reputation soft > 553 5.3.0 alpd681 DNSBL:RBL 521< 192.0.2.1 >_is_blocked.For assistance forward this error to abuse_rbl@r.example',
    'data > content soft > 554 5.7.1 [2] Message rejected under suspicion of SPAM; https://ya.example/1IrBc 1631900360-h4Ajl35YEe-dK78OYi4',
    'gmail > content soft > 550 High probability of spam',
    'ses > policy|reputation soft > 550-Your message was rejected by this user and was not delivered',
    'data > policy|content soft > 554 5.7.1 This message does not meet our delivery requirements',
    'exchange > authentication|policy soft > 554 5.7.1 Rejected due to potential send/reply spoof attempt, make sure your sending domain has a DMARC policy',
    'rcpt > reputation|policy soft > 550 ip in prison',
    'rcpt > policy|reputation soft > 554 5.7.1 The recipient definitively does not want your mail. It will not be delivered but analyzed again.  We may feed it to a spam blacklist.',
  ],
  [
    'hosts and companies, the mailbox',
    'threads of issues of mail suites, relays, forwarders and bounce readers; an authors file',
    `rcpt > unknown-user hard > 550 5.1.1 <${A}>: Recipient address rejected: User unknown in virtual mailbox table`,
    `rcpt > unknown-user soft > 550 5.7.1 <${A}>: Recipient address rejected: Recipient not found`, // 5.7.x
    'rcpt > unknown-user hard > 550 5.1.1 Address does not exist. xV1r0v6Deqaq',
    'exim > unknown-user hard > 550 Mailbox does not exist!',
    `ses > unknown-user hard > 550 5.1.1 <${A}>... User`, // cut off by the notifier
    `ses > unknown-user hard > 550 5.1.1 5.1.1 <${A}>: Recipient address rejected`,
    'rcpt > unknown-user hard > 550-Callout verification failed:\n550-550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP\n550 address lookup',
    `esa > unknown-user hard > 5.1.0 - Unknown address error 550-'5.1.1 Mailbox <${A}> does not exist'`,
    'google > unknown-user|policy soft > 550 #5.1.0 Address rejected.', // does not say that it is not there
    `exim > unknown-user|mailbox-full soft > 550 <${A}>: Destinatario desconocido o mailbox lleno`,
    `rcpt > policy|unknown-user soft > 554 5.7.1 <${A}>: Recipient address rejected: Access denied`,
    `rcpt > inactive-mailbox soft > 550 5.7.1 <${A}>: Recipient address rejected:  Inactive MailBox, not poped for more than 6 months`,
    `rcpt > mailbox-full soft > 552 5.2.2 <${A}>: Recipient address rejected: User over quota`,
    'rcpt > mailbox-full soft > 552 5.2.2 Over quota SESSIONID=<mail.r.example-15031-1344498797-2>',
    'ses > mailbox-full soft > 550 5.2.5 Folder full',
    `rcpt > rate-limited soft > 550 5.1.1 <${A}>  - 192.0.2.1 has sent to too many recipients this hour. IB607  <http://x.example/rlbounce>`,
    `rcpt > unknown-host soft > 450 4.1.2 <${A}>: Recipient address rejected: Domain not found`,
  ],
  [
    'hosts and companies, the sender and the rest',
    'threads of issues of mail suites, relays, forwarders and mail libraries',
    'exim > relaying-denied soft > 550 relay not permitted!',
    `rcpt > relaying-denied soft > 550 Relay denied for <${A}>`,
    `google > relaying-denied|authentication soft > 550 5.7.1 <${A}>... Relaying denied. IP name lookup failed [192.0.2.1]`,
    'exim > policy|authentication soft > 550-Verification failed for <sam@s.example>\n550-The mail server could not deliver mail to sam@s.example.  The account or domain may not exist, they may be blacklisted, or missing the proper dns entries.\n550 Sender verify failed',
    'rcpt > policy|authentication soft > 550-Verification failed for <sam@s.example>\n550-Unrouteable address\n550 Sender verify failed',
    'rcpt > policy|authentication soft > 550 5.1.0 MailProtect : Domain of sender address sam@s.example does not exist',
    'rcpt > policy|authentication soft > 554 5.1.8 <sam@s.example>: Sender address rejected: Domain not found',
    'data > policy|authentication|protocol soft > 550 5.2.0 <sam@s.example> From: Domain is invalid. Please provide a valid From: IB506 <http://x.example/srbounce>',
    'exim > policy|authentication soft > 550-Callback setup failed while verifying <sam@s.example>\n550-(result of an earlier callout reused).\n550-The initial connection, or a HELO or MAIL FROM:<> command was\n550-rejected. This host does not accept mail from domains whose servers\n550 refuse bounces.',
    'rcpt > protocol|policy|authentication soft > 504 5.5.2 <localhost>: Helo command rejected: need fully-qualified hostname',
    'exim > protocol|policy|authentication soft > 550 Access denied - Invalid HELO name (See RFC2821 4.1.1.1)',
    'google > system soft > 500 Internal Server Error',
    `rcpt > system soft > 451 4.3.0 <${A}>: Temporary lookup failure`,
    'exchange > network|expired soft > 554 5.4.0 <mx1.r.example #4.4.1>',
    'data > reputation|policy soft > 550 Error for anna@r.example of "Invalid greeting. response=550 5.7.0 Blocked - see https://help.lists.example/dnsbl-lookup.cgi?ip=192.0.2.7"',
    'data > system|network soft > 550 connect EADDRNOTAVAIL 192.0.2.9:443 - Local (192.0.2.7:0)',
    'data > system|network soft > 554 5.4.0 Error: too many hops',
    'ses > too-big soft > 552 #5.3.4 message size exceeds limit',
    'exim data > too-big soft > 550 Error reading data, max message size exceeded',
    'data > content soft > 550 Mail content denied [MJ8vvB3Z9HILDyk IP: 192.0.2.1]. https://service.r.example/detail/122/171.',
    'data > policy|authentication soft > 550 Domain may not exist or DNS check failed', // that of the sender
  ],
  [
    'Gmail, Cyrus, rspamd, a host',
    'from memory, each for a thread that speaks of it',
    'rcpt > mailbox-full soft > 452-4.2.2 The email account that you tried to reach is over quota. Please direct\n452 4.2.2 the recipient to https://help.r.example/?p=OverQuotaTemp - gsmtp',
    'exim > unknown-user hard > 550-Mailbox unknown.  Either there is no mailbox associated with this\n550-name or you do not have authorization to see it.\n550 5.1.1 User unknown',
    'data > virus soft > 554 5.7.1 clamav: virus found: "Eicar-Test-Signature"',
    'exim > mailbox-full|too-big soft > 552 Requested mail action aborted: exceeded storage allocation',
    `rcpt > rate-limited soft > 450 4.7.1 <${A}>: Recipient address rejected: Email Sending Quota Exceeded`,
  ],
];

export const QUOTED_ANSWERS: readonly SourceReport[] = carriedReports(GROUPS);
