/**
 * Notices with several recipients, in forms composed for this: a line names the recipient in some way, and lines about it
 * follow. Written before the reader was tried on them, then its reader was mended: seen.
 */
import type { SourceReport } from './source-reports.ts';

const A = 'anna@r.example';
const B = 'bert@r.example';
const C = 'carla@other.example';

type Row = readonly [program: string, text: string, ...wanted: string[]];

const GONE_FULL = [`${A} unknown-user hard`, `${B} mailbox-full soft`] as const;

const ROWS: readonly Row[] = [
  [
    'failed to deliver to',
    `Failed to deliver to '<${A}>'\nSMTP module(domain r.example) reports:\n r.example: 550 5.1.1 User unknown\n\nFailed to deliver to '<${B}>'\nLOCAL module(account bert) reports:\n account is full (quota exceeded)`,
    ...GONE_FULL,
  ],
  [
    'message to X failed',
    `The message to ${A} failed:\n550 5.1.1 No such user\n\nThe message to ${B} failed:\n552 5.2.2 Mailbox full`,
    ...GONE_FULL,
  ],
  [
    'delivery to X refused',
    `Delivery to <${A}> was refused.\nThe server said: 550 5.1.1 unknown user\n\nDelivery to <${B}> was refused.\nThe server said: 552 5.2.2 over quota`,
    ...GONE_FULL,
  ],
  [
    'could not send to',
    `We could not send your mail to "${A}"\n   550 5.1.1 unknown recipient\nWe could not send your mail to "${B}"\n   452 4.2.2 mailbox full`,
    ...GONE_FULL,
  ],
  [
    'undeliverable to',
    `Undeliverable to [${A}]\nReason: 550 5.1.1 mailbox not found\n\nUndeliverable to [${B}]\nReason: 552 5.2.2 quota exceeded`,
    ...GONE_FULL,
  ],
  [
    'numbered',
    `Your message could not be delivered to:\n\n1. ${A}\n   550 5.1.1 User unknown\n\n2. ${B}\n   552 5.2.2 Mailbox full`,
    ...GONE_FULL,
  ],
  ['with an arrow', `${A} -> 550 5.1.1 User unknown\n${B} -> 552 5.2.2 Mailbox full`, ...GONE_FULL],
  ['with equals signs', `${A} = 550 5.1.1 User unknown\n${B} = 552 5.2.2 Mailbox full`, ...GONE_FULL],
  [
    'labelled blocks',
    `Recipient: ${A}\nResult: failed\nReason: 550 5.1.1 User unknown\n\nRecipient: ${B}\nResult: failed\nReason: 552 5.2.2 Mailbox full`,
    ...GONE_FULL,
  ],
  [
    'a table',
    `Recipient            Error\n-------------------  -----------------------\n${A}   550 5.1.1 User unknown\n${B}   552 5.2.2 Mailbox full`,
    ...GONE_FULL,
  ],
  [
    'for X',
    `Error for ${A}:\n  550 5.1.1 User unknown\nError for ${B}:\n  552 5.2.2 Mailbox full`,
    ...GONE_FULL,
  ],
  [
    'Empfänger',
    `Ihre Nachricht konnte nicht zugestellt werden.\n\nEmpfänger: ${A}\nGrund: 550 5.1.1 Benutzer unbekannt\n\nEmpfänger: ${B}\nGrund: 552 5.2.2 Postfach voll`,
    ...GONE_FULL,
  ],
  [
    'destinataire',
    `Votre message n'a pas pu être remis.\n\nDestinataire : ${A}\nMotif : 550 5.1.1 utilisateur inconnu\n\nDestinataire : ${B}\nMotif : 552 5.2.2 boîte pleine`,
    ...GONE_FULL,
  ],
  [
    'destinatario',
    `Su mensaje no pudo ser entregado.\n\nDestinatario: <${A}>\nMotivo: 550 5.1.1 usuario desconocido\n\nDestinatario: <${B}>\nMotivo: 552 5.2.2 buzón lleno`,
    ...GONE_FULL,
  ],
  [
    '收件人',
    `您的邮件未能送达。\n\n收件人：${A}\n退信原因：550 5.1.1 用户不存在\n\n收件人：${B}\n退信原因：552 5.2.2 邮箱已满`,
    ...GONE_FULL,
  ],
  [
    '宛先',
    `メールを配信できませんでした。\n\n宛先：${A}\n理由：550 5.1.1 宛先不明\n\n宛先：${B}\n理由：552 5.2.2 メールボックスが一杯です`,
    ...GONE_FULL,
  ],
  [
    'получатель',
    `Ваше письмо не доставлено.\n\nПолучатель: ${A}\nПричина: 550 5.1.1 пользователь не найден\n\nПолучатель: ${B}\nПричина: 552 5.2.2 ящик переполнен`,
    ...GONE_FULL,
  ],
  [
    'odbiorca',
    `Wiadomość nie została dostarczona.\n\nOdbiorca: ${A}\nPowód: 550 5.1.1 użytkownik nie istnieje\n\nOdbiorca: ${B}\nPowód: 552 5.2.2 skrzynka jest pełna`,
    ...GONE_FULL,
  ],
  [
    'semicolons',
    `${A}; Failed; 5.1.1 (bad destination mailbox address)\n${B}; Failed; 5.2.2 (mailbox full)\n${C}; Failed; 4.4.1 (no answer from host)`,
    ...GONE_FULL,
    `${C} network soft`,
  ],
  [
    'a sentence for each',
    `Your mail to ${A} could not be delivered because the user does not exist (550 5.1.1).\nYour mail to ${B} could not be delivered because the mailbox is full (552 5.2.2).`,
    ...GONE_FULL,
  ],
  [
    'a refusal for each',
    `The server r.example refused ${A}: 550 5.1.1 User unknown\nThe server r.example refused ${B}: 552 5.2.2 Mailbox full`,
    ...GONE_FULL,
  ],
];

export const BLOCK_REPORTS: readonly SourceReport[] = ROWS.map(([program, text, ...wanted]) => ({
  program,
  source: 'composed',
  subject: 'Undeliverable mail',
  text,
  wanted,
}));
