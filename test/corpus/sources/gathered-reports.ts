/**
 * Reports in the forms that programs write for people, gathered from what users of those programs quote in public: help
 * pages, questions in forums, threads of issues, manuals, and the samples that other readers of bounces keep in comments.
 * Only the short diagnostics are taken, with addresses and hosts of ours. Gathered and labelled by somebody who had not
 * read the rules, before anything was run; doubts stand beside the rows, and what is from memory is called so. What
 * providers answer, as other servers report it, stands in gathered-provider-reports.ts; programs that are met less
 * often in gathered-rarer-reports.ts.
 */
import type { SourceReport } from './source-reports.ts';

const A = 'anna@r.example';
const B = 'bert@r.example';
const C = 'carla@other.example';

const RETURNED = 'Undelivered Mail Returned to Sender';

const QMAIL = `Hi. This is the qmail-send program at mail.s.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.`;

const EXIM = `This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:`;

const POSTFIX = `This is the mail system at host mail.s.example.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients. It's attached below.

                   The mail system`;

const FATAL = '   ----- The following addresses had permanent fatal errors -----';
const TRANSCRIPT = '   ----- Transcript of session follows -----';

type Row = readonly [source: string, text: string, ...wanted: string[]];

function reports(program: string, subject: string, rows: readonly Row[]): readonly SourceReport[] {
  return rows.map(([source, text, ...wanted]) => ({ program, source, subject, text, wanted }));
}

const QMAIL_ROWS: readonly Row[] = [
  [
    'samples in a bounce reader',
    `${QMAIL}\n\n<${A}>:\nThis address no longer accepts mail.\n\n<${B}>:\nThe users mailfolder is over the allowed quota (size). (#5.2.2)\n\n<${C}>:\nUnable to switch to /var/vpopmail/domains/other.example: input/output error. (#4.3.0)`,
    `${A} inactive-mailbox|unknown-user soft`, // nothing says that it never was there
    `${B} mailbox-full soft`,
    `${C} system soft`,
  ],
  [
    'thread of issues of a list manager; help page of a Chinese host',
    `${QMAIL}\n\n<${A}>:\n192.0.2.7 does not like recipient.\nRemote host said: 550 Invalid recipient: <${A}>\nGiving up on 192.0.2.7.\n\n<${B}>:\n192.0.2.8 failed after I sent the message.\nRemote host said: 550-5.7.1 Unauthenticated email from s.example is not accepted due to\n550-5.7.1 domain's DMARC policy. Please contact the administrator of\n550 5.7.1 s.example domain if this was a legitimate mail.\n\n<${C}>:\nSorry, I couldn't find a mail exchanger or IP address. (#5.4.4)`,
    `${A} unknown-user hard`,
    `${B} authentication soft`,
    `${C} unknown-host hard`,
  ],
  [
    'help page of a Chinese host; samples in a bounce reader',
    `${QMAIL}\n\n<${A}>:\nSorry, I wasn't able to establish an SMTP connection. (#4.4.1)\nI'm not going to try again; this message has been in the queue too long.\n\n<${B}>:\ncan not open new email file errno=13 file=/home/vpopmail/domains/r.example/0/bert/Maildir/tmp/1155254417.28358.mx05,S=212350\n\n<${C}>:\nThe user does not accept email in non-Western (non-Latin) character sets.`,
    `${A} network|expired soft`,
    `${B} system soft`,
    `${C} policy|content soft`,
  ],
  [
    'samples in a bounce reader (263, eYou)',
    `${QMAIL}\n\n<${A}>:\n- User disk quota exceeded. (#4.3.0)\n\n<${B}>:\n553 user is inactive (eyou mta)`,
    `${A} mailbox-full soft`,
    `${B} inactive-mailbox soft`,
  ],
];

const EXIM_ROWS: readonly Row[] = [
  [
    'samples in a bounce reader',
    `${EXIM}\n\n  ${A}\n    unknown local-part "anna" in domain "r.example"\n  ${B}\n    mailbox is full (MTA-imposed quota exceeded while writing to file /mbx201/bert/.inbox)\n  ${C}\n    unrouteable mail domain "other.example"`,
    `${A} unknown-user hard`,
    `${B} mailbox-full soft`,
    `${C} unknown-host hard`,
  ],
  [
    'help page of a German host (cPanel)',
    `${EXIM}\n\n  ${A}\n    Domain s.example has exceeded the max defers and failures per hour (5/5 (38%)) allowed. Message discarded.`,
    `${A} rate-limited|policy soft`,
  ],
  [
    'thread of issues of a list manager; question on retries',
    `${EXIM}\n\n  ${A}\n    host mx.r.example [192.0.2.7]\n    SMTP error from remote mail server after RCPT TO:<${A}>:\n    451 Temporary local problem - please try later: retry timeout exceeded\n  ${B}\n    mailbox is full: retry timeout exceeded\n  ${C}\n    all relevant MX records point to non-existent hosts`,
    `${A} system|expired soft`,
    `${B} mailbox-full|expired soft`,
    `${C} unknown-host hard`,
  ],
  [
    'thread of issues of a bounce reader (T-Online); German list of bounces',
    `|------------------------- Failed addresses follow: ---------------------|\n <${A}>\n   552 5.2.2 <${A}> Over STORAGE quota`,
    `${A} mailbox-full soft`,
  ],
];

const SENDMAIL_ROWS: readonly Row[] = [
  [
    'help page of a Polish provider',
    `The original message was received at Tue, 8 Jan 2013 04:02:43 +0100\n\n${FATAL}\n<${A}>\n    (reason: Can't create output)\n\n${TRANSCRIPT}\n550 5.0.0 <${A}>... Can't create output`,
    `${A} system|mailbox-full soft`,
  ],
  [
    'Japanese questions and answers (docomo)',
    `${FATAL}\n<${A}>\n    (reason: 550 Unknown user ${A})\n\n${TRANSCRIPT}\n... while talking to mfsmax.r.example.:\n>>> RCPT To:<${A}>\n<<< 550 Unknown user ${A}\n550 5.1.1 <${A}>... User unknown`,
    `${A} unknown-user hard`,
  ],
  [
    'help desk of a university',
    `${FATAL}\n<${A}>\n<${B}>\n\n${TRANSCRIPT}\n550 <${A}>... Host unknown (Name server: r.example: host not found)\n554 sendall: too many hops 19 (17 max): from <sam@s.example> via localhost, to <${B}>`,
    `${A} unknown-host hard`,
    `${B} system|network soft`, // no class is made for loops: the far side is set up wrongly
  ],
  [
    'samples in a bounce reader',
    `${FATAL}\n<${A}>\n\n${TRANSCRIPT}\nmail.local: /var/mail/2b/10/anna: Disc quota exceeded\n554 <${A}>... Service unavailable`,
    `${A} mailbox-full soft`,
  ],
  [
    'manual of a Unix system',
    `   ----- The following addresses had delivery problems -----\n<${A}>  (unrecoverable error)\n\n${TRANSCRIPT}\n<${A}>... Deferred: Connection timed out during user open with r.example\nCannot send message for 3 days`,
    `${A} expired|network soft`,
  ],
];

const EXCHANGE_ROWS: readonly Row[] = [
  [
    'thread of issues of a bounce reader (Online)',
    `Your message to ${A} couldn't be delivered.\n\nanna wasn't found at r.example.\n\nError Details\nReported error: 550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient ${A} not found by SMTP address lookup\nDSN generated by: FR1PR80MB0001.r.example`,
    `${A} unknown-user hard`,
  ],
  [
    'help page on reports of Online; words for users composed',
    `Your message to ${A} couldn't be delivered.\n\nr.example rejected your message because anonymous users aren't allowed.\n\nError Details\nReported error: 530 5.7.57 SMTP; Client was not authenticated to send anonymous mail during MAIL FROM [AM6PR0001.r.example]\nDSN generated by: CWLP0001.s.example`,
    `${A} policy|relaying-denied soft`,
  ],
  [
    'manual of Online (code and cause); wording from memory',
    `Delivery has failed to these recipients or groups:\n\n${A}\nYour message couldn't be delivered. Despite repeated attempts to contact the recipient's email system it didn't respond.\n\nDiagnostic information for administrators:\n\nGenerating server: AM6PR0001.s.example\n\n${A}\nRemote Server returned '550 5.4.316 Message expired, connection refused(Socket error code 10061)'`,
    `${A} expired|network soft`,
  ],
  [
    'manual of Online (diagnostic); form from memory',
    `Delivery has failed to these recipients or groups:\n\n${A}\n\nDiagnostic information for administrators:\n\nGenerating server: mail.r.example\n\n${A}\nRemote Server returned '432 4.3.2 STOREDRV.Deliver; recipient thread limit exceeded'`,
    `${A} rate-limited soft`,
  ],
  [
    'help pages of hosts (2000, 2003)',
    `Your message did not reach some or all of the intended recipients.\n\nThe following recipient(s) could not be reached:\n\n      ${A} on 09/12/2009 09:11\n            The e-mail account does not exist at the organization this message was sent to.\n            <mail.r.example #5.1.1>\n\n      ${B} on 09/12/2009 09:11\n            You do not have permission to send to this recipient. For assistance, contact your system administrator.\n            <mail.r.example #5.7.1>\n\n      ${C} on 09/12/2009 09:11\n            The destination server for this recipient could not be found in Domain Name Service (DNS). Please verify the email address and retry. If that fails, contact your administrator.\n            <mail.s.example #5.4.0>`,
    `${A} unknown-user hard`,
    `${B} policy soft`,
    `${C} unknown-host hard`,
  ],
  [
    'help pages of hosts (2000, 2003)',
    `Your message did not reach some or all of the intended recipients.\n\nThe following recipient(s) could not be reached:\n\n      ${A} on 09/12/2009 09:11\n            There was a SMTP communication problem with the recipient's email server. Please contact your system administrator.\n            <mail.s.example #5.5.0 smtp;554 <${A}>: Relay access denied>\n\n      ${B} on 09/12/2009 09:11\n            The e-mail system was unable to deliver the message, but did not report a specific reason. Check the address and try again.\n            <mail.s.example #4.0.0 smtp;450 <sam@s.example>: Sender address rejected: Domain not found>`,
    `${A} relaying-denied soft`,
    `${B} policy|authentication soft`,
  ],
  [
    'manual, German (2010); words for users from memory',
    `Fehler bei der Nachrichtenzustellung an folgende Empfänger oder Gruppen:\n\n${A}\nDie eingegebene E-Mail-Adresse konnte nicht gefunden werden.\n\nDiagnoseinformationen für Administratoren:\n\nGenerierender Server: mail.r.example\n\n${A}\n#550 5.1.1 RESOLVER.ADR.RecipNotFound; not found ##`,
    `${A} unknown-user hard`,
  ],
  [
    'manual and messages, French (2010); form from memory',
    `Échec de la remise pour ces destinataires ou groupes :\n\n${A}\nLa boîte aux lettres du destinataire est pleine et ne peut pas accepter de messages actuellement.\n\n${B}\nL'adresse électronique du destinataire a changé. L'adresse à laquelle ce message a été envoyé n'accepte plus de messages.\n\nInformations de diagnostic pour les administrateurs :\n\nServeur de génération : mail.r.example\n\n${A}\n#554 5.2.2 mailbox full ##\n\n${B}\n#550 5.1.6 ##`,
    `${A} mailbox-full soft`,
    `${B} moved hard`,
  ],
  [
    'help pages in Spanish (2010); diagnostic from memory',
    `No se pudo entregar a estos destinatarios o grupos:\n\n${A}\nEste mensaje es demasiado grande.\n\nInformación de diagnóstico para los administradores:\n\nGenerando servidor: mail.r.example\n\n${A}\n#550 5.2.3 RESOLVER.RST.RecipSizeLimit; message too large for this recipient ##`,
    `${A} too-big soft`,
  ],
];

const DOMINO_ROWS: readonly Row[] = [
  [
    'samples in bounce readers',
    `Your message\n\n  Subject: Invoice\n\nwas not delivered to:\n\n  ${A}\n\nbecause:\n\n  Recipient user name anna (${A}) not unique.  Several matches found in Domino Directory.`,
    `${A} unknown-user|system|undefined soft`, // ambiguous there, so there is an Anna
  ],
  [
    'strings that a bounce reader knows, French',
    `Your message\n\n  Subject: Facture\n\nwas not delivered to:\n\n  ${A}\n\nbecause:\n\n  Utilisateur anna (${A}) non répertorié dans l'annuaire Domino`,
    `${A} unknown-user hard`,
  ],
  [
    'samples in a bounce reader (R4)',
    `Your message\n\n  Subject: Invoice\n\nwas not delivered to:\n\n  ${A}\n\nbecause:\n\n  User anna (${A}) not listed in public Name & Address Book`,
    `${A} unknown-user hard`,
  ],
];

/** Reports by program, in the order of the rows. */
export const GATHERED_REPORTS: readonly SourceReport[] = [
  ...reports('qmail', 'failure notice', QMAIL_ROWS),
  ...reports('Exim', 'Mail delivery failed: returning message to sender', EXIM_ROWS),
  ...reports('sendmail', 'Returned mail: see transcript for details', SENDMAIL_ROWS),
  ...reports('Exchange', 'Undeliverable: Invoice', EXCHANGE_ROWS),
  ...reports('Domino', 'DELIVERY FAILURE: Invoice', DOMINO_ROWS),
  ...reports('Postfix', RETURNED, [
    [
      'thread of issues of a list manager: a content filter',
      `${POSTFIX}\n\n<${A}>: Spam message rejected\n\n<${B}>: Spam message rejected\n\n<${C}>: Spam message rejected`,
      `${A} content soft`,
      `${B} content soft`,
      `${C} content soft`,
    ],
    [
      'help page of a Chinese provider; thread of issues of a project',
      `${POSTFIX}\n\n<${A}>: message size 31457280 exceeds size limit 10485760 of server\n    mx.r.example[192.0.2.7]\n\n<${C}>: connect to lists.other.example[192.0.2.8]:25:\n    Connection timed out`,
      `${A} too-big soft`,
      `${C} network|expired soft`,
    ],
    [
      'thread of issues of an organization: a list that is gone',
      `${POSTFIX}\n\n<${A}>: Command died with status 1:\n    "/usr/lib/mailman/mail/mailman post anna". Command output: post\n    script, list not found: anna`,
      `${A} unknown-user|system soft`, // a program of the far side died; that the list is gone stands in its output
    ],
  ]),
];
