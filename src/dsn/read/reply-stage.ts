/**
 * What a reply answered, from the words around it: every mailer says in its own way whether the recipient, the sender
 * or the message itself was refused. Rules and suppression hang on it: "user unknown" to RCPT is about the address, the
 * same after the message is mostly a filter that does not want to say so.
 */
import type { ReportedStage } from './report.ts';

const WORDS: readonly (readonly [RegExp, ReportedStage])[] = [
  // Postfix
  [/in reply to (?:the )?end of DATA command/i, 'final'],
  [/in reply to (?:the )?RCPT TO command/i, 'rcpt'],
  [/in reply to (?:the )?MAIL FROM command/i, 'mail'],
  [/in reply to (?:the )?DATA command/i, 'data'],
  [/in reply to (?:the )?(?:EHLO|HELO|STARTTLS) command/i, 'ehlo'],
  [/refused to talk to me|while receiving the initial server greeting/i, 'greeting'],
  [/while sending (?:RCPT TO|MAIL FROM|message body|end of data)/i, 'data'],
  // Exim, mail.ru, GMX
  [/after (?:pipelined )?(?:sending )?(?:end of data|message content)/i, 'final'],
  [/(?:after|for) (?:pipelined )?RCPT(?: TO|\b)/i, 'rcpt'],
  [/(?:after|for) (?:pipelined )?MAIL(?: FROM|\b)/i, 'mail'],
  [/after (?:pipelined )?DATA\b/i, 'data'],
  [/after (?:EHLO|HELO|STARTTLS)\b/i, 'ehlo'],
  [/after initial connection|initial connection with/i, 'greeting'],
  // qmail and its kin
  [/failed after I sent the message/i, 'final'],
  [/does not like recipient/i, 'rcpt'],
  [/but sender was rejected|does not like (?:the )?sender/i, 'mail'],
  [/failed on DATA command/i, 'data'],
  [/my name was rejected/i, 'ehlo'],
  [/but greeting failed/i, 'greeting'],
  [/wasn't able to establish an SMTP connection/i, 'connect'],
  // DragonFly, X3, Yahoo, SendGrid, PowerMTA, Messaging Server, and others
  [/did not like our final DATA/i, 'final'],
  [/did not like our RCPT/i, 'rcpt'],
  [/did not like our MAIL/i, 'mail'],
  [/did not like our DATA/i, 'data'],
  [/did not like our (?:EHLO|HELO)/i, 'ehlo'],
  [
    /SMTP:RCPT\b|\[RCPT[_ ]TO\]|\bin RCPT TO\b|following RCPT command|remote SMTP server has rejected address/i,
    'rcpt',
  ],
  [
    /SMTP:MAIL\b|\[MAIL[_ ]FROM\]|\bin MAIL FROM\b|following MAIL command|server rejected MAIL FROM address/i,
    'mail',
  ],
  [/SMTP:DATA\b|\[DATA\]|following DATA command/i, 'data'],
  // hMailServer, Stalwart, KumoMTA, and others that name the command before the reply
  [/\b(?:sent:|command:?|response to|reply to) ['"]?RCPT\b/i, 'rcpt'],
  [/\b(?:sent:|command:?|response to|reply to) ['"]?MAIL\b/i, 'mail'],
  // Cisco's ESA, of what answered RCPT
  [/\bUnknown address error\b/i, 'rcpt'],
  // m-FILTER
  [/SMTP command\s+RCPT\b/i, 'rcpt'],
  [/SMTP command\s+DATA\b/i, 'data'],
  // Gmail numbers the states of its client: 13 and 14 wait for RCPT, 17 for DATA, 18 for the final dot.
  [/\(state 1[34]\)/, 'rcpt'],
  [/\(state 17\)/, 'data'],
  [/\(state 18\)/, 'final'],
  [
    /^connect to |connection (?:timed out|refused)|could not connect|unable to connect|host not reachable/i,
    'connect',
  ],
];

/** `undefined` when the words do not tell. */
export function stageInWords(text: string): ReportedStage | undefined {
  const head = text.slice(0, 4_000).replace(/\s+/g, ' ');
  return WORDS.find(([pattern]) => pattern.test(head))?.[1];
}

/** The stage that a command of the dialogue begins: `RCPT To:<...>`, `DATA`. */
export function stageOfCommand(command: string): ReportedStage | undefined {
  const verb = /^\s*([A-Za-z]{4})/.exec(command)?.[1]?.toLowerCase();
  if (verb === 'rcpt') return 'rcpt';
  if (verb === 'mail') return 'mail';
  if (verb === 'data' || verb === 'bdat') return 'data';
  return verb === 'ehlo' || verb === 'helo' ? 'ehlo' : undefined;
}
