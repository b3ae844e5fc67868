/**
 * Reports of mail servers and appliances, whole or in part, as threads and test samples of other projects have them. Cut
 * to the lines that say who and why; addresses are ours. Labels as in regional-reports.ts. Where the form is from one
 * source and the words from another, both are named. Labelled before anything was run.
 */
import type { ReportEntry } from './gathered-entry.ts';

export const PROGRAM_REPORTS: readonly ReportEntry[] = [
  {
    program: 'Haraka',
    language: 'en',
    source: 'https://github.com/haraka/Haraka/issues/568',
    subject: 'failure notice',
    text: "Hi. This is the Haraka Mailer program at mail.m.example.\nI'm afraid I wasn't able to deliver your message to the following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n<user@r.example>: Too many failures (Tried all MXs)\n\n--- Below this line is a copy of the message.\n\nReceived: (Haraka outbound); Tue, 29 Apr 2014 12:27:44 -0400\n",
    labels: ['user@r.example ? network|expired|system|undefined soft'],
  },
  {
    program: 'Haraka',
    language: 'en',
    source:
      'https://github.com/haraka/Haraka/issues/848 (the log of the thread: a blocked client, which the notice does not say)',
    subject: 'failure notice',
    text: "Hi. This is the Haraka Mailer program at mxbt1.m.example.\nI'm afraid I wasn't able to deliver your message to the following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\nIntended Recipients: <hanna.cole@r.example>\nFailure Reason: Error: Some recipients failed: <hanna.cole@r.example>\n",
    labels: ['hanna.cole@r.example 5 undefined|policy|reputation|system soft'],
  },
  {
    program: 'Cisco ESA',
    language: 'en',
    source:
      'https://github.com/sisimai/p5-sisimai/issues/409 (words), RIPE-NCC/whois testMail/permanentFailureMessageRfc822.mail (form)',
    from: '"Mail Delivery System" <noreply@ces.m.example>',
    subject: 'Delivery Status Notification (Failure)',
    text: "The following message to <petra.lind@r.example> was undeliverable.\nThe reason for the problem:\n5.1.0 - Unknown address error 550-'5.1.1 Mailbox <petra.lind@r.example> does not exist'\n",
    fields: [
      "Final-Recipient: rfc822;petra.lind@r.example\nAction: failed\nStatus: 5.0.0 (permanent failure)\nRemote-MTA: dns; [192.0.2.4]\nDiagnostic-Code: smtp; 5.1.0 - Unknown address error 550-'5.1.1 Mailbox <petra.lind@r.example> does not exist' (delivery attempts: 0)",
    ],
    labels: ['petra.lind@r.example 5 unknown-user hard'],
  },
  {
    program: 'Cisco ESA',
    language: 'ko',
    source:
      'https://puffinknight.tistory.com/102 (words), RIPE-NCC/whois testMail/permanentFailureMessageRfc822.mail (form)',
    from: '"Mail Delivery System" <noreply@ces.m.example>',
    subject: 'Delivery Status Notification (Failure)',
    text: "The following message to <minji@r.example> was undeliverable.\nThe reason for the problem:\n5.1.0 - Unknown address error 550-'Transaction failed. (SPAM_SUSPECT:IP_CONTROL) (http://cleanip.r.example)'\n",
    fields: [
      "Final-Recipient: rfc822;minji@r.example\nAction: failed\nStatus: 5.0.0 (permanent failure)\nRemote-MTA: dns; [192.0.2.5]\nDiagnostic-Code: smtp; 5.1.0 - Unknown address error 550-'Transaction failed. (SPAM_SUSPECT:IP_CONTROL) (http://cleanip.r.example)' (delivery attempts: 0)",
    ],
    labels: ['minji@r.example 5 reputation|policy|content soft'],
  },
  {
    program: 'Cisco ESA',
    language: 'en',
    source: 'AsyncOS 7.3 daily management guide, bounce logs (words), RIPE-NCC/whois (form)',
    from: '"Mail Delivery System" <noreply@ces.m.example>',
    subject: 'Delivery Status Notification (Failure)',
    text: "The following message to <george@r.example> was undeliverable.\nThe reason for the problem:\n5.1.0 - Unknown address error 550-'<george@r.example>... Relaying denied'\n",
    fields: [
      "Final-Recipient: rfc822;george@r.example\nAction: failed\nStatus: 5.0.0 (permanent failure)\nRemote-MTA: dns; [192.0.2.6]\nDiagnostic-Code: smtp; 5.1.0 - Unknown address error 550-'<george@r.example>... Relaying denied' (delivery attempts: 0)",
    ],
    labels: ['george@r.example 5 relaying-denied soft'],
  },
  {
    program: 'sendmail behind a security filter',
    language: 'en',
    source: 'RIPE-NCC/whois testMail/permanentFailureMessageRfc822Noc.mail',
    subject: 'Undeliverable message',
    text: 'Your message could not be delivered.\n',
    fields: [
      'Original-Recipient: rfc822;noc@r.example\nFinal-Recipient: RFC822; First.Person@r.example\nAction: failed\nStatus: 5.7.1\nRemote-MTA: DNS; mx0.r.example\nDiagnostic-Code: SMTP; 550 5.7.1 This message is blocked due to security reason\nLast-Attempt-Date: Thu, 4 Apr 2024 09:26:40 +0300',
      'Original-Recipient: rfc822;noc@r.example\nFinal-Recipient: RFC822; Second.Person@r.example\nAction: failed\nStatus: 5.7.1\nRemote-MTA: DNS; mx0.r.example\nDiagnostic-Code: SMTP; 550 5.7.1 This message is blocked due to security reason\nLast-Attempt-Date: Thu, 4 Apr 2024 09:26:40 +0300',
    ],
    labels: [
      'First.Person@r.example 5 policy|content|virus soft',
      'Second.Person@r.example 5 policy|content|virus soft',
    ],
  },
  {
    program: 'Exim',
    language: 'en',
    source: 'RIPE-NCC/whois testMail/permanentFailureMessageRfc822Real.mail',
    subject: 'Mail delivery failed: returning message to sender',
    text: 'This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n  testing4@r.example\n    Unknown user\n',
    fields: ['Action: failed\nFinal-Recipient: rfc822;testing4@r.example\nStatus: 5.0.0'],
    labels: ['testing4@r.example 5 unknown-user soft'],
  },
  {
    program: 'Exim, a delay',
    language: 'en',
    source: 'RIPE-NCC/whois testMail/messageDelayedRfc822Headers.mail',
    subject: 'Warning: message xxxxxx-00025j-1r delayed 4 hours',
    text: 'This message was created automatically by mail delivery software.\nA message that you sent has not yet been delivered to one or more of its\nrecipients after more than 4 hours on the queue on m.example.\n\nThe address to which the message has not yet been delivered is:\n\n  test-dbm@r.example\n\nNo action is required on your part. Delivery attempts will continue for\nsome time, and this warning may be repeated at intervals if the message\nremains undelivered. Eventually the mail delivery software will give up,\nand when that happens, the message will be returned to you.\n',
    fields: ['Action: delayed\nFinal-Recipient: rfc822;test-dbm@r.example\nStatus: 4.0.0'],
    labels: ['test-dbm@r.example 4 undefined|network|system|expired soft'],
  },
  {
    program: 'Postfix with address verification',
    language: 'en',
    source: 'hitobito/hitobito spec/fixtures/email/bounce.eml',
    subject: 'Undelivered Mail Returned to Sender',
    text: 'This is the mail system at host mx01.m.example.\n\nI\'m sorry to have to inform you that your message could not\nbe delivered to one or more recipients. It\'s attached below.\n\n                   The mail system\n\n<nothing@r.example>: host mx.r.example[192.0.2.35] said: 550 5.1.1\n    <nothing@r.example>: Recipient address rejected: undeliverable address:\n    unknown user: "nothing@r.example" (in reply to RCPT TO command)\n',
    fields: [
      'Final-Recipient: rfc822; nothing@r.example\nOriginal-Recipient: rfc822;nothing@r.example\nAction: failed\nStatus: 5.1.1\nRemote-MTA: dns; mx.r.example\nDiagnostic-Code: smtp; 550 5.1.1 <nothing@r.example>: Recipient address\n    rejected: undeliverable address: unknown user: "nothing@r.example"',
    ],
    labels: ['nothing@r.example 5 unknown-user hard'],
  },
  {
    program: 'Postfix, its own users',
    language: 'ja',
    source: 'discourse/discourse spec/fixtures/emails/bounced_email_multiple_status_codes.eml',
    subject: 'Undelivered Mail Returned to Sender',
    text: 'Your email bounced\n',
    fields: [
      'Final-Recipient: rfc822; linux-admin@r.example\nOriginal-Recipient: rfc822;linux-admin@r.example\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: X-Postfix; unknown user: "linux-admin"',
      'Final-Recipient: rfc822; foo@r.example\nOriginal-Recipient: rfc822;foo@r.example\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: X-Postfix; unknown user: "foo"',
    ],
    labels: ['linux-admin@r.example 5 unknown-user hard', 'foo@r.example 5 unknown-user hard'],
  },
  {
    program: 'SmarterMail',
    language: 'en',
    source: 'https://github.com/rgl/MailBounceDetector/issues/10',
    subject: 'Delivery Failure',
    text: "Could not deliver message to the following recipient(s):\n\nFailed Recipient: huhhup123124@r.example\nReason: Remote host said: 550 5.1.1 The email account that you tried to reach does not exist. Please try\n5.1.1 double-checking the recipient's email address for typos or\n5.1.1 unnecessary spaces. Learn more at\n5.1.1  https://help.r.example/mail/?p=SuchUser 4-v6si5409935edh.451 - gsmtp\n",
    labels: ['huhhup123124@r.example 5 unknown-user hard'],
  },
  {
    program: 'SmarterMail',
    language: 'en',
    source: 'http://support.rackteam.com/kb/a136/common-email-delivery-errors-you-may-receive.aspx',
    subject: 'Delivery Failure',
    text: "Could not deliver message to the following recipient(s):\n\nFailed Recipient: user@r.example\nReason: Failed to connect to the recipients mail server. No MX records were found for the 'r.example' domain.\n\nFailed all attempts to connect to the recipients mail server.\nAttempted to send the message to the following ip's: 192.0.2.77\n",
    labels: ['user@r.example ? unknown-host hard'],
  },
  {
    program: 'SmarterMail',
    language: 'en',
    source: 'http://support.rackteam.com/kb/a136/common-email-delivery-errors-you-may-receive.aspx',
    subject: 'Delivery Failure',
    text: 'Could not deliver message to the following recipient(s):\n\nFailed Recipient: user2@r.example\nReason: The mailbox is full\n',
    labels: ['user2@r.example 5 mailbox-full soft'],
  },
  {
    program: 'SmarterMail',
    language: 'en',
    source: 'http://kb.indsoft.net/kb/a70/common-email-delivery-errors.aspx',
    subject: 'Delivery Failure',
    text: 'Could not deliver message to the following recipient(s):\n\nFailed Recipient: user3@r.example\nReason: The domain size limit has been exceeded\n',
    labels: ['user3@r.example 5 mailbox-full|system soft'],
  },
  {
    program: 'OpenSMTPD',
    language: 'en',
    source:
      'https://github.com/OpenSMTPD/OpenSMTPD/issues/687 (a wrong heading, as the thread says: nothing was delivered)',
    subject: 'Delivery status notification: error',
    text: '    Hi!\n\n    This is the MAILER-DAEMON, please DO NOT REPLY to this e-mail.\n\n    Your message was successfully delivered to these recipients.\n\nmarie@etu.r.example: Network error on destination MXs\n\n    Below is a copy of the original message:\n',
    labels: ['marie@etu.r.example ? network|unknown-host soft'],
  },
  {
    program: 'OpenSMTPD',
    language: 'en',
    source:
      'https://github.com/OpenSMTPD/OpenSMTPD/issues/687 (a wrong heading, as the thread says: nothing was delivered)',
    subject: 'Delivery status notification: error',
    text: '    Hi!\n\n    This is the MAILER-DAEMON, please DO NOT REPLY to this e-mail.\n\n    Your message was successfully delivered to these recipients.\n\nanneli@etu.r.example: Envelope expired\n\n    Below is a copy of the original message:\n',
    labels: ['anneli@etu.r.example ? expired|network soft'],
  },
  {
    program: 'Postfix with a milter before Sympa',
    language: 'fr',
    source: 'https://github.com/sympa-community/sympa/issues/447',
    subject: 'Undelivered Mail Returned to Sender',
    text: "This is the mail system at host m.example.\n\nI'm sorry to have to inform you that your message could not\nbe delivered to one or more recipients. It's attached below.\n\n                   The mail system\n\n<camille.ct@r.example>: Spam message rejected\n\n<lm0@r.example>: Spam message rejected\n\n<noel-ro@r.example>: Spam message rejected\n",
    fields: [
      'Final-Recipient: rfc822; camille.ct@r.example\nOriginal-Recipient: rfc822;camille.ct@r.example\nAction: failed\nStatus: 5.7.1\nDiagnostic-Code: X-Postfix; Spam message rejected',
      'Final-Recipient: rfc822; lm0@r.example\nOriginal-Recipient: rfc822;lm0@r.example\nAction: failed\nStatus: 5.7.1\nDiagnostic-Code: X-Postfix; Spam message rejected',
      'Final-Recipient: rfc822; noel-ro@r.example\nOriginal-Recipient: rfc822;noel-ro@r.example\nAction: failed\nStatus: 5.7.1\nDiagnostic-Code: X-Postfix; Spam message rejected',
    ],
    labels: [
      'camille.ct@r.example 5 content|policy soft',
      'lm0@r.example 5 content|policy soft',
      'noel-ro@r.example 5 content|policy soft',
    ],
  },
  {
    program: 'Postfix before a forwarder',
    language: 'en',
    source: 'https://github.com/openhatch/oh-mainline/issues/605',
    subject: 'Undelivered Mail Returned to Sender',
    text: "This is the mail system at host mail.m.example.\n\nI'm sorry to have to inform you that your message could not\nbe delivered to one or more recipients. It's attached below.\n\n               The mail system\n\n<Lordname.PmgDoC0V@forwarder.r.example>: host\n    linode.r.example[192.0.2.254] said: 550 5.1.1\n    <Lordname.PmgDoC0V@forwarder.r.example>: Recipient address rejected:\n    User unknown in virtual alias table (in reply to RCPT TO command)\n",
    labels: ['Lordname.PmgDoC0V@forwarder.r.example 5 unknown-user hard'],
  },
  {
    program: 'Postfix delivering into a full box',
    language: 'en',
    source: 'https://github.com/rjbs/Mail-DeliveryStatus-BounceParser/pull/2',
    subject: 'Undelivered Mail Returned to Sender',
    text: 'Your message could not be delivered.\n',
    fields: [
      'Final-Recipient: rfc822; xxx@r.example\nOriginal-Recipient: rfc822;xxx@r.example\nAction: failed\nStatus: 5.2.2\nDiagnostic-Code: X-Postfix; Mailbox is full',
    ],
    labels: ['xxx@r.example 5 mailbox-full soft'],
  },
  {
    program: 'a program with X-Supplementary-Info',
    language: 'en',
    source: 'https://github.com/sisimai/p5-sisimai/issues/312',
    subject: 'Delivery Status Notification (Failure)',
    text: 'Your message could not be delivered.\n',
    fields: [
      'Final-recipient: RFC822; email@r.example\nAction: failed\nStatus: 5.0.0\nRemote-MTA: dns; 192.0.2.32\nX-Supplementary-Info: <192.0.2.32 #5.0.0 smtp; 550 "Unknown User">',
    ],
    labels: ['email@r.example 5 unknown-user soft'],
  },
  {
    program: 'a program with X-Supplementary-Info',
    language: 'en',
    source: 'https://github.com/sisimai/p5-sisimai/issues/312',
    subject: 'Delivery Status Notification (Failure)',
    text: 'Your message could not be delivered.\n',
    fields: [
      'Final-recipient: RFC822; email@y.r.example\nAction: failed\nStatus: 5.0.0\nRemote-MTA: dns; mta5.r.example\nX-Supplementary-Info: <mta5.r.example #5.0.0 smtp; 554 delivery error:\n dd Sorry, your message to email@y.r.example cannot be delivered. This\n mailbox is disabled (554.30). - mta4490.mail.r.example>',
    ],
    labels: ['email@y.r.example 5 inactive-mailbox soft'],
  },
  {
    program: 'a maildir delivery with X-Unix, a delay',
    language: 'en',
    source: 'https://github.com/sisimai/go-sisimai/issues/23',
    subject: 'NOTICE: mail delivery status.',
    text: 'Your message could not be delivered yet.\n',
    fields: [
      'Final-Recipient: rfc822; owner@r.example\nAction: delayed\nStatus: 4.0.0\nDiagnostic-Code: X-Unix; maildir delivery failed: error\n    writing message: Disc quota exceeded\nWill-Retry-Until: Wed, 16 Dec 2009 13:59:41 +0000 (GMT)',
    ],
    labels: ['owner@r.example 4 mailbox-full|system soft'],
  },
  {
    program: "Mautic's sender, host not found",
    language: 'cs',
    source: 'https://github.com/mautic/mautic/issues/2480',
    subject: 'Returned email: Testovaci',
    text: 'Your message could not be delivered.\n',
    fields: [
      'Original-Recipient: sdfgsdfg@r.example\nFinal-Recipient: rfc822;sdfgsdfg@r.example\nAction: failed\nStatus: 5.4.4\nDiagnostic-Code: DNS; Host not found',
    ],
    labels: ['sdfgsdfg@r.example 5 unknown-host hard'],
  },
  {
    program: 'Postfix, host not found',
    language: 'de',
    source: 'https://github.com/mailcow/mailcow-dockerized/issues/1647',
    subject: 'Undelivered Mail Returned to Sender',
    text: "This is the mail system at host m.example\n\nI'm sorry to have to inform you that your message could not\nbe delivered to one or more recipients. It's attached below.\n\n                   The mail system\n\n<root@host.r.example>: Host\n    or domain name not found. Name service error for\n    name=host.r.example type=A: Host not found\n",
    labels: ['root@host.r.example ? unknown-host hard'],
  },
];
