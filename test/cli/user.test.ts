/** `relayctl user`: who uses the dashboard, what they may do, and the link that sets a password. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hashOfToken } from '../../src/admin/people/secret-token.ts';
import { HOUR_MS } from '../../src/platform/time-units.ts';
import { openSqliteReader } from '../../src/store/sqlite/reader.ts';
import { CliStage } from './support/cli-stage.ts';

let stage: CliStage;
beforeEach(() => {
  stage = new CliStage();
  stage.openStore();
});
afterEach(() => stage.dispose());

const list = async () => (await stage.jsonLines('user', 'list')) as readonly Record<string, unknown>[];

test('add prints a link with a token that nothing else has', async () => {
  const { out, code } = await stage.run(['user', 'add', 'Carol@Example.org', '--role', 'admin']);
  expect(code).toBe(0);
  const token = /http:\/\/127\.0\.0\.1:8080\/ui\/invite#([\w-]{43})\n/.exec(out)?.[1] ?? '';
  const invitation = await openSqliteReader(stage.dataDir).invitationByHash(hashOfToken(token));
  expect(invitation?.untilMs).toBe(stage.clock.now() + HOUR_MS);
  expect(await list()).toEqual([
    expect.objectContaining({
      ...{ email: 'carol@example.org', name: 'carol', has_password: false, suspended_at: null },
      roles: [{ account: null, role: 'admin', reads_content: false }],
    }),
  ]);
  const again = await stage.run(['user', 'add', 'carol@example.org']);
  expect([again.code, again.err]).toEqual([
    1,
    expect.stringContaining('there is a user carol@example.org already'),
  ]);
});

test('the link begins with dashboard.url, and where nobody would get there, it says so', async () => {
  stage.env['RELAY_DASHBOARD__URL'] = 'https://relay.example.com';
  expect((await stage.run(['user', 'add', 'a@example.org'])).out).toContain(
    'https://relay.example.com/ui/invite#',
  );
  delete stage.env['RELAY_DASHBOARD__URL'];
  stage.env['RELAY_HTTP__LISTEN'] = '0.0.0.0:8080';
  expect((await stage.run(['user', 'add', 'c@example.org'])).out).toContain(
    'http://127.0.0.1:8080/ui/invite#',
  );
  stage.env['RELAY_HTTP__LISTEN'] = '192.0.2.1:8080';
  expect((await stage.run(['user', 'add', 'b@example.org'])).err).toContain('set dashboard.url');
});

test('invite makes the link before void; the role that may do least is the default', async () => {
  await stage.run(['user', 'add', 'carol@example.org']);
  const tokenOf = async () => {
    const { out } = await stage.run(['user', 'invite', 'carol@example.org', '--json']);
    return (JSON.parse(out) as { invite_url: string }).invite_url.split('#')[1] ?? '';
  };
  const [first, second] = [await tokenOf(), await tokenOf()];
  expect(await openSqliteReader(stage.dataDir).invitationByHash(hashOfToken(first))).toBeUndefined();
  expect(await openSqliteReader(stage.dataDir).invitationByHash(hashOfToken(second))).toBeDefined();
  expect(await list()).toMatchObject([{ roles: [{ account: null, role: 'read-only' }] }]);
});

test('change sets, narrows and takes away roles by account, and suspends', async () => {
  await stage.run(['account', 'add', 'shop']);
  await stage.run(['user', 'add', 'carol@example.org', '--role', 'operator']);
  const change = async (...args: string[]) => {
    const { out, err, code } = await stage.run(['user', 'change', 'carol@example.org', ...args, '--json']);
    return code === 0 ? (JSON.parse(out) as { roles: object[]; suspended_at: string | null }) : err;
  };
  const everywhere = { account: null, role: 'operator', reads_content: false };
  const shop = { account: 'shop', role: 'read-only', reads_content: true };
  expect(await change('--content', 'yes', '--account', 'shop')).toMatchObject({ roles: [everywhere, shop] });
  expect(await change('--role', 'admin', '--account', 'shop')).toMatchObject({
    roles: [everywhere, { ...shop, role: 'admin' }],
  });
  expect(await change('--content', 'no', '--account', 'shop')).toMatchObject({
    roles: [everywhere, { ...shop, role: 'admin', reads_content: false }],
  });
  expect(await change('--role', 'none')).toMatchObject({ roles: [{ account: 'shop', role: 'admin' }] });
  expect(await change('--suspend')).toMatchObject({ suspended_at: expect.any(String) as string });
  expect((await stage.run(['user', 'invite', 'carol@example.org'])).err).toContain('--resume');
  expect(await change('--resume', '--name', 'Carol C.')).toMatchObject({
    suspended_at: null,
    name: 'Carol C.',
  });
  expect(await change()).toContain('nothing to change');
  expect(await change('--role', 'boss')).toContain('read-only');
  expect(await change('--suspend', '--resume')).toContain('exclude each other');
});

test('show names the open sessions, remove takes the person away', async () => {
  await stage.run(['user', 'add', 'carol@example.org']);
  const [person] = await openSqliteReader(stage.dataDir).listPeople();
  const at = stage.clock.now();
  await stage.store.people.openSession(
    {
      ...{ id: 'ses_1', personId: person!.id, tokenHash: new Uint8Array(32), createdAtMs: at },
      ...{ expiresAtMs: at + HOUR_MS, address: '192.0.2.7', userAgent: 'Firefox' },
    },
    'test',
  );
  const { out } = await stage.run(['user', 'show', 'carol@example.org']);
  expect(out).toMatch(/session +from 192\.0\.2\.7, used .*, Firefox/);
  expect((await stage.run(['user', 'remove', 'carol@example.org'], { answer: 'n' })).code).not.toBe(0);
  expect((await stage.run(['user', 'remove', person!.id, '--yes'])).out).toBe('Removed carol@example.org.\n');
  expect(await list()).toEqual([]);
  expect((await stage.run(['user', 'show', 'carol@example.org'])).err).toContain('there is no user');
});

test('show tells the linked identity, and change unlinks it with every session, once', async () => {
  await stage.run(['user', 'add', 'carol@example.org']);
  const [person] = await openSqliteReader(stage.dataDir).listPeople();
  const id = person!.id;
  const show = async () =>
    JSON.parse((await stage.run(['user', 'show', id, '--json'])).out) as Record<string, unknown>;
  expect(await show()).toMatchObject({ identity: null });
  const at = stage.clock.now();
  const identity = { issuer: 'https://id.example/staff', subject: 'f:42\u202eevil' };
  await stage.store.people.linkIdentity(id, identity, at, 'test');
  await stage.store.people.openSession(
    {
      ...{ id: 'ses_1', personId: id, tokenHash: new Uint8Array(32), createdAtMs: at },
      ...{ expiresAtMs: at + HOUR_MS, address: '192.0.2.7', userAgent: undefined },
    },
    'test',
  );
  expect(await show()).toMatchObject({ identity: { ...identity, linked_at: expect.any(String) as string } });
  const { out } = await stage.run(['user', 'show', id]);
  expect(out).toMatch(/identity +f:42\S*evil at https:\/\/id\.example\/staff, linked /);
  expect(out).not.toContain('\u202e');
  const changed = await stage.run(['user', 'change', id, '--unlink-identity', '--name', 'C.']);
  expect([changed.code, changed.out]).toEqual([0, expect.stringContaining('(C.)')]);
  expect(await show()).toMatchObject({ identity: null, sessions: [], name: 'C.' });
  const again = await stage.run(['user', 'change', id, '--unlink-identity', '--name', 'D.']);
  expect([again.code, again.err]).toEqual([1, expect.stringContaining('has no linked identity')]);
  expect(await show()).toMatchObject({ name: 'C.' });
  expect((await stage.run(['audit', 'list'])).out).toContain('user unlink');
});

test('list and show name the second factors, and change takes them away', async () => {
  await stage.run(['user', 'add', 'carol@example.org']);
  const [person] = await openSqliteReader(stage.dataDir).listPeople();
  const at = stage.clock.now();
  const of = { personId: person!.id, name: 'Mine', createdAtMs: at, usedAtMs: undefined };
  const octets = new Uint8Array(32);
  const token = (byte: number) => ({ hash: new Uint8Array(32).fill(byte), untilMs: at + HOUR_MS });
  const totp = { ...of, id: 'fac_1', kind: 'totp', sealedSecret: octets, lastStep: 1 } as const;
  await stage.store.people.addFactor(totp, [octets], token(1), 'test');
  const key = { ...of, kind: 'passkey', publicKey: octets, counter: 0 } as const;
  for (const byte of [2, 3])
    await stage.store.people.addFactor(
      { ...key, id: `fac_${byte}`, credentialId: new Uint8Array([byte]) },
      [],
      token(byte),
      'test',
    );
  expect((await stage.run(['user', 'list'])).out).toContain('authenticator app, 2 passkeys');
  expect((await stage.run(['user', 'show', 'carol@example.org'])).out).toMatch(
    /factors +authenticator app, 2 passkeys, 1 recovery codes? left/,
  );
  expect(await list()).toMatchObject([{ second_factors: { totp: true, passkeys: 2, recovery_codes: 1 } }]);
  const { out } = await stage.run(['user', 'change', 'carol@example.org', '--reset-factors']);
  expect(out).toContain('second factors: none');
  expect(await list()).toMatchObject([{ second_factors: { totp: false, passkeys: 0, recovery_codes: 0 } }]);
});
