/** What an authority may answer, and what comes of it: an outcome in words, and never an exception. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeAccountKey } from '../../../src/acme/jws.ts';
import { placeOrder } from '../../../src/acme/order.ts';
import type {
  Account,
  OrderFailure,
  OrderRequest,
  PendingChallenge,
} from '../../../src/acme/order-contract.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { systemRandom } from '../../../src/platform/random.ts';
import { makeSelfSignedCertificate } from '../../../src/smtp/server/self-signed-certificate.ts';
import { ScriptedAuthority, type ScriptedAnswer } from '../../support/scripted-authority.ts';

const NAME = 'mail.example.org';
const TOKEN = 'abcdefghijklmnopqrstuvwxyz';
const RESOLVER = {
  a: async () => ({ kind: 'not-found' as const, nxdomain: true }),
  aaaa: async () => ({ kind: 'not-found' as const, nxdomain: true }),
};

let authority: ScriptedAuthority;
let accounts: Account[];
let shown: PendingChallenge[];
beforeEach(async () => {
  authority = await ScriptedAuthority.start();
  accounts = [];
  shown = [];
});
afterEach(async () => await authority[Symbol.asyncDispose]());

const order = (changes: Partial<OrderRequest> = {}, ending = new AbortController().signal) =>
  placeOrder(
    {
      name: NAME,
      directory: authority.directory,
      contact: undefined,
      ca: authority.ca,
      account: undefined,
      challenges: ['http-01'],
      version: '0.1.0',
      ...changes,
    },
    { onAccount: (account) => accounts.push(account), onChallenge: (challenge) => shown.push(challenge) },
    { resolver: RESOLVER, clock: systemClock, random: systemRandom, ending },
  );

async function failure(changes: Partial<OrderRequest> = {}): Promise<OrderFailure> {
  const outcome = await order(changes);
  if (outcome.kind !== 'failed') throw new Error('a certificate was issued');
  expect(outcome.failure.detail).not.toContain('\n');
  expect(outcome.failure.remedy).not.toBe('');
  return outcome.failure;
}

const problem = (type: string, detail = 'because', more: ScriptedAnswer = {}): ScriptedAnswer => ({
  status: 403,
  body: { type: `urn:ietf:params:acme:error:${type}`, detail },
  ...more,
});

/** Answers `path` so, and all else as usual. */
function script(path: string, answer: ScriptedAnswer | 'silence'): void {
  authority.script = (asked) => (asked.path === path ? answer : undefined);
}

describe('a refusal', () => {
  test.each([
    ['rateLimited', 'takes no more orders'],
    ['rejectedIdentifier', `gives no certificate for ${NAME}`],
    ['caa', 'a CAA record forbids'],
    ['invalidContact', 'refuses acme.contact'],
    ['userActionRequired', 'terms of service'],
    ['serverInternal', 'the authority refused'],
  ])('%s is said in words', async (type, words) => {
    script('/order', problem(type, 'said by\nthe authority'));
    const found = await failure();
    expect(found.problem).toBe(type);
    expect(found.detail).toContain(words);
    expect(found.detail).toContain('said by the authority');
  });

  test('with Retry-After is not repeated before, in seconds or as a date', async () => {
    script('/order', problem('rateLimited', 'x', { status: 429, headers: { 'Retry-After': '7200' } }));
    expect((await failure()).retryAfterMs).toBe(7_200_000);
    const date = new Date(Date.now() + 3_600_000).toUTCString();
    script('/order', problem('rateLimited', 'x', { status: 503, headers: { 'Retry-After': date } }));
    const { retryAfterMs = 0 } = await failure();
    expect(Math.abs(retryAfterMs - 3_600_000)).toBeLessThan(60_000);
  });

  test('of a challenge is that of its authorization, and what was pending was shown first', async () => {
    authority.script = ({ path }) => {
      const challenge = { type: 'http-01', url: authority.at('/challenge'), token: TOKEN };
      const error = { type: 'urn:ietf:params:acme:error:connection', detail: 'Timeout during connect' };
      const looked = authority.asked.some((one) => one.path === '/challenge');
      return path !== '/authorization/1'
        ? undefined
        : { body: { status: looked ? 'invalid' : 'pending', challenges: [{ ...challenge, error }] } };
    };
    expect(await failure()).toMatchObject({
      problem: 'connection',
      detail: `the authority could not connect to ${NAME}: Timeout during connect`,
    });
    expect(shown).toMatchObject([{ kind: 'http-01', name: NAME, token: TOKEN }]);
  });

  test('long and hostile words are cut to a line', async () => {
    script('/order', problem('serverInternal', `a\r\nb${'x'.repeat(100_000)}`));
    expect((await failure()).detail.length).toBeLessThan(600);
  });
});

describe('nonsense', () => {
  test.each<[string, string, ScriptedAnswer, string]>([
    ['a page', '/directory', { body: '<html>' }, 'is not the directory of an ACME server'],
    [
      'a redirect',
      '/directory',
      { status: 302, headers: { Location: 'https://evil.example/' } },
      'HTTP status 302',
    ],
    ['no address of the order', '/order', { body: { status: 'pending' } }, 'named no address of the order'],
    ['a list for an order', '/order/1', { body: [] }, 'the order became undefined'],
    ['an order that is invalid', '/order/1', { body: { status: 'invalid' } }, 'the order became invalid'],
    [
      'a token that is no path',
      '/authorization/1',
      {
        body: {
          status: 'pending',
          challenges: [{ type: 'http-01', url: 'https://127.0.0.1/', token: '../../../../etc/passwd' }],
        },
      },
      'is not base64url',
    ],
    ['more than is read', '/order/1', { body: 'x'.repeat(300_000) }, 'more than 262144 octets'],
    ['another protocol', '/order', { status: 101, headers: { Upgrade: 'x' } }, 'HTTP status 101'],
    [
      'an address that is none',
      '/directory',
      { body: { newNonce: '::', newAccount: '::', newOrder: '::' } },
      ':: is not an https address',
    ],
  ])('%s is a failure', async (_what, path, answer, words) => {
    script(path, answer);
    expect((await failure()).detail).toContain(words);
  });

  test('addresses that are not https are not asked', async () => {
    script('/order', {
      headers: { Location: authority.at('/order/1') },
      body: { status: 'pending', authorizations: ['http://127.0.0.1:1/x'] },
    });
    expect((await failure()).detail).toContain('http://127.0.0.1:1/x is not an https address');
  });

  test.each<[string, string, ScriptedAnswer]>([
    [
      'an address',
      '/directory',
      {
        body: { newNonce: `http://a/${'\n'.repeat(9)}${'x'.repeat(100_000)}`, newAccount: '', newOrder: '' },
      },
    ],
    ['a status', '/order/1', { body: { status: `x\n${'x'.repeat(100_000)}` } }],
    [
      'a kind of challenge',
      '/authorization/1',
      { body: { status: 'pending', challenges: [{ type: `x\n${'x'.repeat(100_000)}` }] } },
    ],
  ])('%s that is long is cut to a line', async (_what, path, answer) => {
    script(path, answer);
    expect((await failure()).detail.length).toBeLessThan(600);
  });

  test('a nonce that is refused for ever ends the order', async () => {
    script('/order', problem('badNonce'));
    expect((await failure()).problem).toBe('badNonce');
    expect(authority.asked.filter(({ path }) => path === '/order')).toHaveLength(9);
    const nonces = authority.asked
      .map(({ header }) => header['nonce'])
      .filter((nonce) => nonce !== undefined);
    expect(new Set(nonces).size).toBe(nonces.length);
  });

  test('a certificate for another key is not taken', async () => {
    const other = await makeSelfSignedCertificate(NAME);
    authority.script = ({ path }) => {
      const finalized = authority.asked.some((one) => one.path === '/finalize');
      if (path === '/order/1' && finalized)
        return { body: { status: 'valid', certificate: authority.at('/certificate') } };
      return path === '/certificate' ? { body: other.cert } : undefined;
    };
    expect(await failure()).toMatchObject({ problem: 'bad-certificate' });
  });
});

describe('the account', () => {
  const kept = (): Account => ({
    directory: authority.directory,
    url: authority.at('/account/1'),
    key: makeAccountKey(),
    contact: undefined,
  });

  test('that was deactivated is replaced once, and the order begun again with the new one', async () => {
    authority.script = ({ path, header }) => {
      if (path === '/account/1') return { body: { status: 'deactivated' } };
      if (path === '/account') return { status: 201, headers: { Location: authority.at('/account/2') } };
      const gone = header['kid'] === authority.at('/account/1');
      if (path === '/order') return gone ? problem('unauthorized') : problem('rejectedIdentifier');
      return undefined;
    };
    expect((await failure({ account: kept() })).problem).toBe('rejectedIdentifier');
    expect(accounts).toMatchObject([{ url: authority.at('/account/2') }]);
  });

  test('that stands is not replaced when an order is refused', async () => {
    script('/order', problem('unauthorized'));
    expect((await failure({ account: kept() })).problem).toBe('unauthorized');
    expect(accounts).toEqual([]);
  });

  test('of another directory is not used', async () => {
    script('/order', problem('rejectedIdentifier'));
    await failure({ account: { ...kept(), directory: 'https://other.example/directory' } });
    expect(accounts).toHaveLength(1);
    expect(authority.asked.find(({ path }) => path === '/account')?.payload).toEqual({
      termsOfServiceAgreed: true,
      contact: [],
    });
  });

  test('that is opened elsewhere is said, and no request for one is made', async () => {
    script('/directory', {
      body: {
        newNonce: authority.at('/nonce'),
        newAccount: authority.at('/account'),
        newOrder: authority.at('/order'),
        meta: { externalAccountRequired: true },
      },
    });
    expect((await failure()).detail).toContain('external account binding');
    expect(authority.asked.map(({ path }) => path)).toEqual(['/directory']);
  });
});

describe('an authority that is not there', () => {
  test('or not trusted is said', async () => {
    expect(await failure({ ca: undefined })).toMatchObject({ problem: 'untrusted' });
    expect((await failure({ ca: undefined })).remedy).toContain('acme.ca');
    expect(await failure({ directory: 'https://127.0.0.1:1/' })).toMatchObject({ problem: 'unreachable' });
    expect((await failure({ directory: 'https://ca.example/' })).detail).toContain('no address in DNS');
  });

  test('an order that is broken off ends at once', async () => {
    const ending = new AbortController();
    script('/order', 'silence');
    const outcome = order({}, ending.signal);
    while (!authority.asked.some(({ path }) => path === '/order'))
      await new Promise((resolve) => setImmediate(resolve));
    ending.abort();
    expect((await outcome).kind).toBe('failed');
  });

  test('offers no challenge that can be answered: said with the kinds it has', async () => {
    script('/authorization/1', { body: { status: 'pending', challenges: [{ type: 'dns-01' }] } });
    expect((await failure()).detail).toContain('it offers dns-01');
  });
});
