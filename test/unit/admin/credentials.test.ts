/** Rules of credentials, each once, whoever asks. */
import { describe, expect, test } from 'vitest';
import {
  addCredential,
  MOST_NETWORK_CREDENTIALS,
  type NewCredentialInput,
} from '../../../src/admin/credentials/add.ts';
import { changeCredential, type CredentialChanges } from '../../../src/admin/credentials/change.ts';
import { revokeCredential } from '../../../src/admin/credentials/revoke.ts';
import { endOldSecret, rotateCredential } from '../../../src/admin/credentials/rotate.ts';
import { DAY_MS } from '../../../src/platform/time-units.ts';
import { adminStage, done, refusal, type AdminStage } from './support/admin-stage.ts';

function inputOf({ account }: AdminStage, change: Partial<NewCredentialInput> = {}): NewCredentialInput {
  return {
    accountId: account.id,
    accountName: account.name,
    name: undefined,
    kind: 'smtp',
    networks: [],
    domains: [],
    fromAddresses: [],
    scopes: ['send'],
    stream: 'transactional',
    ratePerMinute: undefined,
    dailyQuota: undefined,
    requireTls: false,
    sendDsn: true,
    dsnTo: undefined,
    expiresAtMs: undefined,
    ...change,
  };
}

const issue = async (stage: AdminStage, change?: Partial<NewCredentialInput>) =>
  done(await addCredential(inputOf(stage, change), stage.context));

describe('add', () => {
  test('makes a login whose secret is kept as a hash alone', async () => {
    const stage = adminStage();
    const { credential, secret } = await issue(stage, { name: 'Shop 1' });
    expect(credential).toMatchObject({
      name: 'Shop 1',
      username: expect.stringMatching(/^shop-1-/) as string,
    });
    const kept = await stage.context.reader.findCredential(stage.account.id, 'Shop 1');
    expect(Buffer.from(kept!.secretHash!).equals(stage.context.box.hmac(secret!))).toBe(true);
  });

  test.each<[Partial<NewCredentialInput>, string]>([
    [{ kind: 'network' }, 'invalid networks: a network credential needs the addresses'],
    [{ requireTls: true }, 'invalid requireTls: requireTls is for network credentials'],
    [{ sendDsn: false, dsnTo: 'a@b.example' }, 'invalid dsnTo: sendDsn and dsnTo cannot both be meant'],
    [{ scopes: ['send', 'everything'] }, 'invalid scopes: scopes everything is none of send,'],
    [{ stream: 'none' }, 'not-found stream: there is no stream none'],
    [{ name: ' ' }, 'invalid name: name takes at most 64 characters'],
    [{ name: 'two\nlines' }, 'invalid name: name takes at most 64 characters'],
    [{ name: 'x'.repeat(65) }, 'invalid name: name takes at most 64 characters'],
  ])('refuses %j', async (change, words) => {
    const stage = adminStage();
    const outcome = await addCredential(inputOf(stage, change), stage.context);
    expect(refusal(outcome)).toContain(words);
    expect(await stage.context.reader.listCredentials(stage.account.id, undefined, 100)).toEqual([]);
  });

  test('refuses the name of one in use, and takes that of one that was revoked', async () => {
    const stage = adminStage();
    const { credential } = await issue(stage, { name: 'app' });
    const again = await addCredential(inputOf(stage, { name: 'app' }), stage.context);
    expect(again).toMatchObject({ refused: 'conflict', field: 'name', existing: credential.id });
    done(await revokeCredential(credential, stage.context));
    await issue(stage, { name: 'app' });
  });

  test('refuses more network credentials than an account may have, until one is revoked', async () => {
    const stage = adminStage();
    const network = { kind: 'network', networks: ['192.0.2.0/24'] } as const;
    const { credential } = await issue(stage, network);
    for (let count = 1; count < MOST_NETWORK_CREDENTIALS; count++) await issue(stage, network);
    const beyond = await addCredential(inputOf(stage, network), stage.context);
    expect(refusal(beyond)).toContain('the account has 100 network credentials, which is the most');
    await issue(stage);
    done(await revokeCredential(credential, stage.context));
    await issue(stage, network);
  });

  test('binds what a key makes as the key is bound, and refuses what goes beyond it, all at once', async () => {
    const stage = adminStage();
    const { credential: holder } = await issue(stage, {
      kind: 'api',
      scopes: ['admin'],
      domains: ['a.example'],
      ratePerMinute: 60,
    });
    const bound = { ...stage.context, holder };
    const made = done(await addCredential(inputOf(stage), bound));
    expect(made.credential).toMatchObject({ domains: ['a.example'], ratePerMinute: 60 });
    const wider = await addCredential(inputOf(stage, { domains: ['b.example'], ratePerMinute: 61 }), bound);
    expect(wider).toMatchObject({
      refused: 'beyond-own-limits',
      all: [{ field: 'domains' }, { field: 'ratePerMinute' }],
    });
  });
});

describe('rotate', () => {
  test('gives another secret', async () => {
    const stage = adminStage();
    const { credential, secret } = await issue(stage);
    const rotated = done(await rotateCredential(credential, stage.context));
    expect(rotated.secret).not.toBe(secret);
  });

  test('keeps the old secret for a while, one at a time, until it is ended', async () => {
    const stage = adminStage();
    const { context } = stage;
    const { credential } = await issue(stage);
    const kept = async () => (await context.reader.findCredential(stage.account.id, credential.id))!;
    const rotated = done(await rotateCredential(credential, context, 60_000));
    expect(rotated.oldUntilMs).toBe(context.clock.now() + 60_000);
    expect(Buffer.from((await kept()).oldSecretHash!).equals(credential.secretHash!)).toBe(true);
    expect(refusal(await rotateCredential(await kept(), context, 60_000))).toContain('conflict keepOldMs');
    done(await endOldSecret(await kept(), context));
    expect((await kept()).oldSecretHash).toBeUndefined();
    expect(refusal(await endOldSecret(await kept(), context))).toContain('no-secret -:');
    // A rotation that keeps nothing always works.
    done(await rotateCredential(await kept(), context, 60_000));
    done(await rotateCredential(await kept(), context));
    expect((await kept()).oldSecretHash).toBeUndefined();
    for (const keepMs of [0, 31 * DAY_MS])
      expect(refusal(await rotateCredential(await kept(), context, keepMs))).toContain('invalid keepOldMs');
  });

  test('refuses a network, what was revoked, and what is less bound than the key that asks', async () => {
    const stage = adminStage();
    const { context } = stage;
    const network = await issue(stage, { kind: 'network', networks: ['192.0.2.0/24'] });
    expect(refusal(await rotateCredential(network.credential, context))).toContain('no-secret -:');
    const { credential } = await issue(stage);
    const holder = { ...credential, domains: ['a.example'] };
    expect(refusal(await rotateCredential(credential, { ...context, holder }))).toContain(
      'beyond-own-limits',
    );
    const revoked = { ...credential, revokedAtMs: 1 };
    expect(refusal(await rotateCredential(revoked, context))).toContain('revoked -:');
  });
});

test('revoke refuses what was revoked before', async () => {
  const stage = adminStage();
  const { credential } = await issue(stage);
  expect(done(await revokeCredential(credential, stage.context)).revokedAtMs).toBe(stage.context.clock.now());
  const kept = await stage.context.reader.findCredential(stage.account.id, credential.id);
  expect(refusal(await revokeCredential(kept!, stage.context))).toContain('revoked -: credential');
});

describe('change', () => {
  const none = { add: [], remove: [] };
  const changes = (change: Partial<CredentialChanges>): CredentialChanges => ({
    ...{ domains: none, fromAddresses: none, networks: none, scopes: none },
    terms: {},
    ...change,
  });

  test('adds and removes', async () => {
    const stage = adminStage();
    const { credential } = await issue(stage, { domains: ['a.example'] });
    const change = changes({ domains: { add: ['b.example'], remove: ['a.example'] } });
    expect(done(await changeCredential(credential, change, stage.context)).domains).toEqual(['b.example']);
  });

  test('changes limits by name, the rate and the quota among them, and leaves the others', async () => {
    const stage = adminStage();
    const { credential } = await issue(stage, {
      ratePerMinute: 60,
      dailyQuota: 9,
      limits: { messages_per_hour: 5, recipients_per_hour: 6 },
    });
    const limits = { messages_per_hour: undefined, messages_per_second: 0, recipients_per_day: undefined };
    expect(done(await changeCredential(credential, changes({ limits }), stage.context))).toMatchObject({
      ratePerMinute: 60,
      dailyQuota: undefined,
      limits: { messages_per_second: 0, recipients_per_hour: 6 },
    });
  });

  test('renames, and refuses the name of another in use', async () => {
    const stage = adminStage();
    const { credential } = await issue(stage, { name: 'shop' });
    await issue(stage, { name: 'other' });
    const rename = async (name: string) =>
      await changeCredential(credential, changes({ terms: { name } }), stage.context);
    expect(refusal(await rename('other'))).toContain('conflict name');
    expect(refusal(await rename('two\nlines'))).toContain('invalid name');
    expect(done(await rename('store'))).toMatchObject({ name: 'store' });
    expect(await stage.context.reader.findCredential(stage.account.id, 'store')).toMatchObject({
      id: credential.id,
      username: credential.username,
    });
  });

  test('replaces whole lists, and gives nothing beyond the key that asks', async () => {
    const stage = adminStage();
    const { credential } = await issue(stage, { domains: ['a.example'], limits: { messages_per_hour: 5 } });
    const holder = { ...credential, scopes: ['admin'], domains: ['a.example', 'b.example'] };
    const bound = { ...stage.context, holder };
    const change = async (change: Partial<CredentialChanges>, context: typeof bound = bound) =>
      await changeCredential(credential, changes(change), context);
    for (const wider of [
      { lists: { domains: [] } },
      { lists: { domains: ['c.example'] } },
      { limits: { messages_per_hour: 6 } },
      { limits: { messages_per_hour: undefined } },
    ])
      expect(refusal(await change(wider))).toContain('beyond-own-limits');
    expect(done(await change({ lists: { domains: ['b.example'] } })).domains).toEqual(['b.example']);
  });

  test.each<[Partial<CredentialChanges>, string]>([
    [{ lists: { scopes: [] } }, 'invalid scopes: scopes is empty'],
    [{ limits: { messages_per_hour: 1.5 } }, 'invalid limits: limits messages_per_hour: a whole number'],
    [{}, 'nothing-to-change -: nothing to change'],
    [{ scopes: { add: ['everything'], remove: [] } }, 'invalid addScopes: addScopes everything is none of'],
    [
      { domains: { add: [], remove: ['b.example'] } },
      'not-found domains: credential shop has no domains b.example',
    ],
    [{ domains: { add: [], remove: ['a.example'] } }, 'last-entry domains: a.example is the last domains'],
    [{ networks: { add: ['192.0.2.0/24'], remove: [] } }, 'not-bound networks: credential shop may be used'],
  ])('refuses %j', async (change, words) => {
    const stage = adminStage();
    const { credential } = await issue(stage, { name: 'shop', domains: ['a.example'] });
    expect(refusal(await changeCredential(credential, changes(change), stage.context))).toContain(words);
  });
});
