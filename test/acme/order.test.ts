/** An order from nothing, against a real ACME server (Pebble). */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openChallengeListener, type ChallengeListener } from '../../src/acme/challenge-listener.ts';
import { AcmeServer, readDirectory } from '../../src/acme/acme-server.ts';
import { Challenges } from '../../src/acme/challenges.ts';
import { createHttpsRequest } from '../../src/acme/https-request.ts';
import { openAccountKey } from '../../src/acme/jws.ts';
import { placeOrder } from '../../src/acme/order.ts';
import type { Account, OrderOutcome, OrderRequest } from '../../src/acme/order-contract.ts';
import { createSystemResolver } from '../../src/dns/system-resolver.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { silentLog } from '../../src/platform/log.ts';
import { systemRandom } from '../../src/platform/random.ts';
import { noPebble, Pebble } from '../support/pebble.ts';

describe.skipIf(noPebble !== undefined)(`an order at Pebble${noPebble ?? ''}`, () => {
  const challenges = new Challenges();
  const accounts: Account[] = [];
  let listener: ChallengeListener;
  let pebble: Pebble;
  beforeAll(async () => {
    listener = await openChallengeListener({
      listen: [{ host: '127.0.0.1', port: 0 }],
      inherited: [],
      challenges,
      log: silentLog,
    });
    pebble = await Pebble.start({ httpPort: listener.addresses[0]!.port, refuseNonces: 30 });
  });
  afterAll(async () => {
    await listener.stop();
    await pebble[Symbol.asyncDispose]();
  });

  async function order(changes: Partial<OrderRequest> = {}): Promise<OrderOutcome> {
    const request: OrderRequest = {
      name: 'mail.example.org',
      directory: pebble.directory,
      contact: 'you@example.org',
      ca: readFileSync(pebble.caFile, 'utf8'),
      account: accounts.at(-1),
      challenges: ['http-01'],
      version: '0.1.0',
      ...changes,
    };
    const outcome = await placeOrder(
      request,
      {
        onAccount: (account) => void accounts.push(account),
        onChallenge: (challenge) => challenges.show(challenge),
      },
      {
        resolver: createSystemResolver({ servers: [], clock: systemClock }),
        clock: systemClock,
        random: systemRandom,
        ending: new AbortController().signal,
      },
    );
    challenges.clear(request.name);
    return outcome;
  }

  function issued(outcome: OrderOutcome): X509Certificate {
    if (outcome.kind !== 'issued') throw new Error(JSON.stringify(outcome));
    return new X509Certificate(outcome.pem.slice(outcome.pem.indexOf('-----BEGIN CERT')));
  }

  test('makes an account once, and a certificate with a key of its own each time, though nonces are refused', async () => {
    const first = issued(await order());
    const second = issued(await order());
    expect(first.subjectAltName).toBe('DNS:mail.example.org');
    expect(second.publicKey.equals(first.publicKey)).toBe(false);
    expect(accounts).toHaveLength(1);
    expect(accounts[0]).toMatchObject({ directory: pebble.directory, contact: 'you@example.org' });
  });

  test('tells the authority of another contact, under the same account', async () => {
    issued(await order({ contact: undefined }));
    expect(accounts).toHaveLength(2);
    expect(accounts[1]).toMatchObject({ url: accounts[0]!.url, key: accounts[0]!.key, contact: undefined });
  });

  test('makes another account, with another key, where the authority has deactivated the one that is kept', async () => {
    const { key, url } = accounts.at(-1)!;
    const clock = systemClock;
    const https = createHttpsRequest({
      ca: readFileSync(pebble.caFile, 'utf8'),
      userAgent: 'test',
      resolver: createSystemResolver({ servers: [], clock }),
      clock,
      ending: new AbortController().signal,
    });
    const server = new AcmeServer(await readDirectory(pebble.directory, https, clock), https, clock);
    await server.post(openAccountKey(key), url, { status: 'deactivated' }, { kid: url });
    issued(await order({ contact: undefined }));
    expect(accounts.at(-1)!.url).not.toBe(url);
    expect(accounts.at(-1)!.key).not.toBe(key);
  });

  test('says in words that the authority finds no address of the name', async () => {
    await pebble.failDns('gone.example.org');
    const outcome = await order({ name: 'gone.example.org', contact: undefined });
    expect(outcome).toMatchObject({ kind: 'failed', failure: { problem: 'connection' } });
    expect(outcome.kind === 'failed' && outcome.failure.detail).toContain(
      'could not connect to gone.example.org',
    );
  });
});
