import { describe, expect, it } from 'vitest';
import { transactionCommands } from '../../../../src/smtp/client/commands.ts';
import { outbound } from '../../../support/outbound.ts';

const ALL = ['SIZE 1000', '8BITMIME', 'SMTPUTF8', 'DSN', 'REQUIRETLS', 'PIPELINING'];

function hop(keywords: readonly string[], inTls = false) {
  const extensions = new Map(
    keywords.map((keyword): [string, string] => {
      const [name = '', value = ''] = keyword.split(' ');
      return [name, value];
    }),
  );
  return { extensions, inTls };
}

describe('MAIL and RCPT', () => {
  it('are bare where the hop offers nothing', () => {
    const transaction = outbound(
      [{ recipient: 'a@x.test', notify: ['failure'], originalRecipient: 'rfc822;a@x.test' }],
      { bodyType: '8bitmime', smtpUtf8: true, dsnReturn: 'full', envelopeId: 'id', sizeBytes: 5_000 },
    );
    expect(transactionCommands(transaction, hop([]))).toEqual({
      kind: 'commands',
      mail: 'MAIL FROM:<sender@example.test>',
      rcpts: ['RCPT TO:<a@x.test>'],
    });
  });

  it('carry what the hop offers and the message has', () => {
    const transaction = outbound(
      [
        { recipient: 'a@x.test', notify: ['success', 'failure'], originalRecipient: 'rfc822;a+b=c@x.test' },
        { recipient: 'b@x.test', notify: ['never'], originalRecipient: undefined },
        'c@x.test',
      ],
      {
        reversePath: '',
        bodyType: '8bitmime',
        smtpUtf8: true,
        requireTls: true,
        dsnReturn: 'hdrs',
        envelopeId: 'QQ 314=1',
        sizeBytes: 900,
      },
    );
    expect(transactionCommands(transaction, hop(ALL, true))).toEqual({
      kind: 'commands',
      mail: 'MAIL FROM:<> SIZE=900 BODY=8BITMIME SMTPUTF8 REQUIRETLS RET=HDRS ENVID=QQ+20314+3D1',
      rcpts: [
        'RCPT TO:<a@x.test> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;a+2Bb+3Dc@x.test',
        'RCPT TO:<b@x.test> NOTIFY=NEVER',
        'RCPT TO:<c@x.test>',
      ],
    });
  });

  it('carry priority and the time that is left to hops that offer them, and to no others', () => {
    const deliverBy = { seconds: 90, mode: 'return', trace: true } as const;
    const transaction = outbound(['a@x.test'], { priority: 0, deliverBy });
    expect(transactionCommands(transaction, hop(['MT-PRIORITY MIXER', 'DELIVERBY 90']))).toMatchObject({
      mail: 'MAIL FROM:<sender@example.test> MT-PRIORITY=0 BY=90;RT',
    });
    expect(transactionCommands(transaction, hop([]))).toMatchObject({
      mail: 'MAIL FROM:<sender@example.test>',
    });
    const late = outbound(['a@x.test'], { deliverBy: { seconds: -7, mode: 'notify', trace: false } });
    expect(transactionCommands(late, hop(['DELIVERBY 600']))).toMatchObject({
      mail: 'MAIL FROM:<sender@example.test> BY=-7;N',
    });
  });

  it('do not go to a hop that promises less than what is asked for', () => {
    const deliverBy = { seconds: 89, mode: 'return', trace: false } as const;
    expect(transactionCommands(outbound(['a@x.test'], { deliverBy }), hop(['DELIVERBY 90']))).toMatchObject({
      kind: 'unsendable',
      status: '5.4.7',
    });
  });

  it('leave out a parameter that nobody asked for', () => {
    expect(transactionCommands(outbound(['a@x.test'], { sizeBytes: 3 }), hop(ALL))).toMatchObject({
      mail: 'MAIL FROM:<sender@example.test> SIZE=3',
      rcpts: ['RCPT TO:<a@x.test>'],
    });
  });

  it('ask for SMTPUTF8 when an address needs it, and write ORCPT in ASCII', () => {
    const transaction = outbound([
      { recipient: 'jürgen@x.test', notify: undefined, originalRecipient: 'rfc822;jürgen 😀@x.test' },
    ]);
    expect(transactionCommands(transaction, hop(ALL))).toMatchObject({
      mail: expect.stringContaining(' SMTPUTF8') as string,
      rcpts: ['RCPT TO:<jürgen@x.test> ORCPT=utf-8;j\\x{FC}rgen\\x{20}\\x{1F600}@x.test'],
    });
  });

  it('leave out what would be too long or is no ORCPT', () => {
    const transaction = outbound(
      [
        { recipient: 'a@x.test', notify: undefined, originalRecipient: `rfc822;${'a'.repeat(600)}@x.test` },
        { recipient: 'b@x.test', notify: undefined, originalRecipient: 'nonsense' },
      ],
      { envelopeId: 'x'.repeat(101) },
    );
    expect(transactionCommands(transaction, hop(['DSN']))).toMatchObject({
      mail: 'MAIL FROM:<sender@example.test>',
      rcpts: ['RCPT TO:<a@x.test>', 'RCPT TO:<b@x.test>'],
    });
  });
});

describe('unsendable', () => {
  it('is a message beyond SIZE', () => {
    expect(transactionCommands(outbound(['a@x.test'], { sizeBytes: 1_001 }), hop(ALL))).toMatchObject({
      kind: 'unsendable',
      status: '5.3.4',
    });
    for (const extensions of [['SIZE'], ['SIZE 0'], ['SIZE nonsense'], []])
      expect(transactionCommands(outbound(['a@x.test'], { sizeBytes: 1_001 }), hop(extensions)).kind).toBe(
        'commands',
      );
  });

  it('are the recipients with non-ASCII local parts where SMTPUTF8 is not offered', () => {
    expect(transactionCommands(outbound(['a@x.test', 'ü@x.test']), hop(['8BITMIME']))).toMatchObject({
      kind: 'unsendable',
      status: '5.6.7',
      forwardPaths: [1],
    });
  });

  it('is a message from a non-ASCII local part where SMTPUTF8 is not offered', () => {
    const result = transactionCommands(
      outbound(['a@x.test'], { reversePath: 'ü@example.test' }),
      hop(['8BITMIME']),
    );
    expect(result).toMatchObject({ kind: 'unsendable', status: '5.6.7' });
    expect(result).not.toHaveProperty('forwardPaths');
  });

  it('is not a message that merely allows SMTPUTF8', () => {
    expect(transactionCommands(outbound(['a@x.test'], { smtpUtf8: true }), hop([]))).toMatchObject({
      mail: 'MAIL FROM:<sender@example.test>',
    });
  });

  it('is a message that requires TLS where the hop does not promise it', () => {
    const transaction = outbound(['a@x.test'], { requireTls: true });
    for (const where of [hop(ALL, false), hop(['DSN'], true)])
      expect(transactionCommands(transaction, where)).toMatchObject({ kind: 'unsendable', status: '5.7.30' });
  });

  it.each([
    'a@x.test>\r\nRCPT TO:<b@x.test',
    'a@x.test> NOTIFY=NEVER',
    'a b@x.test',
    'a\u0000@x.test',
    'a@x.test\n',
    '"a\r\n"@x.test',
    'a',
    '<a@x.test>',
  ])('is an address that could leave its command: %j', (recipient) => {
    expect(transactionCommands(outbound([recipient]), hop(ALL))).toMatchObject({
      kind: 'unsendable',
      status: '5.1.3',
      forwardPaths: [0],
    });
    expect(transactionCommands(outbound(['a@x.test'], { reversePath: recipient }), hop(ALL))).toMatchObject({
      kind: 'unsendable',
      status: '5.1.7',
    });
  });

  it('is not a quoted local part', () => {
    for (const recipient of ['"a b"@x.test', '"a>b"@x.test', '"a\\"b"@x.test', 'a@[IPv6:::1]'])
      expect(transactionCommands(outbound([recipient]), hop(ALL)).kind).toBe('commands');
  });
});
