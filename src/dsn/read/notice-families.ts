/**
 * The kinds of notice that follow no RFC, one row each: what they are known by, and where they differ from what
 * read-notice.ts finds in any of them (addresses that stand alone or begin a line, and the words after them). A row is
 * about a mailer, never about one message. The first that fits counts; what fits none is read all the same.
 */
import { ADDRESS } from './addresses-in-text.ts';

export interface NoticeFamily {
  readonly name: string;
  /** Looked for in sender, subject, X-Mailer and the notice, as lines `from: ...`, `subject: ...`, `mailer: ...`. */
  readonly evidence: RegExp;
  /** Recipients stand after the first line that matches. */
  readonly begins?: RegExp;
  /** And before the next that matches this. */
  readonly ends?: RegExp;
  /** A line that names a recipient, as `address` or, for local ones, `other`; `rest` begins the reason. */
  readonly recipient?: RegExp;
  /** The reason stands before the recipients. */
  readonly reasonFirst?: true;
  /** A sentence of the notice that is the reason, whatever else is quoted. */
  readonly says?: RegExp;
  /** Writes of its own mailboxes. */
  readonly ownMailboxes?: true;
  /** The recipients are told nowhere but in the returned message. */
  readonly hidesRecipients?: true;
}

const ONE = `(?<address>${ADDRESS})`;

export const NOTICE_FAMILIES: readonly NoticeFamily[] = [
  {
    name: 'google-groups',
    evidence: /groups\.google\.com\/support/,
    hidesRecipients: true,
  },
  {
    // The same subject as ezweb's, which is of the same stock.
    name: 'netscape',
    evidence:
      /due to the following reason:\s{1,8}(?:The following destination addresses were unknown|Your message was not delivered because)/i,
    begins: /undeliverable due to the following reason/i,
    recipient: new RegExp(String.raw`^\s{0,8}(?:SMTP )?<${ONE}>\s*$`, 'iu'),
    reasonFirst: true,
  },
  {
    name: 'xmail',
    evidence: /XMail bounce: Rcpt=\[/,
    recipient: new RegExp(String.raw`XMail bounce: Rcpt=\[${ONE}\];Error=\[(?<rest>[^\]]{0,400})`, 'iu'),
  },
  {
    name: 'ezweb',
    evidence: /^from: .*@(?:ezweb\.ne\.jp|au\.com)\b|^subject: Mail System Error - Returned Mail/im,
    says: /The user\(s\) account is (?:temporarily )?[a-z]+(?: quota)?|was not delivered within \d+ days?[\s\S]{0,200}?not responding/i,
  },
  {
    name: 'notes',
    ownMailboxes: true,
    evidence: /^-+ Failure Reasons +-+/im,
    begins: /^-+ Failure Reasons/i,
    reasonFirst: true,
  },
  {
    name: 'mailmarshal',
    evidence: /Could not be delivered because of[\s\S]{0,2000}The following recipients were affected/i,
    begins: /^Could not be delivered because of/i,
    ends: /^Additional Information|^=+$/i,
    reasonFirst: true,
  },
  {
    name: 'james',
    evidence: /^Error message below:/im,
    recipient: new RegExp(String.raw`^\s*(?:RCPT TO|Failed recipient\(s\)):\s*<?${ONE}`, 'iu'),
    reasonFirst: true,
  },
  {
    name: 'imail',
    ownMailboxes: true,
    evidence: /^mailer: <?SMTP32 /im,
    recipient: new RegExp(String.raw`^(?<rest>[A-Za-z][^:@<>]{3,80}?)(?: to|:) <?${ONE}>?\s*$`, 'iu'),
  },
  {
    name: 'mailing-list',
    evidence: /You are not a member of this mailing list|^subject: Loop Alert: /im,
    recipient: new RegExp(
      String.raw`^(?<rest>(?:You are not a member of this mailing list|Duplicated Message-ID in)) <${ONE}>`,
      'iu',
    ),
  },
  {
    name: 'exim',
    evidence:
      /This message was created automatically by (?:mail delivery software|the SMTP relay)|address\(es\) failed:|has not yet been delivered to one or more/i,
    begins:
      /address(?:es|\(es\))?\s*failed:?\s*$|^failed:\s*$|has not yet been delivered (?:is|are):\s*$|could not be delivered to.*:$|\u043f\u043e\u043b\u0443\u0447\u0430\u0442\u0435\u043b\u044f\u043c:\s*$/i,
    ends: /^The following text was generated during|^-{4,} |^No action is required/i,
    recipient: new RegExp(
      String.raw`^(?:(?: {1,3}|\t)?["<]?${ONE}[">]?(?::? ?(?:\((?:ultimately )?generated from [^()]{1,200}\))?)?(?<rest>.*)|(?: {2,3}|\t)(?<other>(?:save to|pipe to|an undisclosed address|\S{1,64}$).*))$`,
      'iu',
    ),
  },
  {
    name: 'sendmail',
    evidence: /-----\s?The following addresses had|-----\s?Transcript of session follows/i,
    begins: /The following addresses had/i,
    ends: /-----\s?Transcript of session follows/i,
  },
  {
    name: 'exchange-ims',
    ownMailboxes: true,
    evidence: /did not reach the following recipient\(s\):/i,
    begins: /did not reach the following recipient/i,
    recipient: new RegExp(
      String.raw`^\s{0,4}(?:(?:[^@\r\n]{0,200}\bSMTP[=:])?['"]?${ONE}['"]?;?|(?<other>[^\s:][^:]{1,80}?)) on (?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b`,
      'iu',
    ),
  },
  {
    name: 'exchange',
    evidence: /^Generating server: /im,
    begins: /^Generating server: /i,
  },
  {
    name: 'domino',
    ownMailboxes: true,
    evidence:
      /^subject: {1,4}(?:DELIVERY FAILURE|ZUSTELLUNGSFEHLER):|\bDomino[- ](?:Directory|Verzeichnis)|\b(?:[Dd]irectorio|[Dd]iret\u00f3rio|[Aa]nnuaire|[Rr]ubrica|[Aa]dresboek|[Kk]atalog\w{0,2}) (?:de |do |di |van )?Domino\b|Domino \u30c7\u30a3\u30ec\u30af\u30c8\u30ea|was not delivered to:[\s\S]{0,2000}because:/m,
    begins: /was not delivered to:|^\s*Subject:/i,
  },
  {
    name: 'mms-gateway',
    ownMailboxes: true,
    evidence: /could not be delivered to (?:the )?mobile\b/i,
    hidesRecipients: true,
  },
  {
    name: 'postfix',
    evidence:
      /This is the (?:mail system|Postfix program) at host |^subject: Undelivered Mail Returned to Sender/im,
  },
  { name: 'postfix-smtpd', evidence: /^subject: Postfix SMTP server: errors from/im },
  {
    name: 'qmail',
    evidence: /This is the .{1,40} program at |wasn't able to deliver your message to the following/i,
  },
  {
    name: 'gmail',
    evidence: /^from: .*@(?:google|gmail|googlemail)\.com\b|Google tried to deliver your message/im,
  },
  {
    name: 'yahoo',
    evidence:
      /^from: .*MAILER-DAEMON@yahoo\.|we were unable to deliver your message to the following address/im,
  },
  { name: 'opensmtpd', evidence: /This is the MAILER-DAEMON, please DO NOT REPLY/i },
  { name: 'dragonfly', evidence: /This is the DragonFly Mail Agent/i },
  { name: 'courier', evidence: /running the Courier mail server/i },
  {
    name: 'powermta',
    evidence:
      /^subject: Delivery report|a Delivery Status Notification\s+\(DSN\) report in standard format/im,
  },
  { name: 'zoho', evidence: /^from: .*@mail\.zoho\./im },
  {
    name: 'messaging-server',
    evidence: /This report relates to a message you sent with the following header fields/i,
  },
  { name: 'mailfoundry', evidence: /^Unable to deliver message to: </im },
  { name: 'm-filter', evidence: /^-+server message/im },
  { name: 'interscan', evidence: /InterScan/i },
  { name: 'surfcontrol', evidence: /A transcript of the attempts to send the message follows/i },
  { name: 'smail', evidence: /^\|-+ Failed addresses follow: -+\|/im },
];

/** `undefined`: a form of its own. */
export function noticeFamily(described: string): NoticeFamily | undefined {
  const head = described.slice(0, 16_000);
  return NOTICE_FAMILIES.find(({ evidence }) => evidence.test(head));
}
