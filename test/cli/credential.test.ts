/** Credentials on the command line: what is shown once, what is kept, what is refused. */
import { API_KEY_PATTERN, isApiKey } from '../../src/platform/api-key.ts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createSecretBox } from '../../src/platform/secret-box.ts';
import { openSqliteReader } from '../../src/store/sqlite/reader.ts';
import { CliStage } from './support/cli-stage.ts';

interface Added {
  readonly id: string;
  readonly kind: string;
  readonly username: string;
  readonly password: string;
  readonly networks?: readonly string[];
}

let stage: CliStage;
beforeEach(() => (stage = new CliStage()));
afterEach(async () => await stage.dispose());

const add = async (...args: string[]) => (await stage.json('credential', 'add', ...args)) as Added;
const stored = async (username: string) => {
  const reader = openSqliteReader(stage.dataDir);
  try {
    return await reader.credentialByUsername(username);
  } finally {
    reader.close();
  }
};
const box = createSecretBox(new Uint8Array(32).fill(1), { bytes: (n) => new Uint8Array(n), float: () => 0 });
const hashOf = (secret: string) => Buffer.from(box.hmac(secret)).toString('hex');
const keptHash = async (username: string) =>
  Buffer.from((await stored(username))?.secretHash ?? []).toString('hex');

describe('add', () => {
  test('makes a user name and 160 random bits, of which only a keyed hash is kept', async () => {
    const added = await add('--kind', 'smtp', '--name', 'My App');
    expect(added.id).toMatch(/^crd_/);
    expect(added.username).toMatch(/^my-app-[0-9a-z]{6}$/);
    expect(added.password).toMatch(/^[0-9a-z]{32}$/);
    expect(await keptHash(added.username)).toBe(hashOf(added.password));
    expect(JSON.stringify(await stage.json('credential', 'show', added.id))).not.toContain(added.password);
  });

  test('without a name the user name is the name', async () => {
    const added = await add();
    expect(added.username).toMatch(/^smtp-[0-9a-z]{6}$/);
    expect(await stage.json('credential', 'show', added.username)).toMatchObject({ id: added.id });
  });

  test('prints what has to be typed into the application', async () => {
    stage.relayRuns();
    const { out } = await stage.run(['credential', 'add', '--name', 'wordpress'], { columns: 80 });
    expect(out).toMatch(/host +mail\.example\.net\n/);
    expect(out).toMatch(/port +587 with STARTTLS, or 465 with TLS \(SSL\)\n/);
    expect(out).toMatch(/user name +wordpress-[0-9a-z]{6}\n/);
    expect(out).toMatch(/password +[0-9a-z]{32}\n/);
    expect(out).toContain('from nothing yet: relayctl domain add example.com');
  });

  test('takes limits', async () => {
    const added = await add(
      ...['--domain', 'a.example,b.example', '--from', 'Me@A.example', '--from', 'you@b.example'],
      ...[
        '--allow-ip',
        '10.0.0.0/8',
        '--allow-ip',
        '2001:DB8::/32',
        '--rate',
        '10/s',
        '--daily-quota',
        '5000',
      ],
      ...['--expires', '90d', '--no-dsn', '--stream', 'broadcast', '--scope', 'send'],
    );
    expect(await stored(added.username)).toMatchObject({
      domains: ['a.example', 'b.example'],
      fromAddresses: ['me@a.example', 'you@b.example'],
      networks: ['10.0.0.0/8', '2001:db8::/32'],
      ratePerMinute: 600,
      dailyQuota: 5000,
      expiresAtMs: stage.clock.now() + 90 * 86_400_000,
      sendDsn: false,
      stream: 'broadcast',
      scopes: ['send'],
    });
  });

  test('sends the reports about its mail elsewhere', async () => {
    const added = await add('--dsn-to', 'Bounces@A.Example');
    expect(await stored(added.username)).toMatchObject({ sendDsn: true, dsnTo: 'Bounces@a.example' });
  });

  test('says what a domain that it is bound to still needs', async () => {
    await stage.json('domain', 'add', 'a.example');
    const out = await stage.text('credential', 'add', '--domain', 'a.example');
    expect(out).toContain('from a.example (first: relayctl domain verify a.example)');
  });

  test('warns of a domain that the account does not have', async () => {
    const { code, err } = await stage.run(['credential', 'add', '--domain', 'none.example']);
    expect(code).toBe(0);
    expect(err).toContain('warning: none.example is not a domain of account default yet');
  });

  test.each([
    [['--no-dsn', '--dsn-to', 'x@a.example'], '--no-dsn and --dsn-to cannot both be meant'],
    [['--kind', 'pop3'], '--kind pop3 is none of smtp, network, api'],
    [['--rate', 'fast'], '--rate fast is not a number of messages a minute'],
    [['--daily-quota', '0'], '--daily-quota 0 is not a whole number from 1'],
    [['--expires', 'soon'], '--expires soon is neither a duration such as 90d nor a time'],
    [['--expires', '2020-01-01'], '--expires 2020-01-01T00:00:00.000Z is not in the future'],
    [['--from', 'me'], '--from me is not an address'],
    [['--scope', 'everything'], '--scope everything is none of send,'],
    [['--require-tls'], '--require-tls is for network credentials'],
    [['--kind', 'network'], 'a network credential needs the addresses'],
    [['--kind', 'network', '--allow-ip', '0.0.0.0/0'], '--allow-ip 0.0.0.0/0 is the whole internet'],
    [['--kind', 'network', '--allow-ip', '::/0'], '--allow-ip ::/0 is the whole internet'],
  ])('refuses %s', async (args, words) => {
    const ran = await stage.run(['credential', 'add', ...args]);
    expect(ran.code).toBe(2);
    expect(ran.err).toContain(words);
    expect(await stage.jsonLines('credential', 'list')).toEqual([]);
  });

  test('an API key is shown once, with a checksum, and found by what was given', async () => {
    const added = (await stage.json(
      'credential',
      'add',
      '--kind',
      'api',
      '--scope',
      'send',
      '--scope',
      'messages:read',
    )) as { id: string; kind: string; key: string };
    expect(added).toMatchObject({ kind: 'api', scopes: ['send', 'messages:read'] });
    expect(added.key).toMatch(API_KEY_PATTERN);
    expect(isApiKey(added.key)).toBe(true);
    const listed = JSON.stringify(await stage.jsonLines('credential', 'list'));
    expect(listed).toContain(added.id);
    expect(listed).not.toContain(added.key);
    const rotated = (await stage.json('credential', 'rotate', added.id)) as { id: string; key: string };
    expect(rotated.id).toBe(added.id);
    expect(isApiKey(rotated.key)).toBe(true);
    expect(rotated.key).not.toBe(added.key);
  });

  test('says where an API key is used, over HTTP and over SMTP', async () => {
    const text = await stage.text('credential', 'add', '--kind', 'api');
    expect(text).toContain('http://127.0.0.1:8080');
    expect(text).toContain('user name api, the key as password');
    expect(text).toMatch(/pst_live_[0-9a-z]{39}/);
  });

  test('refuses an unknown stream and a name that is taken', async () => {
    const unknown = await stage.run(['credential', 'add', '--stream', 'none']);
    expect(unknown).toMatchObject({ code: 1 });
    expect(unknown.err).toContain('accepted: broadcast, transactional');
    await add('--name', 'app');
    const taken = await stage.run(['credential', 'add', '--name', 'app']);
    expect(taken.code).toBe(1);
    expect(taken.err).toContain('relayctl credential rotate crd_');
  });
});

describe('a network credential', () => {
  test('has networks and no secret', async () => {
    const added = await add(
      '--kind',
      'network',
      '--name',
      'printers',
      '--allow-ip',
      '10.1.2.0/24',
      '--require-tls',
    );
    expect(added).toMatchObject({ kind: 'network', networks: ['10.1.2.0/24'] });
    expect(added).not.toHaveProperty('password');
    expect(await stage.json('credential', 'show', 'printers')).toMatchObject({
      require_tls: true,
      username: null,
    });
  });

  test('warns when it holds a gateway of this machine: NAT would make it an open relay', async () => {
    stage.gateways = ['172.17.0.1'];
    const ran = await stage.run([
      'credential',
      'add',
      '--kind',
      'network',
      '--allow-ip',
      '172.17.0.0/16',
      '--json',
    ]);
    expect(ran.code).toBe(0);
    expect(ran.err).toMatch(
      /warning: 172\.17\.0\.0\/16 holds 172\.17\.0\.1, a gateway .* this is an open relay/,
    );
  });

  test.each(['192.168.1.1', '203.0.0.0/12'])('warns of %s', async (network) => {
    const ran = await stage.run(['credential', 'add', '--kind', 'network', '--allow-ip', network]);
    expect(ran.err).toContain('warning: ');
  });
});

test('rotate makes a new password and keeps the rest', async () => {
  const added = await add('--name', 'app', '--rate', '60');
  const rotated = (await stage.json('credential', 'rotate', 'app')) as Added;
  expect(rotated).toMatchObject({ id: added.id, kind: 'smtp', username: added.username });
  expect(rotated.password).not.toBe(added.password);
  expect(await keptHash(added.username)).toBe(hashOf(rotated.password));
  expect(await stored(added.username)).toMatchObject({ ratePerMinute: 60 });
});

test('rotate of a network credential says that it has no secret', async () => {
  await add('--kind', 'network', '--name', 'printers', '--allow-ip', '10.1.2.3');
  expect((await stage.run(['credential', 'rotate', 'printers'])).code).toBe(1);
});

test('revoke asks, counts, and hides it from the list', async () => {
  const { id } = await add('--name', 'app');
  expect((await stage.run(['credential', 'revoke', 'app'])).code).toBe(2);
  expect(await stage.jsonLines('credential', 'list')).toMatchObject([{ id, revoked_at: null }]);
  expect(await stage.json('credential', 'revoke', id, '--yes')).toEqual({
    id,
    revoked_at: '2026-11-24T06:12:31.000Z',
  });
  expect(await stage.jsonLines('credential', 'list')).toEqual([]);
  expect(await stage.jsonLines('credential', 'list', '--all')).toMatchObject([{ id, name: 'app' }]);
  expect((await stage.run(['credential', 'revoke', id, '--yes'])).code).toBe(1);
  expect((await stage.run(['credential', 'rotate', id])).err).toContain('relayctl credential add --name app');
  await add('--name', 'app');
});

test('credentials of other accounts are theirs', async () => {
  await stage.text('account', 'add', 'shop');
  const { id } = await add('--name', 'app', '--account', 'shop');
  expect((await stage.run(['credential', 'show', 'app'])).code).toBe(1);
  expect(await stage.json('credential', 'show', 'app', '--account', 'shop')).toMatchObject({
    id,
    account: 'shop',
  });
  expect(await stage.json('credential', 'show', id)).toMatchObject({ id });
  expect(await stage.jsonLines('credential', 'list', '--account', 'default')).toEqual([]);
  expect(await stage.text('credential', 'list')).toContain('ACCOUNT');
});

describe('change', () => {
  const show = async (id: string) => (await stage.json('credential', 'show', id)) as Record<string, unknown>;

  test('adds and removes domains, addresses, networks and scopes; the secret stays', async () => {
    const added = await add('--name', 'shop', '--domain', 'a.example', '--from', 'x@a.example');
    const before = await keptHash(added.username);
    const changed = await stage.json(
      ...['credential', 'change', 'shop', '--add-domain', 'B.example', '--add-domain', 'c.example'],
      ...['--remove-domain', 'a.example', '--add-from', 'Y@b.example', '--add-scope', 'domains'],
    );
    expect(changed).toEqual(await show(added.id));
    expect(changed).toMatchObject({
      id: added.id,
      domains: ['b.example', 'c.example'],
      from: ['x@a.example', 'y@b.example'],
      scopes: ['send', 'domains'],
    });
    expect(await keptHash(added.username)).toBe(before);
    expect((await stored(added.username))?.version).toBeGreaterThan(0);
  });

  test('changes every limit that add takes, and ends it with none', async () => {
    const { id } = await add('--name', 'shop', '--rate', '10', '--daily-quota', '100');
    const limits = await stage.json(
      ...['credential', 'change', 'shop', '--daily-quota', '5000', '--rate', '2/s', '--expires', '30d'],
      ...['--dsn-to', 'dsn@a.example', '--stream', 'broadcast'],
    );
    expect(limits).toMatchObject({
      rate_per_minute: 120,
      daily_quota: 5000,
      expires_at: '2026-12-24T06:12:31.000Z',
      dsn_to: 'dsn@a.example',
      send_dsn: true,
      stream: 'broadcast',
    });
    expect(await show(id)).toEqual(limits);
    const ended = await stage.json(
      ...['credential', 'change', 'shop', '--daily-quota', 'none', '--rate', 'none', '--expires', 'none'],
      '--no-dsn',
    );
    expect(ended).toMatchObject({
      rate_per_minute: null,
      daily_quota: null,
      expires_at: null,
      dsn_to: null,
      send_dsn: false,
      stream: 'broadcast',
    });
    expect(await stage.json('credential', 'change', 'shop', '--dsn')).toMatchObject({ send_dsn: true });
  });

  test('makes a network ask for TLS, and no more', async () => {
    await add('--name', 'printers', '--kind', 'network', '--allow-ip', '10.1.2.0/24');
    const change = async (flag: string) => await stage.json('credential', 'change', 'printers', flag);
    expect(await change('--require-tls')).toMatchObject({ require_tls: true });
    expect(await change('--no-require-tls')).toMatchObject({ require_tls: false });
  });

  test('says in words what it may do now, and which domain the account lacks', async () => {
    const { id } = await add('--name', 'shop', '--domain', 'a.example');
    const { out, err } = await stage.run(['credential', 'change', id, '--add-domain', 'b.example']);
    expect(out).toMatch(/may send +from a\.example, b\.example/);
    expect(err).toContain('b.example is not a domain of account default yet');
  });

  test('warns of a network behind which there is everybody', async () => {
    await add('--name', 'printers', '--kind', 'network', '--allow-ip', '10.1.2.0/24');
    const { code, err } = await stage.run([
      ...['credential', 'change', 'printers', '--add-allow-ip', '198.0.0.0/8'],
    ]);
    expect(code).toBe(0);
    expect(err).not.toBe('');
  });

  test.each([
    ['nothing', [], 2, 'add an option'],
    [
      'a domain to one that may use all',
      ['--add-allow-ip', '192.0.2.7'],
      1,
      'may be used from every address already',
    ],
    ['away the last domain', ['--remove-domain', 'a.example'], 1, 'credential revoke crd_'],
    ['away what it does not have', ['--remove-domain', 'b.example'], 1, 'it has a.example'],
    ['a scope that is none', ['--add-scope', 'everything'], 2, '--add-scope everything is none of send'],
    ['an address that is none', ['--add-from', 'nobody'], 2, '--add-from nobody is not an address'],
    ['a quota that is none', ['--daily-quota', 'plenty'], 2, '--daily-quota plenty is not a whole number'],
    ['a time that is past', ['--expires', '2020-01-01'], 2, 'is not in the future'],
    ['a stream that there is not', ['--stream', 'none-such'], 1, 'there is no stream none-such'],
    ['TLS to a login', ['--require-tls'], 2, 'is for network credentials'],
    ['two opposites', ['--no-dsn', '--dsn-to', 'x@a.example'], 2, 'cannot both be meant'],
    ['a network that is none', ['--add-allow-ip', '10.0.0.0/0'], 2, 'is the whole internet'],
  ])('does not add or take %s', async (_what, options, code, expected) => {
    const { id } = await add('--name', 'shop', '--domain', 'a.example');
    const before = await show(id);
    const ran = await stage.run(['credential', 'change', id, ...options]);
    expect(ran.code).toBe(code);
    expect(ran.err).toContain(expected);
    expect(await show(id)).toEqual(before);
  });

  test('of a revoked credential is refused', async () => {
    const { id } = await add('--name', 'shop', '--domain', 'a.example');
    await stage.text('credential', 'revoke', id, '--yes');
    const { code, err } = await stage.run(['credential', 'change', id, '--add-domain', 'b.example']);
    expect(code).toBe(1);
    expect(err).toContain('relayctl credential add --name shop');
  });
});

describe('limits of use', () => {
  test('are added, changed and taken away by name, and shown in words', async () => {
    const { id } = await add(
      '--name',
      'form',
      '--limit',
      'messages_per_second=1',
      '--limit',
      'messages_per_minute=9',
    );
    const limits = async () => ((await stage.json('credential', 'show', id)) as { limits: object }).limits;
    expect(await limits()).toEqual({ messages_per_second: 1, messages_per_minute: 9 });
    await stage.run([
      'credential',
      'change',
      id,
      '--limit',
      'new_recipients_per_day=5,messages_per_second=none',
    ]);
    expect(await limits()).toEqual({ messages_per_minute: 9, new_recipients_per_day: 5 });
    expect((await stage.run(['credential', 'show', id])).out).toMatch(/limits +5 new recipients a day\n/);
  });

  test.each([
    ['messages_per_week=1', 'is none of messages_per_second'],
    ['messages_per_hour', 'is not a name and a whole number'],
    ['messages_per_hour=many', 'write messages_per_hour=500'],
    ['messages_per_hour=none', 'is not a name and a whole number'],
  ])('refuses --limit %s at add', async (typed, words) => {
    const { code, err } = await stage.run(['credential', 'add', '--limit', typed]);
    expect(code).toBe(2);
    expect(err).toContain(words);
  });
});

describe('rotate --keep-old', () => {
  test('keeps the old password for that time, says until when, and --end-old ends it', async () => {
    const { id, username, password } = await add('--name', 'app');
    const rotated = (await stage.json('credential', 'rotate', 'app', '--keep-old', '24h')) as Added & {
      old_secret_until: string;
    };
    expect(rotated.old_secret_until).toMatch(/^\d{4}-.*Z$/);
    const kept = await stored(username);
    expect(Buffer.from(kept!.oldSecretHash!).toString('hex')).toBe(hashOf(password));
    expect((await stage.run(['credential', 'show', id])).out).toMatch(/old secret +valid until .*, not used/);
    const again = await stage.run(['credential', 'rotate', 'app', '--keep-old', '1h']);
    expect(again.code).toBe(1);
    expect(again.err).toContain('credential rotate ' + id + ' --end-old');
    await stage.run(['credential', 'rotate', 'app', '--end-old']);
    expect((await stored(username))?.oldSecretHash).toBeUndefined();
    expect((await stage.run(['credential', 'rotate', 'app', '--end-old'])).err).toContain('no old secret');
    expect((await stage.run(['credential', 'rotate', 'app', '--end-old', '--keep-old', '1h'])).code).toBe(2);
  });
});

test('change --name renames it; the user name stays', async () => {
  const { id, username } = await add('--name', 'app');
  expect(await stage.json('credential', 'change', 'app', '--name', 'shop')).toMatchObject({
    id,
    name: 'shop',
    username,
  });
  expect((await stage.run(['credential', 'show', 'app'])).code).toBe(1);
});
