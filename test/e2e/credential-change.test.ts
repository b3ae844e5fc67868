/** What the log names to the operator, typed as it stands: the session that was refused goes on with it. */
import { expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { SmtpTalk } from './support/smtp-talk.ts';
import { SENDER_DOMAIN, Stage, verifyDomain, type MessageJson } from './support/stage.ts';

const SECOND = 'second.test';
const NOTICE = [
  'From: MAILER-DAEMON@web1.second.test (Mail Delivery System)',
  'To: shop@recipient.test',
  'Subject: Undelivered Mail Returned to Sender',
  'Auto-Submitted: auto-replied',
  'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
  '',
  '--b',
  '',
  'x'.repeat(1_950),
  '--b--',
  '',
].join('\r\n');

it('the log names a command after which the same session may send, and the trace says what was changed', async () => {
  await using stage = await Stage.start();
  const { relay } = stage;
  await verifyDomain(relay, stage.dns, SECOND);
  const login = await relay.ctl<{ username: string; password: string }>(
    ...['credential', 'add', '--name', 'narrow', '--domain', SENDER_DOMAIN],
  );
  using session = await SmtpTalk.session({ port: relay.port, login });
  const mail = () => session.command(`MAIL FROM:<shop@${SECOND}>`);
  const refused = await mail();
  expect(refused.text).toMatch(/^550 5\.7\.1 .*fix: relayctl credential change --add-domain second\.test$/);
  expect(refused.text).not.toContain('narrow');
  const fix = await eventually(() => /"fix":"relayctl ([^"]+)"/.exec(relay.log())?.[1]);
  expect((await relay.ctlRaw((fix ?? '').split(' '))).code).toBe(0);
  await eventually(async () => {
    const reply = await mail();
    if (reply.code === 250) await session.command('RSET');
    return reply.code === 250;
  });

  const id = await session.submitForId({ from: '', to: 'shop@recipient.test', content: NOTICE });
  const received = await stage.received('shop@recipient.test');
  expect(received.content.toString()).toContain('From: Mail Delivery System <mailer-daemon@second.test>\r\n');
  expect((await relay.ctl<MessageJson & { header_from: string }>('message', 'show', id)).header_from).toBe(
    'mailer-daemon@second.test',
  );
  const { stdout } = await relay.ctlRaw(['message', 'trace', id]);
  expect(stdout.replace(/\n {2}. /g, ' ')).toContain('MAILER-DAEMON@web1.second.test (Mail Delivery System)');
  expect(stdout).toContain('its longest line has 1950 octets');
  const { stdout: audit } = await relay.ctlRaw(['events', '--message', id, '--json']);
  expect(audit).toContain('"longest_line_octets":1950');
});
