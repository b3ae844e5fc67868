/** A signature that cannot be made defers the message; nothing leaves unsigned. */
import { readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import { databasePath } from '../../src/store/sqlite/engine/connection.ts';
import { field, verdicts } from './support/received-mail.ts';
import { SENDER_DOMAIN, Stage } from './support/stage.ts';

const FROM = `shop@${SENDER_DOMAIN}`;

/** Turns over every octet of the sealed DKIM keys; the function that it gives turns them back. relayd must not run. */
function damageKeys(dataDir: string): () => void {
  const turn = () => {
    const db = new Database(databasePath(dataDir));
    const keys = db.prepare<[], { id: number; sealed: Buffer }>(
      'SELECT id, sealed_private_key AS sealed FROM dkim_key',
    );
    const write = db.prepare<[Uint8Array, number]>('UPDATE dkim_key SET sealed_private_key = ? WHERE id = ?');
    for (const { id, sealed } of keys.all())
      write.run(
        sealed.map((octet) => octet ^ 0xff),
        id,
      );
    db.close();
  };
  turn();
  return turn;
}

it('keeps a message that it cannot sign and sends it signed once it can', async () => {
  await using stage = await Stage.start({ config: { delivery: { retry_schedule: ['1s'] } } });
  stage.dns.zone.set('recipient.test', { fault: 'servfail' });
  const session = await stage.session();
  const id = await session.submitForId({
    from: FROM,
    to: 'x@recipient.test',
    content: `From: <${FROM}>\r\nSubject: Signed or not at all\r\n\r\nbody\r\n`,
  });
  await session.quit();
  await stage.relay.stop();

  // Damaged, as nobody can open them; another master key would not start.
  const mendKeys = damageKeys(stage.relay.dataDir);
  stage.dns.zone.set('recipient.test', { mx: [{ preference: 10, exchange: 'mx.recipient.test' }] });
  await stage.relay.start();
  // Not needed where the start tries it at once.
  await stage.relay.ctlRaw(['queue', 'retry', id]);
  const unsigned = await stage.messageWhere(id, 'a failed signature', (message) => {
    return /DKIM|sign/i.test(message.deliveries[0]?.last_reply ?? '');
  });
  expect(unsigned.deliveries[0]?.state).toBe('deferred');
  expect(stage.mx.messageCount).toBe(0);
  await stage.relay.stop();

  mendKeys();
  await stage.relay.start();
  await stage.relay.ctlRaw(['queue', 'retry', id]);
  const { content } = await stage.received('x@recipient.test');
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
