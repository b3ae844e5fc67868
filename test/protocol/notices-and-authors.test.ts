/** What mail systems write by themselves and cron writes through them, octet for octet, over SMTP. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StoreError } from '../../src/store/errors.ts';
import { Wire } from './support/dialogue.ts';
import {
  credential,
  domain,
  networkCredential,
  startFixture,
  type Fixture,
} from './support/submission-fixture.ts';

let relay: Fixture;
beforeEach(async () => {
  relay = await startFixture();
});
afterEach(() => relay.stop());

const crlf = (text: string) => text.replaceAll('\n', '\r\n');

const REPORT_BODY = crlf(`
This is a MIME-encapsulated message.

--9F2.1732429951/web1.localdomain
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; web1.localdomain

Final-Recipient: rfc822; nobody@customer.test
Action: failed
Status: 5.1.1

--9F2.1732429951/web1.localdomain--
`);
const POSTFIX =
  crlf(`Received: by web1.localdomain (Postfix)
	id 9F2A04; Tue, 24 Nov 2026 06:12:31 +0000 (UTC)
Date: Tue, 24 Nov 2026 06:12:31 +0000 (UTC)
From: MAILER-DAEMON@web1.localdomain (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: app@example.org
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
	boundary="9F2.1732429951/web1.localdomain"
Content-Transfer-Encoding: 8bit
Message-Id: <20261124061231.9F2A04@web1.localdomain>
`) + REPORT_BODY;
const OPENSMTPD = crlf(`Subject: Delivery status notification: error
From: Mailer Daemon <MAILER-DAEMON@web1.localdomain>
To: app@example.org
Date: Tue, 24 Nov 2026 06:12:31 +0000 (UTC)
MIME-Version: 1.0
Content-Type: multipart/mixed;boundary="7e2/web1.localdomain"

--7e2/web1.localdomain

    Hi!

--7e2/web1.localdomain--
`);
const NULLMAILER = crlf(`From: Message Delivery Subsystem <MAILER-DAEMON@web1.localdomain>
To: app@example.org
Subject: Returned mail: Could not send message
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="nullmailer"
${REPORT_BODY.replaceAll('\r\n', '\n')}`);
const DMA = crlf(`Received: from MAILER-DAEMON
	id 5f2.65616b2f.1
	by web1 (DragonFly Mail Agent v0.13);
	Tue, 24 Nov 2026 06:12:31 +0000
X-Original-To: <app@example.org>
From: MAILER-DAEMON <>
To: app@example.org
Subject: Mail delivery failed
Message-Id: <65616b2f.5f2.1@web1>
Date: Tue, 24 Nov 2026 06:12:31 +0000

This is the DragonFly Mail Agent v0.13 at web1.
`);
const CRON = crlf(`From: root (Cron Daemon)
To: admin@example.net
Subject: Cron <root@web1> run-parts /etc/cron.daily
MIME-Version: 1.0
Content-Type: text/plain; charset=UTF-8
Auto-Submitted: auto-generated
X-Cron-Env: <SHELL=/bin/sh>

done
`);
const REWRITTEN = 'From: Mail Delivery System <mailer-daemon@example.org>\r\n';

async function send(from: string, content: string | Buffer, on: Fixture = relay): Promise<string> {
  const wire = await Wire.open(on.tlsPort, { implicitTls: true });
  await wire.reply();
  await wire.login();
  const said = await wire.message(from, ['someone@example.net'], content);
  wire.destroy();
  return said;
}

const stored = (on: Fixture = relay) => on.spool.last.bytes.toString();
/** The From fields of what is stored, unfolded. */
const froms = () =>
  [...stored().matchAll(/^(?:X-Original-)?From:.*(?:\r\n[ \t].*)*\r\n/gm)].map(([field]) =>
    field.trimEnd().replace(/\r\n[ \t]/g, ' '),
  );

describe('the notice of a satellite', () => {
  it.each([
    ['Postfix', POSTFIX, ' MAILER-DAEMON@web1.localdomain (Mail Delivery System)'],
    ['OpenSMTPD', OPENSMTPD, ' Mailer Daemon <MAILER-DAEMON@web1.localdomain>'],
    ['nullmailer', NULLMAILER, ' Message Delivery Subsystem <MAILER-DAEMON@web1.localdomain>'],
    ['dma', DMA, ' MAILER-DAEMON <>'],
  ])('%s gets an author of the account, and nothing else is changed', async (_program, notice, given) => {
    expect(await send('', notice)).toMatch(/^250 2\.0\.0 Ok: queued as msg_/);
    expect(
      stored().endsWith(notice.replace(/^From:.*\r\n/m, `${REWRITTEN}X-Original-From:${given}\r\n`)),
    ).toBe(true);
    const { facts, remarks } = relay.spool.last;
    expect(facts).toMatchObject({
      reversePath: '',
      headerFrom: 'mailer-daemon@example.org',
      signingDomain: 'example.org',
    });
    expect(remarks).toEqual({ original_from: given.trim() });
    expect(relay.log.find(({ event }) => event === 'message accepted')).toMatchObject({
      original_from: given.trim(),
    });
  });

  it.each([
    ['a report', 'Content-Type: Multipart/Report; boundary=x\r\n', 'Web <web@web1.localdomain>'],
    ['said to be automatic', 'Auto-Submitted: auto-generated\r\n', 'Web <web@web1.localdomain>'],
    ['of postmaster', '', 'Postmaster@web1.localdomain'],
    ['of MAILER-DAEMON without a domain', '', 'MAILER-DAEMON (Mail Delivery System)'],
    ['of MAILER-DAEMON in brackets without a domain', '', 'Mail <Mailer-Daemon>'],
    ['of MAILER-DAEMON at no domain that could be', '', '<MAILER-DAEMON@web_1..lan>'],
  ])('is what is %s', async (_what, field, from) => {
    expect(await send('', `${field}From: ${from}\r\nSubject: x\r\n\r\nBody\r\n`)).toMatch(/^250/);
    expect(froms()).toEqual([REWRITTEN.trim(), `X-Original-From: ${from}`]);
  });

  it.each([
    ['from a person', '', '', /^550 5\.7\.1 <web@web1\.localdomain>/],
    ['that says it is not automatic', '', 'Auto-Submitted: no\r\n', /^550 5\.7\.1 <web@web1\.localdomain>/],
    ['with a reverse-path', 'app@example.org', 'Auto-Submitted: auto-replied\r\n', /^550 5\.7\.1 <web@web1/],
  ])('is not a message %s', async (_what, reversePath, field, expected) => {
    const message = `${field}From: web@web1.localdomain\r\nSubject: x\r\n\r\nBody\r\n`;
    expect(await send(reversePath, message)).toMatch(expected);
    expect(relay.spool.accepted).toHaveLength(0);
  });

  it('whose author may be one keeps its author: an answer of somebody who is away', async () => {
    const message =
      'From: Ann <ann@example.org>\r\nAuto-Submitted: auto-replied\r\nSubject: away\r\n\r\nBody\r\n';
    expect(await send('', message)).toMatch(/^250/);
    expect(stored().endsWith(message)).toBe(true);
    expect(relay.spool.last.remarks).toBeUndefined();
  });

  it('is refused where the key says so', async () => {
    const strict = await startFixture({ config: { rewriteNoticeFrom: false } });
    expect(await send('', POSTFIX, strict)).toMatch(/^550 5\.7\.1 <MAILER-DAEMON@web1\.localdomain>/);
    expect(await send('', DMA, strict)).toMatch(/^554 5\.6\.0 The From field is not understood/);
    await strict.stop();
  });

  it('is from the verified domain above its host, else the credential’s first, else the oldest of the account', async () => {
    relay.directory.domains.push(
      domain('example.net', { createdAtMs: -1, verifiedAtMs: undefined }),
      domain('second.test', { createdAtMs: 5 }),
      domain('third.test', { createdAtMs: -1 }),
    );
    const from = async (host: string) => {
      expect(await send('', POSTFIX.replaceAll('web1.localdomain', host))).toMatch(/^250/);
      return relay.spool.last.facts.headerFrom;
    };
    expect(await from('a.b.second.test')).toBe('mailer-daemon@second.test');
    expect(await from('web1.example.net')).toBe('mailer-daemon@third.test');
    relay.directory.credentials[0] = credential({ domains: ['example.org', 'second.test'] });
    expect(await from('web1.localdomain')).toBe('mailer-daemon@example.org');
    expect(await from('web1.third.test')).toBe('mailer-daemon@example.org');
    expect(await from('web1.second.test')).toBe('mailer-daemon@second.test');
  });

  it('is judged as it leaves: refused, by the name it would have, where that may not be used either', async () => {
    relay.directory.credentials[0] = credential({ fromAddresses: ['app@example.org'] });
    expect(await send('', POSTFIX)).toMatch(/^550 5\.7\.1 <mailer-daemon@example\.org>/);
    relay.directory.credentials[0] = credential({
      fromAddresses: ['app@second.test', 'mailer-daemon@example.org'],
    });
    expect(await send('', POSTFIX)).toMatch(/^250/);
  });

  it('of a client without a login, allowed by its network, is one too', async () => {
    relay.directory.credentials.push(networkCredential());
    const wire = await Wire.open(relay.port);
    await wire.reply();
    await wire.command('EHLO web1.localdomain');
    expect(await wire.message('', ['app@example.org'], POSTFIX)).toMatch(/^250/);
    wire.destroy();
    expect(froms()[0]).toBe(REWRITTEN.trim());
  });

  it('is asked for again, not refused, while the store cannot be asked whose domain it is', async () => {
    const wire = await Wire.open(relay.tlsPort, { implicitTls: true });
    await wire.reply();
    await wire.login();
    await wire.command('MAIL FROM:<>');
    await wire.command('RCPT TO:<app@example.org>');
    await wire.command('DATA');
    relay.directory.failure = new StoreError('busy', 'the database is locked');
    wire.send(`${DMA}.\r\n`);
    expect(await wire.reply()).toMatch(/^451 4\.3\.0/);
    relay.directory.failure = undefined;
    expect(await wire.message('', ['app@example.org'], DMA)).toMatch(/^250/);
    wire.destroy();
  });
});

describe('a From without an at sign', () => {
  it.each([
    ['root (Cron Daemon)', 'root@example.org (Cron Daemon)'],
    ['root', 'root@example.org'],
    ['<root>', '<root@example.org>'],
    ['"Cron Daemon" <root>', '"Cron Daemon" <root@example.org>'],
    ['CronDaemon <root> (nightly)', 'CronDaemon <root@example.org> (nightly)'],
    ['Smith, John <john>', '"Smith, John" <john@example.org>'],
    ['Cron Daemon', 'Cron Daemon <app@example.org>'],
    ['Nightly: backup, web1', '"Nightly: backup, web1" <app@example.org>'],
    ['MAILER-DAEMON <>', 'MAILER-DAEMON <app@example.org>'],
    ['=?utf-8?q?B=C3=BCro?= <buero>', '=?utf-8?q?B=C3=BCro?= <buero@example.org>'],
    ['Cron\r\n Daemon <root>', 'Cron Daemon <root@example.org>'],
  ])('%s is completed from the envelope', async (given, expected) => {
    expect(await send('app@example.org', CRON.replace('root (Cron Daemon)', given))).toMatch(/^250/);
    expect(froms()).toEqual([`From: ${expected}`]);
    expect(relay.spool.last.facts.headerFrom).toMatch(/^(?:root|john|app|buero)@example\.org$/);
  });

  it.each([
    ['nothing', ''],
    ['a control character', 'ro\x01ot'],
    ['more than a name has', 'x'.repeat(501)],
    ['a list', 'friends: root;'],
    ['an at sign in an encoded word', '=?utf-8?q?boss=40bank.test?= (x)'],
    ['an at sign of full width', 'boss＠bank.test'],
    ['an encoded word that names an address, and a local part', '=?utf-8?q?boss=40bank.test?= <root>'],
    ['two in brackets', '<root> <root>'],
    ['an encoded word in UTF-16', '=?utf-16?b?AGIAbwBzAHMAQABiAGEAbgBr?= <root>'],
  ])('that holds %s is refused', async (_what, given) => {
    const said = await send('app@example.org', CRON.replace('root (Cron Daemon)', given));
    expect(said).toMatch(/^55[04] 5\.(?:6\.0|7\.1)/);
    expect(relay.spool.accepted).toHaveLength(0);
  });

  it('is judged as it leaves', async () => {
    relay.directory.credentials[0] = credential({ fromAddresses: ['app@example.org'] });
    expect(await send('app@example.org', CRON)).toMatch(/^550 5\.7\.1 <root@example\.org>/);
    relay.directory.credentials[0] = credential({ fromAddresses: ['app@example.org', 'root@example.org'] });
    expect(await send('app@example.org', CRON)).toMatch(/^250/);
  });
});

describe('a From in encoded words altogether', () => {
  /** As Go's mime.QEncoding writes it. */
  const ALERTMANAGER = '=?utf-8?q?=C3=9Cberwachung_<alerts@example.org>?=';
  const message = (from: string) =>
    `From: ${from}\r\nTo: ops@example.net\r\nSubject: [FIRING:1] Disk\r\n\r\nBody\r\n`;

  it.each([
    ['Alertmanager', ALERTMANAGER, '=?UTF-8?Q?=C3=9Cberwachung?= <alerts@example.org>'],
    [
      'Alertmanager, over several lines',
      '=?utf-8?q?=C3=9Cberwachung_der_Anlage_in_der_Haupthalle_von_Geb=C3=A4ude_?=\r\n =?utf-8?q?sieben_<alerts@example.org>?=',
      '=?UTF-8?Q?=C3=9Cberwachung_der_Anlage_in_der_Haupt?= =?UTF-8?Q?halle_von_Geb=C3=A4ude_sieben?= <alerts@example.org>',
    ],
    ['an address alone', '=?utf-8?q?alerts@example.org?=', 'alerts@example.org'],
    [
      'base64',
      `=?UTF-8?B?${Buffer.from('Ops <Alerts@example.org>').toString('base64')}?=`,
      '"Ops" <Alerts@example.org>',
    ],
    ['a quoted name', '=?utf-8?q?"Ops,_web"_<alerts@example.org>?=', '"Ops, web" <alerts@example.org>'],
  ])('%s is read when it decodes to the reverse-path', async (_what, given, expected) => {
    const said = await send('alerts@example.org', message(given));
    expect(said).toMatch(/^250/);
    expect(froms()).toEqual([`From: ${expected}`]);
    expect(relay.spool.last.facts.headerFrom).toMatch(/^alerts@example\.org$/i);
  });

  it.each([
    ['another address of the domain', '=?utf-8?q?=C3=9C_<boss@example.org>?='],
    ['somebody else', '=?utf-8?q?=C3=9C_<boss@bank.test>?='],
    ['two addresses', '=?utf-8?q?boss@bank.test_<alerts@example.org>?='],
    ['a list of addresses', '=?utf-8?q?alerts@example.org,_boss@bank.test?='],
    ['an encoded word within', '=?utf-8?q?=3D=3Futf-8=3Fq=3Fboss=3F=3D_<alerts@example.org>?='],
    ['a name with a comma that nothing holds together', '=?utf-8?q?Ops,_web_<alerts@example.org>?='],
    ['a line end', '=?utf-8?q?x=0D=0ABcc:_y_<alerts@example.org>?='],
    ['octets of another charset', '=?utf-16?q?x_<alerts@example.org>?='],
  ])('that decodes to %s is refused', async (_what, given) => {
    expect(await send('alerts@example.org', message(given))).toMatch(/^55[04] 5\.(?:6\.0|7\.1)/);
    expect(relay.spool.accepted).toHaveLength(0);
  });
});

it('says how long the longest line is where servers need not take it', async () => {
  const body = (octets: number) => `From: app@example.org\r\nSubject: x\r\n\r\n${'x'.repeat(octets)}\r\n`;
  await send('app@example.org', body(998));
  expect(relay.spool.last.remarks).toBeUndefined();
  await send('app@example.org', body(1_950));
  expect(relay.spool.last.remarks).toEqual({ longest_line_octets: 1_950 });
});
