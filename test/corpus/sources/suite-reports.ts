/**
 * Reports of older mail programs, groupware, hosted suites and gateways, in the form of program-reports.ts. Labelled
 * before anything was run.
 */
import type { ReportEntry } from './gathered-entry.ts';

export const SUITE_REPORTS: readonly ReportEntry[] = [
  {
    program: 'sendmail, a delay',
    language: 'en',
    source: 'https://informit.com/articles/article.aspx?p=170904&seqNum=3',
    subject: 'Warning: could not send message for past 14 hours',
    text: '    **********************************************\n    **      THIS IS A WARNING MESSAGE ONLY      **\n    **  YOU DO NOT NEED TO RESEND YOUR MESSAGE  **\n    **********************************************\n\nThe original message was received at Fri, 05 Mar 2004 19:29:27 -0600\nfrom mail.m.example [192.0.2.50]\n\n   ----- The following addresses had transient non-fatal errors -----\n<user@r.example>\n\n   ----- Transcript of session follows -----\n<user@r.example>... Deferred: Connection refused by mail.r.example.\nWarning: message still undelivered after 14 hours\nWill keep trying until message is 5 days old\n',
    labels: ['user@r.example 4 network soft'],
  },
  {
    program: 'sendmail 5',
    language: 'en',
    source:
      'Zen and the Art of the Internet, http://softlab.ntua.gr/facilities/documentation/internet/zen-1.0/zen-1.0_14.html',
    from: 'Mail Delivery Subsystem <MAILER-DAEMON@m.example>',
    subject: 'Returned mail: User unknown',
    text: '   ----- Transcript of session follows -----\nWhile talking to cs.r.example:\n>>> RCPT To:<lsimpson@cs.r.example>\n<<< 550 <lsimpson@cs.r.example>... User unknown\n550 lsimpson... User unknown\n\n   ----- Unsent message follows -----\n',
    labels: ['lsimpson@cs.r.example 5 unknown-user hard'],
  },
  {
    program: 'Lotus Domino',
    language: 'en',
    source: 'the tests of the Drupal module inmail, its sample nouser.eml',
    subject: 'DELIVERY FAILURE: User environment (environment@r.example) not listed in Domino Directory',
    text: 'Your message\n\n  Subject: We want a toxic-free future\n\nwas not delivered to:\n\n  environment@r.example\n\nbecause:\n\n  User environment (environment@r.example) not listed in Domino Directory\n',
    labels: ['environment@r.example 5 unknown-user hard'],
  },
  {
    program: 'Oracle messaging server at iCloud',
    language: 'en',
    source: 'https://github.com/netneutrality/savetheinternet.in/issues/166',
    subject: 'Delivery Notification: Delivery has failed',
    text: "Your message cannot be delivered to the following recipients:\n\n Recipient address: abcsrcp2112@r.example\n Reason: Remote SMTP server has rejected address\n Diagnostic code: smtp;550-5.1.1 The email account that you tried to reach does not exist. Please try the recipient's email address for typos or spaces. Learn more at https://help.r.example/mail/answer/6596 t8si11697642ywb.299 - gs\n Remote system: dns;smtp-in.l.r.example (TCP|192.0.2.103|53619|192.0.2.27|25) (mx.r.example ESMTP t8si11697642ywb.299 - gsmtp)\n",
    labels: ['abcsrcp2112@r.example 5 unknown-user hard'],
  },
  {
    program: 'hMailServer',
    language: 'vi',
    source:
      'https://www.hainhan.com/vn/ho-tro/huong-dan/cac-thong-bao-email-thuong-gap/ (words), https://www.calzadamedia.com/knowledgebase/kb11/message-undeliverable/ (form)',
    subject: 'Message undeliverable: Hello',
    text: 'Your message did not reach some or all of the intended recipients.\n\n   Sent: Mon, 16 Jul 2012 19:17:22 +0100\n   Subject: Hello\n\nThe following recipient(s) could not be reached:\n\nthanh@r.example\n   Error Type: SMTP\n   Remote server replied: 550 Unknown user.\n',
    labels: ['thanh@r.example 5 unknown-user soft'],
  },
  {
    program: 'hMailServer',
    language: 'vi',
    source:
      'https://www.hainhan.com/vn/ho-tro/huong-dan/cac-thong-bao-email-thuong-gap/ (words), https://www.calzadamedia.com/knowledgebase/kb11/message-undeliverable/ (form)',
    subject: 'Message undeliverable: Hello',
    text: 'Your message did not reach some or all of the intended recipients.\n\n   Sent: Mon, 16 Jul 2012 19:17:22 +0100\n   Subject: Hello\n\nThe following recipient(s) could not be reached:\n\nhoa@r.example\n   Error: Host name: 192.0.2.12, message: A connection attempt failed because the connected party did not properly respond after a period of time, or established connection failed because connected host has failed to respond. Tried 5 time(s)\n',
    labels: ['hoa@r.example ? network|expired soft'],
  },
  {
    program: 'hMailServer',
    language: 'vi',
    source:
      'https://www.hainhan.com/vn/ho-tro/huong-dan/cac-thong-bao-email-thuong-gap/ (words), https://www.calzadamedia.com/knowledgebase/kb11/message-undeliverable/ (form)',
    subject: 'Message undeliverable: Hello',
    text: 'Your message did not reach some or all of the intended recipients.\n\n   Sent: Mon, 16 Jul 2012 19:17:22 +0100\n   Subject: Hello\n\nThe following recipient(s) could not be reached:\n\nlinh@r.example\n   Error Description: Inbox is full. Additional information: The recipients inbox is full.\n',
    labels: ['linh@r.example 5 mailbox-full soft'],
  },
  {
    program: 'Exchange Online',
    language: 'en',
    source: 'crisp-oss/email-bounce-parser 550_5_1_1_no_such_user_variant_25',
    subject: 'Undeliverable: Re: Hello',
    text: "Your message to yannja@r.example couldn't be delivered.\nyannja wasn't found at r.example.\nbounces+34l5kj34lkerfg2. . .       Office 365      yannja\nAction Required                 Recipient\nUnknown To address\n\nHow to Fix It\nThe address may be misspelled or may not exist.\n\nMore Info for Email Admins\nStatus code: 550 5.1.10\n\nOriginal Message Details\nCreated Date:   11/23/2023 6:57:39 PM\nSender Address: bounces+34l5kj34lkerfg2@on.s.example\nRecipient Address:      yannja@r.example\nSubject:        Re: Hello\n\nError Details\nError:  550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient yannja@r.example not found by SMTP address lookup\n",
    labels: ['yannja@r.example 5 unknown-user hard'],
  },
  {
    program: 'Exchange Online',
    language: 'en',
    source: 'crisp-oss/email-bounce-parser 550_5_4_310_server_unknown',
    subject: 'Undeliverable: Hello',
    text: "Delivery has failed to these recipients or groups:\n\ntest@r.example (test@r.example)<mailto:test@r.example>\nYour message couldn't be delivered. The Domain Name System (DNS) reported that the recipient's domain does not exist.\n\nDiagnostic information for administrators:\n\nGenerating server: REZSP40BP8110.m.example\n\ntest@r.example\nRemote server returned '550 5.4.310 DNS domain r.example does not exist [Message=InfoDomainNonexistent] [LastAttemptedServerName=r.example]'\n",
    fields: [
      'Final-Recipient: rfc822;test@r.example\nAction: failed\nStatus: 5.4.310\nDiagnostic-Code: smtp;550 5.4.310 DNS domain r.example does not exist [Message=InfoDomainNonexistent] [LastAttemptedServerName=r.example]\nX-Display-Name: test@r.example',
    ],
    labels: ['test@r.example 5 unknown-host hard'],
  },
  {
    program: 'Exchange Online',
    language: 'en',
    source: 'crisp-oss/email-bounce-parser 550_5_7_129_restricted_permissions',
    subject: 'Undeliverable: Hello',
    text: "Delivery has failed to these recipients or groups:\n\ncion.ralbes@r.example<mailto:cion.ralbes@r.example>\nYour message couldn't be delivered to the recipient because you don't have permission to send to it.\n\nAsk the recipient's email admin to add you to the accept list for the recipient.\n\nDiagnostic information for administrators:\n\nGenerating server: EV2MR07MI7830.m.example\n\ncion.ralbes@r.example\nRemote server returned '550 5.7.129 RESOLVER.RST.RestrictedToRecipientsPermission; not authorized to send to recipient because the sender isn't on the recipient's list of senders to accept mail from'\n",
    labels: ['cion.ralbes@r.example 5 policy soft'],
  },
  {
    program: 'Hotmail',
    language: 'en',
    source: 'crisp-oss/email-bounce-parser 554_5_2_2_mailbox_full',
    subject: 'Undeliverable: Hello',
    text: "Delivery has failed to these recipients or groups:\n\narte@r.example<mailto:arte@r.example>\nThe recipient's mailbox is full and can't accept messages now. Please try resending your message later, or contact the recipient directly.\n\nDiagnostic information for administrators:\n\nGenerating server: PH7PR02MB9549495.m.example\n\narte@r.example\nRemote server returned '554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException; Failed to process message due to a permanent exception with message [BeginDiagnosticData]Microsoft Unified Storage is full. QuotaExceededException: Microsoft Unified Storage is full.[EndDiagnosticData] [Stage: DeliverMessage]'\n",
    labels: ['arte@r.example 5 mailbox-full soft'],
  },
  {
    program: 'sendmail of Proofpoint',
    language: 'en',
    source: 'crisp-oss/email-bounce-parser 550_5_1_1_no_such_user_variant_22',
    subject: 'Returned mail: see transcript for details',
    text: "The original message was received at Thu, 23 Nov 2023 20:19:40 GMT\nfrom m0216107.m.example [127.0.0.1]\n\n   ----- The following addresses had permanent fatal errors -----\n<social-2728@r.example>\n    (reason: 550-5.1.1 The email account that you tried to reach does not exist. Please try)\n\n   ----- Transcript of session follows -----\n... while talking to aspmx.l.r.example.:\n>>> DATA\n<<< 550-5.1.1 The email account that you tried to reach does not exist. Please try\n<<< 550-5.1.1 double-checking the recipient's email address for typos or\n<<< 550-5.1.1 unnecessary spaces. Learn more at\n<<< 550 5.1.1  https://urldefense.m.example/v3/__https://help.r.example/mail/?p=NoSuchUser__ cd8-20020a05690c088800b005b024ae94a9si626077ywb.512 - gsmtp\n550 5.1.1 <social-2728@r.example>... User unknown\n<<< 503-5.5.1 RCPT first. Please visit\n<<< 503 5.5.1 specifications for more information. - gsmtp\n",
    labels: ['social-2728@r.example 5 unknown-user hard'],
  },
  {
    program: 'sendmail before Barracuda',
    language: 'en',
    source: 'https://luxsci.com/blog/?p=16857',
    subject: 'Returned mail: see transcript for details',
    text: 'The original message was received at Wed, 15 Sep 2010 07:26:52 -0500\nfrom 192.0.2.1.m.example [192.0.2.1]\n\n   ----- The following addresses had permanent fatal errors -----\n<user@y.r.example>\n    (reason: 554 Service unavailable; Client host [server1.s.example] blocked using Barracuda Reputation; http://bbl.r.example/q.cgi?ip=192.0.2.1)\n<user@g.r.example>\n    (reason: 554 Service unavailable; Client host [server1.s.example] blocked using Barracuda Reputation; http://bbl.r.example/q.cgi?ip=192.0.2.1)\n\n   ----- Transcript of session follows -----\n... while talking to mail.r.example.:\n>>> DATA\n<<< 554 Service unavailable; Client host [server1.s.example] blocked using Barracuda Reputation; http://bbl.r.example/q.cgi?ip=192.0.2.1\n554 5.0.0 Service unavailable\n',
    labels: ['user@y.r.example 5 reputation soft', 'user@g.r.example 5 reputation soft'],
  },
  {
    program: 'qmail at Bluehost before SpamCop',
    language: 'en',
    source: 'https://blog.inframes.com/2013/08 (a recipient of ours where the page has none)',
    subject: 'failure notice',
    text: "Hi. This is the qmail-send program at roproxy1-pub.m.example.\nI'm afraid I wasn't able to deliver your message to the following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n<sales@r.example>:\n192.0.2.95 does not like recipient.\nRemote host said: 554 5.7.1 Rejected - your IP address was found in a blacklist for sending spam. Please visit:\nhttp://spamcop.r.example/bl.shtml?192.0.2.25\nGiving up on 192.0.2.95.\n",
    labels: ['sales@r.example 5 reputation soft'],
  },
  {
    program: "qmail before Gmail's DMARC",
    language: 'en',
    source: 'https://github.com/bruceg/ezmlm-idx/issues/11',
    subject: 'failure notice',
    text: "Hi. This is the qmail-send program at m.example.\nI'm afraid I wasn't able to deliver your message to the following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n<tom@umail.r.example>:\n192.0.2.27 failed after I sent the message.\nRemote host said: 550-5.7.1 Unauthenticated email from s.example is not accepted due to\n550-5.7.1 domain's DMARC policy. Please contact the administrator of\n550-5.7.1 s.example domain if this was a legitimate mail. Please visit\n550-5.7.1  https://help.r.example/mail/answer/2451690 to learn about the\n550 5.7.1 DMARC initiative. r75si5694561wmf.156 - gsmtp\n",
    labels: ['tom@umail.r.example 5 authentication soft'],
  },
  {
    program: 'MessageLabs',
    language: 'en',
    source:
      'https://knowledge.broadcom.com/external/article/162445/ (form and one of its reasons, put together)',
    from: 'MAILER-DAEMON@messagelabs.m.example',
    subject: 'failure notice',
    text: 'This is the mail delivery agent at messagelabs.m.example.\nI was unable to deliver your message to the following addresses:\n\npaul@r.example\n\nReason: 552 MS-Office file containing VBA macros found inside of the email\n',
    labels: ['paul@r.example 5 content|virus|policy soft'],
  },
  {
    program: 'MessageLabs',
    language: 'en',
    source:
      'https://knowledge.broadcom.com/external/article/162445/ (form and one of its reasons, put together)',
    from: 'MAILER-DAEMON@messagelabs.m.example',
    subject: 'failure notice',
    text: 'This is the mail delivery agent at messagelabs.m.example.\nI was unable to deliver your message to the following addresses:\n\nnina@r.example\n\nReason: 552 5.3.4 Message size exceeds fixed maximum message size\n',
    labels: ['nina@r.example 5 too-big soft'],
  },
  {
    program: 'GoDaddy before a loop',
    language: 'sv en',
    source: "https://se.godaddy.com/help/vad-ar-en-e-postavvisning-3568 (words), in qmail's form",
    subject: 'failure notice',
    text: "Hi. This is the qmail-send program at m.example.\nI'm afraid I wasn't able to deliver your message to the following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n<holly@r.example>:\nThis message is looping: it already has my Delivered-To line. (#5.4.6)\n",
    labels: ['holly@r.example 5 system|protocol|network soft'],
  },
];
