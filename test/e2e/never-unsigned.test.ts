/** A signature that cannot be made defers the message; nothing leaves unsigned. */
import { readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { field, verdicts } from './support/received-mail.ts';
import { SENDER_DOMAIN, Stage } from './support/stage.ts';

const FROM = `shop@${SENDER_DOMAIN}`;

it('keeps a message that it cannot sign and sends it signed once it can', async () => {
  await using stage = await Stage.start({ config: { delivery: { retry_schedule: ['1s'] } } });
  const session = await stage.session();
  // Held at a dead destination until the domain's keys are gone.
  stage.dns.zone.set('later.test', { fault: 'servfail' });
  const id = await session.submitForId({
    from: FROM,
    to: 'x@later.test',
    content: `From: <${FROM}>\r\nSubject: Signed or not at all\r\n\r\nbody\r\n`,
  });
  await session.quit();
  await stage.messageWhere(id, 'a deferral', (message) => message.deliveries[0]?.history.length !== 0);

  await stage.relay.ctl('domain', 'remove', SENDER_DOMAIN, '--yes');
  stage.dns.zone.set('later.test', { mx: [{ preference: 10, exchange: 'mx.recipient.test' }] });
  await stage.relay.ctl('queue', 'retry', id);
  const unsigned = await stage.messageWhere(id, 'a failed signature', (message) => {
    return /sign|DKIM|key/i.test(message.deliveries[0]?.last_reply ?? '');
  });
  expect(unsigned.deliveries[0]?.state).toBe('deferred');
  expect(stage.mx.deliveriesTo('x@later.test')).toBe(0);

  const added = await stage.relay.ctl<{ records: { name: string; value: string; purpose: string }[] }>(
    ...['domain', 'add', SENDER_DOMAIN],
  );
  for (const record of added.records) {
    if (record.purpose.startsWith('dkim')) stage.dns.zone.set(record.name, { txt: [record.value] });
  }
  await stage.relay.ctl('domain', 'verify', SENDER_DOMAIN);
  await stage.relay.ctl('queue', 'retry', id);
  expect((await stage.settled(id)).deliveries[0]?.state).toBe('delivered');
  const { content } = await stage.received('x@later.test');
  expect(field(content, 'x-relay-message-id')).toBe(id);
  expect((await verdicts(content, stage.dns.zone)).map((verdict) => verdict.result)).toEqual([
    'pass',
    'pass',
  ]);
});

it('keeps its secrets readable by the owner alone, and private keys out of the database in clear', async () => {
  await using stage = await Stage.start();
  const files = readdirSync(stage.relay.dataDir, { recursive: true, encoding: 'utf8' });
  const keys = files.filter((name) => /key/i.test(path.basename(name)));
  expect(keys.length).toBeGreaterThan(0);
  for (const name of keys) {
    const mode = statSync(path.join(stage.relay.dataDir, name)).mode;
    if (statSync(path.join(stage.relay.dataDir, name)).isFile()) expect(mode & 0o077).toBe(0);
  }
  for (const name of files.filter((file) => /\.(db|sqlite)/.test(file))) {
    const bytes = readFileSync(path.join(stage.relay.dataDir, name));
    // The start of any RSA key in PKCS #8 DER: the algorithm rsaEncryption and an octet string.
    expect(bytes.includes(Buffer.from('300d06092a864886f70d01010105000482', 'hex'))).toBe(false);
    expect(bytes.includes('PRIVATE KEY')).toBe(false);
  }
});
