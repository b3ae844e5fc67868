/** The wordings of paraphrased-replies.ts as reports: Postfix quotes each as the answer to RCPT. */
import { writtenLines } from './read-written.ts';
import type { SourceReport } from './source-reports.ts';

const ADDRESS_CLASSES = ['unknown-user', 'unknown-host', 'moved'];

export function paraphrasedReports(text: string): readonly SourceReport[] {
  return writtenLines(text).map(({ program, classes, text: reply }) => {
    const isPermanent = reply.startsWith('5');
    const status = /\b[45]\.\d{1,3}\.\d{1,3}\b/.exec(reply)?.[0] ?? `${reply.charAt(0)}.0.0`;
    const isHard = ADDRESS_CLASSES.includes(classes) && isPermanent;
    return {
      program,
      source: 'composed',
      subject: 'Undelivered Mail Returned to Sender',
      text: `This is the mail system at host mail.s.example.\n\n<anna@r.example>: host mx.r.example[192.0.2.7] said:\n    ${reply} (in reply to RCPT TO command)`,
      fields: [
        `Final-Recipient: rfc822; anna@r.example\nAction: failed\nStatus: ${status}\nDiagnostic-Code: smtp; ${reply}`,
      ],
      wanted: [`anna@r.example ${classes} ${isHard ? 'hard' : 'soft'}`],
    };
  });
}
