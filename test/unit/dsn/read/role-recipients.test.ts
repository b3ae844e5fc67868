/**
 * Recipients whose addresses read like words about whom to ask (`contact@`, `abuse@`), sentences that name the recipient,
 * and notices that say the code first and why further down.
 */
import { describe, expect, it } from 'vitest';
import { readReport } from '../../../../src/dsn/read/read-report.ts';

async function recipientsOf(...lines: readonly string[]) {
  const head = [
    'From: MAILER-DAEMON@relay.example',
    'To: app@sender.test',
    'Subject: Undelivered mail',
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    '',
  ];
  return (await readReport(Buffer.from([...head, ...lines, ''].join('\r\n')))).recipients;
}

const ROLES = [
  'contact',
  'contact.sales',
  'sales-contact',
  'questions',
  'assistance',
  'abuse',
  'info',
  'support',
];

describe('a recipient whose address is a word about whom to ask', () => {
  it.each(ROLES)('is the recipient: %s@', async (role) => {
    const address = `${role}@r.example`;
    for (const said of [
      `<${address}>: host mx.r.example[192.0.2.2] said: 550 5.1.1 User unknown (in reply to RCPT TO command)`,
      `Unable to send to ${address}\r\n550 No such user`,
      `We could not send your message to ${address}: mailbox full`,
      `Sending to ${address} failed: mailbox full`,
      `Your mail for ${address} couldn't be delivered: mailbox full`,
      `Your message to ${address} wasn't delivered: mailbox full`,
    ]) {
      const found = await recipientsOf('For help, contact postmaster@relay.example.', '', said);
      expect(found, said).toMatchObject([{ recipient: address }]);
    }
  });

  it('is not one where a line says to ask there', async () => {
    for (const said of [
      'Please contact support@relay.example if you have questions.',
      'For further assistance write to help@relay.example.',
      'Questions? postmaster@relay.example answers them.',
      'Contact: hostmaster@relay.example',
    ]) {
      const found = await recipientsOf(said, '', 'The mail was not taken.');
      expect(
        found.flatMap(({ recipient }) => recipient ?? []),
        said,
      ).toEqual([]);
    }
  });
});

describe('a notice of Domino in another language', () => {
  it.each([
    ['porque:', 'User anna (anna@r.example) no se encuentra en el Directorio de Domino'],
    ['parce que :', "User anna (anna@r.example) non répertorié dans l'annuaire Domino"],
    ['porque:', 'User anna (anna@r.example) não listado no Diretório do Domino'],
    ['perché:', 'User anna (anna@r.example) non elencato nella rubrica Domino'],
  ])('speaks of its own mailboxes: %s %s', async (because, words) => {
    expect(await recipientsOf('anna@r.example', '', because, '', `  ${words}`)).toMatchObject([
      { recipient: 'anna@r.example', ownMailbox: true },
    ]);
  });

  it('does not where it is one of another system', async () => {
    const words = "550 anna n'est pas dans l'annuaire";
    expect(await recipientsOf('anna@r.example', '', words)).toMatchObject([{ ownMailbox: false }]);
  });
});

describe('a notice that says the code before the reason', () => {
  const NOTICE = [
    "Your message to anna@r.example couldn't be delivered.",
    "anna wasn't found at r.example.",
    '',
    'More Info for Email Admins',
    'Status code: 550 5.1.10',
    '',
  ];

  it('is about the reply that has words', async () => {
    const error =
      'Error: 550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup';
    expect(await recipientsOf(...NOTICE, 'Error Details', error)).toMatchObject([
      { recipient: 'anna@r.example', reply: { code: 550, status: '5.1.10', text: error.slice(18) } },
    ]);
  });

  it('has its code all the same where no other reply follows', async () => {
    expect(await recipientsOf(...NOTICE, 'Have a nice day')).toMatchObject([
      { recipient: 'anna@r.example', status: '5.1.10' },
    ]);
  });
});
