/** Notices of programs that have a form of their own, after their sources and manuals: who is named, and what is said of each. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { loadBounceRules } from '../../../src/config/bounce-rules.ts';
import { readReports } from '../../corpus/sources/read-reports.ts';

const rules = loadBounceRules((file) => readFileSync(file, 'utf8'));

const A = 'anna@r.example';
const B = 'bert@other.example';

it.each([
  [
    'hMailServer, SMTPDeliverer',
    `Your message did not reach some or all of the intended recipients.\n\nThe following recipient(s) could not be reached:\n\n${A}\n   Error Type: SMTP\n   Remote server (192.0.2.7) issued an error.\n   hMailServer sent: RCPT TO:<${A}>\n   Remote server replied: 550 No such user here\n\n${B}\n   Error Type: SMTP\n   Remote server could not be resolved: no mail servers appear to exist for the recipient's address.\n\nhMailServer`,
    [`${A} unknown-user hard`, `${B} unknown-host hard`],
  ],
  [
    'MDaemon, a transcript with times',
    `The attached message had PERMANENT fatal delivery errors!\n\nFAILED ADDRESS: ${A}\n\n--- Session Transcript ---\n Mon 2026-03-02 10:00:00: [1:1] --> MAIL From:<app@sender.test>\n Mon 2026-03-02 10:00:00: [1:1] <-- 250 ok\n Mon 2026-03-02 10:00:00: [1:1] --> RCPT To:<${A}>\n Mon 2026-03-02 10:00:00: [1:1] <-- 550 mailbox for anna does not exist\n--- End Transcript ---`,
    [`${A} unknown-user hard`],
  ],
  [
    'Stalwart, queue dsn',
    `Your message could not be delivered to the following recipients:\n\n<${A}> (host 'mx.r.example' rejected command 'RCPT TO:<${A}>' with code 550 (5.1.1) 'No such mailbox')\n<${B}> (connection to 'mx.other.example' failed: Timeout while connecting)\n`,
    [`${A} unknown-user hard`, `${B} network soft`],
  ],
  [
    'XMail',
    `[<00>] XMail bounce: Rcpt=[${A}];Error=[552 mailbox full]\n\n[<01>] Error sending message [1.2.3] from [s.example].\n\nRcpt To:   <${A}>\nServer:    <mx.r.example> [192.0.2.7]\n\n[<02>] The reason of the delivery failure was:\n\n552 mailbox full\n`,
    [`${A} mailbox-full soft`],
  ],
  [
    'Netscape Messaging, the reason first',
    `This Message was undeliverable due to the following reason:\n\nYour message was not delivered because the destination computer was\nnot found.  Carefully check that it was spelled correctly.\n\nHost r.example not found\n\nThe following recipients did not receive your message:\n\n   <${A}>\n\nPlease reply to Postmaster@relay.sender.test\nif you feel this message to be in error.`,
    [`${A} unknown-host hard`],
  ],
  [
    'Netscape Messaging, over quota',
    `This Message was undeliverable due to the following reason:\n\nThe user(s) account is temporarily over quota.\n\n<${A}>\n\nPlease reply to <postmaster@r.example>\nif you feel this message to be in error.`,
    [`${A} mailbox-full soft`],
  ],
  [
    'Exchange in German',
    `Fehler bei der Nachrichtenzustellung an folgende Empf\u00e4nger oder Verteilerlisten:\n\n${A}\nDas Postfach des Empf\u00e4ngers ist voll und kann zurzeit keine Nachrichten annehmen.\n\nDiagnoseinformationen f\u00fcr Administratoren:\n\nGenerierender Server: x.r.example\n`,
    [`${A} mailbox-full soft`],
  ],
] as const)('%s', async (program, text, wanted) => {
  const subject = program.startsWith('Netscape') ? 'Mail System Error - Returned Mail' : 'Undeliverable';
  const figures = await readReports([{ program, source: program, subject, text, wanted }], rules);
  expect(figures.misses).toEqual([]);
});
