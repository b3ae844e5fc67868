/**
 * The life of a store over releases: that of every release that was made starts under this program with all that it had, and
 * one that a later program changed for good is refused with a sentence. test/support/keep-release.ts keeps one.
 */
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { programVersion } from '../../src/app/version.ts';
import { databasePath } from '../../src/store/sqlite/engine/connection.ts';
import { migrations } from '../../src/store/sqlite/migrations/index.ts';
import { eventually } from '../support/eventually.ts';
import { startFakeDns, type FakeDns } from '../support/fake-dns.ts';
import { startFakeMx, type FakeMx } from '../support/fake-mx.ts';
import { keptReleases, restore } from '../support/kept-release.ts';
import { Relay } from './support/relay-process.ts';
import { SmtpTalk } from './support/smtp-talk.ts';
import { RECIPIENT_DOMAIN, SENDER_DOMAIN, type DomainJson, type MessageJson } from './support/stage.ts';

let dns: FakeDns;
let mx: FakeMx;
let relay: Relay;
beforeEach(async () => {
  dns = await startFakeDns({
    [RECIPIENT_DOMAIN]: { mx: [{ preference: 10, exchange: `mx.${RECIPIENT_DOMAIN}` }] },
    [`mx.${RECIPIENT_DOMAIN}`]: { a: ['127.0.0.1'] },
  });
  mx = await startFakeMx();
  const retention = { content: '36500d', metadata: '36500d', events: '36500d', statistics: '36500d' };
  relay = new Relay({
    dnsServer: dns.address,
    mxPort: mx.port,
    // The MX puts the mail that waited off once more.
    config: { retention, http: { listen: ['127.0.0.1:0'] }, delivery: { retry_schedule: ['1s'] } },
  });
});
afterEach(async () => {
  await relay.dispose();
  await Promise.all([dns.close(), mx.close()]);
});

test('the newest release that was made is among them, and no schema is from the future', () => {
  const kept = keptReleases();
  expect(kept.map(({ version }) => version)).toContain(programVersion());
  for (const { schema } of kept) expect(schema).toBeLessThanOrEqual(migrations.length);
});

describe.each(keptReleases())('the store of release $version (schema $schema)', (release) => {
  test('starts, with its domains, logins, mail that waits, suppressions and history', async () => {
    restore(release, relay.dataDir);
    await relay.start();
    const db = new Database(databasePath(relay.dataDir), { readonly: true });
    expect(db.pragma('user_version', { simple: true })).toBe(migrations.length);
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
    db.close();

    const { records } = await relay.ctl<DomainJson>('domain', 'show', SENDER_DOMAIN);
    for (const { name, type, value } of records) if (type === 'TXT') dns.zone.set(name, { txt: [value] });
    expect(await relay.ctl<DomainJson>('domain', 'verify', SENDER_DOMAIN)).toMatchObject({ verified: true });

    // What waited goes out, signed by the key that was sealed then.
    await relay.ctlRaw(['queue', 'release', release.held.id]);
    await eventually(() => mx.messages.length === 1, { what: 'the mail that waited', timeoutMs: 20_000 });
    expect(mx.messages[0]?.recipients.map(({ address }) => address)).toEqual([release.held.recipient]);
    expect(mx.messages[0]?.content.toString()).toMatch(/^DKIM-Signature: /);

    const session = await SmtpTalk.session({ port: relay.port, login: release.login });
    const content = `From: a@${SENDER_DOMAIN}\r\nSubject: New\r\n\r\nAfter the upgrade.\r\n`;
    const sent = { from: `a@${SENDER_DOMAIN}`, to: [`new@${RECIPIENT_DOMAIN}`, release.suppressed], content };
    const id = await session.submitForId(sent);
    await session.quit();
    const states = async (message: string) => {
      const { deliveries } = await relay.ctl<MessageJson>('message', 'show', message);
      return deliveries.map(({ recipient, state }) => `${recipient} ${state}`).sort();
    };
    await eventually(
      async () => (await states(id)).every((state) => /(?:suppressed|delivered)$/.test(state)),
      {
        what: 'the new mail',
        timeoutMs: 20_000,
        everyMs: 200,
      },
    );
    expect(await states(id)).toEqual([
      `${release.suppressed} suppressed`,
      `new@${RECIPIENT_DOMAIN} delivered`,
    ]);
    expect(await states(release.delivered)).toEqual([`somebody@${RECIPIENT_DOMAIN} delivered`]);

    const asked = await fetch(`${relay.httpUrl}/v1/messages/${id}`, {
      headers: { authorization: `Bearer ${release.apiKey}` },
    });
    // The key may send and no more: it is known, and refused for its scope.
    expect(asked.status).toBe(403);
    expect(await relay.ctlList('webhook', 'list')).toHaveLength(1);
    expect((await relay.ctlList<{ name: string }>('account', 'list')).map(({ name }) => name)).toContain(
      'shop',
    );
  });
});

test('a store that a later release changed for good is refused by both programs, in a sentence', async () => {
  await relay.start();
  await relay.stop();
  const later = migrations.length + 1;
  const db = new Database(databasePath(relay.dataDir));
  db.exec(`UPDATE schema SET needs_version = ${later}; PRAGMA user_version = ${later};`);
  db.close();

  relay.spawn();
  expect(await relay.ended()).toBe(1);
  const words = `was written by a newer Postern (schema ${later}, this program knows ${later - 1}): install that release`;
  expect(relay.log()).toContain(words);
  const { code, stderr } = await relay.ctlRaw(['domain', 'list']);
  expect(code).toBe(1);
  expect(stderr).toContain(words);
});
