/** When certificates are ordered, what is kept of it, and what is left alone when it fails. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AcmeService } from '../../../src/acme/acme-service.ts';
import { readAccount } from '../../../src/acme/acme-state.ts';
import { Challenges } from '../../../src/acme/challenges.ts';
import { makeAccountKey } from '../../../src/acme/jws.ts';
import type { OrderRequest, PlaceOrder } from '../../../src/acme/order-contract.ts';
import { createLog } from '../../../src/platform/log.ts';
import { systemRandom } from '../../../src/platform/random.ts';
import { createSecretBox } from '../../../src/platform/secret-box.ts';
import { makeSelfSignedCertificate } from '../../../src/smtp/server/self-signed-certificate.ts';
import { issuedFile } from '../../../src/smtp/server/tls-context.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DIRECTORY = 'https://ca.test/directory';
const FAILED = {
  kind: 'failed' as const,
  failure: { problem: 'connection', detail: 'no way', remedy: 'make one' },
};

let dataDir: string;
let clock: VirtualClock;
let lines: Record<string, unknown>[];
let ordered: OrderRequest[];
let taken: number;
let place: PlaceOrder;
let services: AcmeService[];
let challenges: Challenges;
beforeEach(() => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'postern-acme-'));
  clock = new VirtualClock();
  lines = [];
  ordered = [];
  taken = 0;
  services = [];
  challenges = new Challenges();
  place = issue;
});
afterEach(async () => {
  await Promise.all(services.map((service) => service.stop()));
  expect(clock.pendingTimers).toBe(0);
  rmSync(dataDir, { recursive: true });
});

/** Valid for ten years; made once, so that virtual time alone passes. */
const issued = new Map<string, string>();
for (const name of ['mail.example.org', 'a.example.org', 'b.example.org']) {
  const { cert, key } = await makeSelfSignedCertificate(name, new VirtualClock());
  issued.set(name, key + cert);
}
const issue: PlaceOrder = async ({ name }) => ({ kind: 'issued', pem: issued.get(name) ?? '' });

const box = createSecretBox(new Uint8Array(32).fill(7), systemRandom);

function service(names: readonly string[] = ['mail.example.org'], random = systemRandom): AcmeService {
  const acme = {
    enabled: true,
    directory: DIRECTORY,
    contact: undefined,
    listen: [],
    names,
    caFile: undefined,
  };
  const made = new AcmeService({
    config: { acme, dataDir },
    readCa: (file) => readFileSync(file, 'utf8'),
    version: '0.1.0',
    placeOrder: (request, events, ending) => {
      ordered.push(request);
      return place(request, events, ending);
    },
    kinds: ['http-01'],
    challenges,
    onIssued: () => taken++,
    box,
    clock,
    random,
    log: createLog({
      level: 'info',
      format: 'json',
      clock,
      write: (line) => lines.push(JSON.parse(line) as Record<string, unknown>),
    }),
  });
  services.push(made);
  made.lookNow();
  return made;
}

const pass = (ms: number) => clock.advance(ms);

async function orders(count: number): Promise<void> {
  while (ordered.length < count) await pass(MINUTE);
}

describe('orders', () => {
  test('come one for each name, and none when the certificates are good, also after a restart', async () => {
    service(['a.example.org', 'b.example.org']);
    await orders(2);
    await pass(HOUR);
    expect(ordered.map(({ name }) => name)).toEqual(['a.example.org', 'b.example.org']);
    expect(taken).toBe(2);
    expect(statSync(issuedFile(dataDir, 'a.example.org')).mode & 0o777).toBe(0o600);
    service(['a.example.org', 'b.example.org']);
    await pass(HOUR);
    expect(ordered).toHaveLength(2);
  });

  test('that fail wait longer each time, and are said with the time of the next', async () => {
    place = async () => FAILED;
    service();
    await pass(6 * HOUR);
    // At once, then after 15 minutes, 1 and 4 hours.
    expect(ordered).toHaveLength(4);
    expect(lines.filter(({ event }) => event === 'certificate not issued')[0]).toMatchObject({
      name: 'mail.example.org',
      problem: 'connection',
      reason: 'no way',
      remedy: 'make one',
      next_order_at: new Date(clock.now() - 6 * HOUR + 15 * MINUTE).toISOString(),
    });
    expect(taken).toBe(0);
  });

  test('that fail are counted over restarts, which order nothing by themselves', async () => {
    place = async () => FAILED;
    service();
    await orders(1);
    for (let starts = 0; starts < 5; starts++) {
      await services.at(-1)?.stop();
      service();
      await pass(MINUTE);
    }
    expect(ordered).toHaveLength(1);
    await pass(15 * MINUTE);
    expect(ordered).toHaveLength(2);
  });

  test('are not made before the time that the authority has named', async () => {
    place = async () => ({ ...FAILED, failure: { ...FAILED.failure, retryAfterMs: 3 * HOUR } });
    const acme = service();
    await orders(1);
    expect(await acme.renew(['mail.example.org'])).toMatchObject([{ kind: 'waits' }]);
    await pass(2 * HOUR);
    expect(ordered).toHaveLength(1);
    await pass(2 * HOUR);
    expect(ordered).toHaveLength(2);
  });

  test('of one name that fails leave the others alone, and a success forgets the failure', async () => {
    place = async (request, events, ending) =>
      request.name === 'b.example.org' && ordered.length < 3 ? FAILED : await issue(request, events, ending);
    const acme = service(['a.example.org', 'b.example.org']);
    await orders(2);
    expect(taken).toBe(1);
    expect(await acme.renew(['b.example.org'])).toMatchObject([{ name: 'b.example.org', kind: 'issued' }]);
    await pass(HOUR);
    expect(ordered).toHaveLength(3);
  });

  test('that throw are failures, and what is served stays', async () => {
    service();
    await orders(1);
    const before = readFileSync(issuedFile(dataDir, 'mail.example.org'), 'utf8');
    place = () => Promise.reject(new TypeError('a bug'));
    expect(await services[0]!.renew(['mail.example.org'])).toMatchObject([
      { kind: 'failed', detail: 'a bug' },
    ]);
    expect(readFileSync(issuedFile(dataDir, 'mail.example.org'), 'utf8')).toBe(before);
  });

  test('that never end are given up and broken off, and the next one is not', async () => {
    const endings: AbortSignal[] = [];
    place = (_request, _events, ending) => {
      endings.push(ending);
      return new Promise((resolve) => {
        ending.addEventListener('abort', () => resolve(FAILED));
      });
    };
    service();
    await orders(1);
    expect(endings.map(({ aborted }) => aborted)).toEqual([false]);
    await pass(6 * MINUTE);
    expect(lines).toMatchObject([{ event: 'certificate not issued', problem: 'timeout' }]);
    expect(endings.map(({ aborted }) => aborted)).toEqual([true]);
    await orders(2);
    expect(endings.map(({ aborted }) => aborted)).toEqual([true, false]);
  });

  test('that went on behind a limit show nothing and change no account any more', async () => {
    let late: Parameters<PlaceOrder>[1] | undefined;
    place = (_request, events) => {
      late = events;
      return new Promise(() => undefined);
    };
    service();
    await orders(1);
    await pass(6 * MINUTE);
    const token = 'abcdefghijklmnopqrstuvwxyz';
    late?.onChallenge({ kind: 'http-01', name: 'mail.example.org', token, keyAuthorization: 'x' });
    late?.onAccount({ directory: DIRECTORY, url: DIRECTORY, key: makeAccountKey(), contact: undefined });
    expect(challenges.keyAuthorization('mail.example.org', token)).toBeUndefined();
    expect(readAccount(dataDir, box)).toBeUndefined();
  });

  test('whose certificate cannot be kept are failures: said, and tried again later', async () => {
    // In the way of the file that is written first.
    const random = { ...systemRandom, bytes: (length: number) => new Uint8Array(length) };
    mkdirSync(path.join(dataDir, 'acme'));
    writeFileSync(`${issuedFile(dataDir, 'mail.example.org')}.000000000000`, '');
    const acme = service(['mail.example.org'], random);
    await orders(1);
    await pass(10 * MINUTE);
    expect(ordered).toHaveLength(1);
    expect(lines).toMatchObject([{ event: 'certificate not issued', problem: 'EEXIST' }]);
    expect(await acme.renew(['mail.example.org'])).toMatchObject([{ kind: 'issued' }]);
  });
});

test('a certificate that is damaged, or has lost its key, is ordered anew', async () => {
  service();
  await orders(1);
  const { cert } = await makeSelfSignedCertificate('mail.example.org', clock);
  const { key } = await makeSelfSignedCertificate('mail.example.org', clock);
  writeFileSync(issuedFile(dataDir, 'mail.example.org'), key + cert);
  await orders(2);
  expect(taken).toBe(2);
});

test('the key of the account is sealed, and used again', async () => {
  const account = {
    directory: DIRECTORY,
    url: 'https://ca.test/account/1',
    key: makeAccountKey(),
    contact: undefined,
  };
  place = async (request, events, ending) => {
    if (request.account === undefined) events.onAccount(account);
    return await issue(request, events, ending);
  };
  const acme = service();
  await orders(1);
  const file = path.join(dataDir, 'acme', 'account.json');
  expect(readFileSync(file, 'utf8')).not.toContain(account.key.split('\n')[1]);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  await acme.renew(['mail.example.org']);
  expect(ordered.map((one) => one.account?.key)).toEqual([undefined, account.key]);
  // Under another master key it is of no use, and a new one is made.
  expect(readAccount(dataDir, createSecretBox(new Uint8Array(32).fill(8), systemRandom))).toBeUndefined();
});

test('state that cannot be read is as none', async () => {
  service();
  await orders(1);
  await services[0]!.stop();
  writeFileSync(
    path.join(dataDir, 'acme', 'state.json'),
    '{"names": {"mail.example.org": {"failures": "x"}}, ',
  );
  service();
  await pass(HOUR);
  expect(ordered).toHaveLength(1);
});
