/**
 * A credential that was revoked, has expired or was narrowed sends nothing more, however far its message had come: the
 * transaction that accepts asks again. Its sessions end within a second, wherever they are.
 */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Credential } from '../../src/store/directory-records.ts';
import { eventually } from '../support/eventually.ts';
import { CONTENT, FROM, RevocationStage, SECOND_MS, TO } from './support/revocation-stage.ts';
import { TEST_LOGIN, type Wire } from '../protocol/support/dialogue.ts';
import { makeApiKey } from '../../src/platform/api-key.ts';
import { systemRandom } from '../../src/platform/random.ts';
import { stageBox } from '../http/support/http-stage.ts';

let stage: RevocationStage;
beforeEach(async () => {
  stage = await RevocationStage.start();
});

const GONE = /^421 4\.7\.0 relay\.test This credential is no longer valid/;

async function mail(wire: Wire): Promise<void> {
  expect(await wire.command(`MAIL FROM:<${FROM}>`)).toMatch(/^250/);
}

/** What follows MAIL; the last reply. */
async function rest(wire: Wire, content = CONTENT): Promise<string> {
  expect(await wire.command(`RCPT TO:<${TO}>`)).toMatch(/^250/);
  expect(await wire.command('DATA')).toMatch(/^354/);
  wire.send(`${content}.\r\n`);
  return await wire.reply();
}

describe('a transaction that began before', () => {
  it.each<[string, (credential: Credential) => Promise<void> | void, RegExp]>([
    ['the credential was revoked', (credential) => stage.revoke(credential), GONE],
    ['its secret was replaced', (credential) => stage.rotate(credential), GONE],
    ['it expired', (credential) => stage.change(credential, 'expires_at = 1'), GONE],
    [
      'it lost the domain',
      (credential) => stage.change(credential, `domains = '["second.example"]'`),
      /^550 5\.7\.1 <a@example\.org>: this credential may only use second\.example/,
    ],
    [
      'it lost the address',
      (credential) => stage.change(credential, `from_addresses = '["other@example.org"]'`),
      /^550 5\.7\.1 <a@example\.org>: this credential may only use other@example\.org/,
    ],
    [
      'it lost the client’s network',
      (credential) => stage.change(credential, `networks = '["192.0.2.0/24"]'`),
      /^550 5\.7\.1 Client address 127\.0\.0\.1 is not allowed/,
    ],
    [
      'it lost the scope',
      (credential) => stage.change(credential, `scopes = '["messages:read"]'`),
      /^550 5\.7\.1 This credential may not send/,
    ],
    [
      'its quota was cut',
      (credential) => stage.change(credential, 'daily_quota = 0'),
      /^452 4\.7\.1 Daily quota of 0/,
    ],
    [
      'the domain was removed',
      () => stage.relay.store.directory.removeDomain('dom_example.org', 1, 'test'),
      /^550 5\.7\.1 <a@example\.org>: example\.org is not a domain of this account/,
    ],
    [
      'the domain was no longer verified',
      () => stage.unverify('example.org'),
      /^550 5\.7\.1 <a@example\.org>: example\.org is not verified/,
    ],
  ])('%s is refused', async (_what, change, expected) => {
    const wire = await stage.session();
    await mail(wire);
    await change(await credentialOf());
    expect(await rest(wire)).toMatch(expected);
    expect(stage.kept).toEqual({ messages: 0, chunks: 0 });
  });

  // The stage's login is made here, so that every case has one.
  let credential: Credential;
  beforeEach(async () => {
    credential = await stage.login();
  });
  const credentialOf = () => Promise.resolve(credential);

  it('closes the connection with 421, and not with 550', async () => {
    const revoked = await stage.session();
    const narrowed = await stage.session();
    await mail(revoked);
    await mail(narrowed);
    stage.change(credential, `domains = '["second.example"]'`);
    expect(await rest(narrowed)).toMatch(/^550/);
    await stage.revoke(credential);
    expect(await rest(revoked)).toMatch(GONE);
    await revoked.closed();
    expect(await narrowed.command('NOOP')).toMatch(/^250/);
  });

  it('and may still send what it sends goes on, once, with its whole content', async () => {
    const wire = await stage.session();
    await mail(wire);
    stage.change(credential, `domains = '["example.org"]'`);
    stage.change(credential, 'rate_per_minute = 1');
    const said = await rest(wire);
    expect(said).toMatch(/^250 2\.0\.0 Ok: queued as msg_/);
    expect(stage.messages).toBe(1);
    const { claims } = await stage.relay.store.spool.claim({
      nowMs: Date.now() + SECOND_MS,
      limit: 10,
      limitPerDestination: 10,
      excludedDestinations: [],
    });
    const stored = await stage.relay.reader.readChunk(claims[0]!.contentId, 0);
    expect(Buffer.from(stored).toString()).toMatch(/Subject: x\r\n(?:.*\r\n)*\r\nbody\r\n$/);
    expect(stage.acceptance.memory.usedBytes).toBe(0);
  });

  it('leaves no parts of a large message, and no memory', async () => {
    const wire = await stage.session();
    await mail(wire);
    const large = `${CONTENT}${'x'.repeat(70)}\r\n`.replace(
      'body',
      `body\r\n${`${'x'.repeat(70)}\r\n`.repeat(10_000)}`,
    );
    stage.beforeAccept = () => stage.revoke(credential);
    expect(await rest(wire, large)).toMatch(GONE);
    await eventually(() => stage.kept.chunks === 0);
    expect(stage.kept.messages).toBe(0);
    expect(stage.acceptance.memory.usedBytes).toBe(0);
  });

  it('gives its recipients back to the day’s quota', async () => {
    stage.change(credential, 'daily_quota = 1');
    const wire = await stage.session();
    await mail(wire);
    stage.change(credential, `domains = '["second.example"]'`);
    expect(await rest(wire)).toMatch(/^550/);
    stage.change(credential, `domains = '[]'`);
    await eventually(async () => (await wire.command(`MAIL FROM:<${FROM}>`)).startsWith('250'));
    expect(await rest(wire)).toMatch(/^250/);
  });

  it('does not answer a repeat with the first result', async () => {
    const repeat = CONTENT.replace('Subject', 'X-Relay-Idempotency-Key: k\r\nSubject');
    const wire = await stage.session();
    await mail(wire);
    expect(await rest(wire, repeat)).toMatch(/^250/);
    await mail(wire);
    await stage.revoke(credential);
    expect(await rest(wire, repeat)).toMatch(GONE);
  });

  it('changed each time that it is asked is told to come again', async () => {
    const wire = await stage.session();
    await mail(wire);
    stage.changeAtAccepts(credential, 'rate_per_minute = 5', 'rate_per_minute = 6');
    expect(await rest(wire)).toMatch(/^451 4\.3\.0/);
    expect(stage.kept).toEqual({ messages: 0, chunks: 0 });
  });

  it('of an API key, and of a network, is refused as one of a login', async () => {
    const key = makeApiKey(systemRandom);
    const api = await stage.relay.credential({ secretHash: stageBox.hmac(key), scopes: ['send'] });
    const byKey = await stage.session({ username: 'api', password: key });
    await mail(byKey);
    await stage.revoke(api);
    expect(await rest(byKey)).toMatch(GONE);
    const network = await stage.network();
    const [revoked, elsewhere] = [await stage.inClear(), await stage.inClear()];
    await mail(revoked);
    await mail(elsewhere);
    stage.change(network, `networks = '["192.0.2.0/24"]'`);
    expect(await rest(elsewhere)).toMatch(/^550 5\.7\.1 Client address/);
    await stage.revoke(network);
    expect(await rest(revoked)).toMatch(GONE);
    expect(stage.kept.messages).toBe(0);
  });
});

describe('the sessions of a credential that no longer stands', () => {
  let credential: Credential;
  beforeEach(async () => {
    credential = await stage.login();
  });

  it.each<[string, (credential: Credential) => Promise<void> | void]>([
    ['revoked', (one) => stage.revoke(one)],
    ['rotated away', (one) => stage.rotate(one)],
    ['no longer for the client’s network', (one) => stage.change(one, `networks = '["192.0.2.0/24"]'`)],
    ['no longer for sending', (one) => stage.change(one, `scopes = '["messages:read"]'`)],
  ])('%s end within a second, and those of others go on', async (_what, change) => {
    const other = await stage.login({ username: 'other' });
    const [idle, talking, neighbour] = [
      await stage.session(),
      await stage.session(),
      await stage.session({ username: 'other', password: 'secret-of-app' }),
    ];
    expect(other.id).not.toBe(credential.id);
    await mail(talking);
    await change(credential);
    await stage.clock.advance(SECOND_MS);
    for (const wire of [idle, talking]) {
      expect(await wire.reply()).toMatch(GONE);
      await wire.closed();
    }
    await mail(neighbour);
    expect(await rest(neighbour)).toMatch(/^250/);
  });

  it('end by the clock alone when it expires, and not before', async () => {
    const inMs = 10_000;
    stage.change(credential, `expires_at = ${stage.clock.now() + inMs}`);
    const wire = await stage.session();
    await stage.clock.advance(inMs - SECOND_MS);
    expect(await wire.command('NOOP')).toMatch(/^250/);
    await stage.clock.advance(2 * SECOND_MS);
    expect(await wire.reply()).toMatch(GONE);
  });

  it('go on when its expiry was put off', async () => {
    stage.change(credential, `expires_at = ${stage.clock.now() + SECOND_MS}`);
    const wire = await stage.session();
    stage.change(credential, 'expires_at = NULL');
    await stage.clock.advance(3 * SECOND_MS);
    expect(await wire.command('NOOP')).toMatch(/^250/);
  });

  it('end in the midst of a message, of which nothing is kept', async () => {
    const wire = await stage.session();
    await mail(wire);
    await wire.command(`RCPT TO:<${TO}>`);
    await wire.command('DATA');
    wire.send(`${CONTENT}${`${'x'.repeat(70)}\r\n`.repeat(10_000)}`);
    await eventually(() => stage.kept.chunks > 0);
    await stage.revoke(credential);
    await stage.clock.advance(SECOND_MS);
    expect(await wire.reply()).toMatch(GONE);
    // Whatever a client says that does not listen.
    wire.send('.\r\n');
    await wire.closed();
    await eventually(() => stage.kept.chunks === 0);
    expect(stage.kept.messages).toBe(0);
  });

  it('that wait for the answer to a complete message hear it first', async () => {
    const wire = await stage.session();
    await mail(wire);
    const held = Promise.withResolvers<undefined>();
    const asked = Promise.withResolvers<undefined>();
    stage.beforeAccept = async () => {
      asked.resolve(undefined);
      await held.promise;
    };
    const said = rest(wire);
    await asked.promise;
    stage.change(credential, `networks = '["192.0.2.0/24"]'`);
    await stage.clock.advance(SECOND_MS);
    held.resolve(undefined);
    expect(await said).toMatch(/^550 5\.7\.1 Client address/);
    expect(await wire.reply()).toMatch(GONE);
    await wire.closed();
  });

  it('without a login end too, once it was a network’s mail', async () => {
    const network = await stage.network();
    const [used, fresh] = [await stage.inClear(), await stage.inClear()];
    await mail(used);
    await used.command('RSET');
    await stage.revoke(network);
    await stage.clock.advance(SECOND_MS);
    expect(await used.reply()).toMatch(GONE);
    expect(await fresh.command(`MAIL FROM:<${FROM}>`)).toMatch(/^530/);
  });

  it('end too when their MAIL was answered from what was known before', async () => {
    const network = await stage.network();
    await stage.session();
    const [used, late] = [await stage.inClear(), await stage.inClear()];
    await stage.clock.advance(SECOND_MS);
    await mail(used);
    await stage.revoke(network);
    await mail(late);
    await stage.clock.advance(SECOND_MS);
    for (const wire of [used, late]) {
      expect(await wire.reply()).toMatch(GONE);
      await wire.closed();
    }
    const after = await stage.inClear();
    expect(await after.command(`MAIL FROM:<${FROM}>`)).toMatch(/^530/);
  });

  it('end too when they were found valid and revoked in the same wait', async () => {
    await stage.login({ username: 'other' });
    await stage.session({ username: 'other', password: 'secret-of-app' });
    const wire = await stage.inClear();
    await wire.command('STARTTLS');
    await wire.secure();
    await stage.clock.advance(SECOND_MS);
    const { directory } = stage.acceptance;
    const { credentialByUsername } = directory;
    const held = Promise.withResolvers<undefined>();
    const asked = Promise.withResolvers<undefined>();
    directory.credentialByUsername = async (username) => {
      const found = await credentialByUsername(username);
      asked.resolve(undefined);
      await held.promise;
      return found;
    };
    const said = wire.login(TEST_LOGIN);
    await asked.promise;
    await stage.revoke(credential);
    await stage.clock.advance(SECOND_MS);
    held.resolve(undefined);
    expect(await said).toMatch(/^235/);
    await stage.clock.advance(SECOND_MS);
    expect(await wire.reply()).toMatch(GONE);
  });

  it('stay while the store cannot be asked, and end when it can', async () => {
    const wire = await stage.session();
    await stage.clock.advance(SECOND_MS);
    const { directory } = stage.acceptance;
    const { findCredential } = directory;
    directory.findCredential = async () => {
      throw new Error('disk on fire');
    };
    await stage.revoke(credential);
    await stage.clock.advance(SECOND_MS);
    expect(await wire.command('NOOP')).toMatch(/^250/);
    directory.findCredential = findCredential;
    await stage.clock.advance(SECOND_MS);
    expect(await wire.reply()).toMatch(GONE);
  });
});
