/** docs/moving.md: the data folder, copied while relayd is stopped, goes on elsewhere with queue, logins and keys. */
import { cpSync } from 'node:fs';
import { simpleParser } from 'mailparser';
import { expect, it } from 'vitest';
import { verdicts } from './support/received-mail.ts';
import { Relay } from './support/relay-process.ts';
import { SmtpTalk } from './support/smtp-talk.ts';
import { SENDER_DOMAIN, Stage } from './support/stage.ts';

const FROM = `shop@${SENDER_DOMAIN}`;
const WAITING = 'defer-once-moving@recipient.test';

it('a copied data folder goes on with its queue, and no message is lost or sent twice', async () => {
  await using stage = await Stage.start();
  const session = await stage.session();
  const content = (to: string) => `From: ${FROM}\r\nTo: ${to}\r\nSubject: Moving\r\n\r\nText.\r\n`;
  const id = await session.submitForId({ from: FROM, to: WAITING, content: content(WAITING) });
  await stage.messageWhere(id, 'the first attempt to be deferred', ({ deliveries }) =>
    deliveries.every(({ state }) => state === 'deferred'),
  );
  session.destroy();
  expect(await stage.relay.stop()).toBe(0);

  const elsewhere = new Relay({ dnsServer: stage.dns.address, mxPort: stage.mx.port });
  try {
    cpSync(stage.relay.dataDir, elsewhere.dataDir, { recursive: true, preserveTimestamps: true });
    expect((await elsewhere.ctlRaw(['config', 'check'])).code).toBe(0);
    expect((await elsewhere.ctlRaw(['queue', 'summary'])).stdout).toContain('recipient.test');
    await elsewhere.start();
    await elsewhere.ctl('queue', 'retry', '--all');
    const { content: received } = await stage.received(WAITING);
    expect((await simpleParser(received)).subject).toBe('Moving');
    for (const { result } of await verdicts(received, stage.dns.zone)) expect(result).toBe('pass');

    using talk = await SmtpTalk.session({ port: elsewhere.port, login: stage.login });
    const to = 'new@recipient.test';
    await talk.submitForId({ from: FROM, to, content: content(to) });
    await stage.received(to);
    expect(stage.mx.deliveriesTo(WAITING)).toBe(1);
  } finally {
    await elsewhere.dispose();
  }
});
