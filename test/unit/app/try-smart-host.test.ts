/** doctor's look at a smart host: a login and nothing more, with the client that delivers. */
import { expect, test } from 'vitest';
import { trySmartHost } from '../../../src/app/try-smart-host.ts';
import type { RelayTls } from '../../../src/policy/egress/route-rules.ts';
import type { Source } from '../../../src/policy/egress/source.ts';
import { DEFAULT_EXTENSIONS } from '../../support/fake-mx-options.ts';
import { startFakeMx, type FakeMx } from '../../support/fake-mx.ts';

const LOGIN = { username: 'me', password: 'correct horse', mechanism: undefined };
const OFFERS = [...DEFAULT_EXTENSIONS, 'AUTH PLAIN'];

const tryAt = async (mx: FakeMx, tls: RelayTls, password = LOGIN.password, source?: Source) =>
  await trySmartHost(
    { host: '127.0.0.1', port: mx.port, tls, login: { ...LOGIN, password } },
    '127.0.0.1',
    source,
    'relay.test',
  );

test('logs in and leaves, without a transaction', async () => {
  await using mx = await startFakeMx({ login: LOGIN, extensions: OFFERS });
  expect(await tryAt(mx, 'encrypt')).toEqual({
    kind: 'ready',
    tls: expect.stringMatching(/^TLSv1\.3/) as string,
  });
  expect(mx.commands.at(-1)).toBe('QUIT');
  expect(mx.commands.filter((command) => command.startsWith('MAIL'))).toEqual([]);
});

test('tells a login that is refused, with the words of the host and without the secret', async () => {
  await using mx = await startFakeMx({ login: LOGIN, extensions: OFFERS });
  const outcome = await tryAt(mx, 'encrypt', 'wrong horse');
  expect(outcome).toMatchObject({ kind: 'failed', stage: 'auth' });
  expect(JSON.stringify(outcome)).toContain('535');
  expect(JSON.stringify(outcome)).not.toContain('wrong horse');
});

test('tells TLS that is missing or does not verify, before a login', async () => {
  await using mx = await startFakeMx({ login: LOGIN, extensions: OFFERS });
  expect(await tryAt(mx, 'verify')).toMatchObject({ kind: 'failed', stage: 'starttls' });
  mx.change({ extensions: ['AUTH PLAIN'] });
  expect(await tryAt(mx, 'encrypt')).toMatchObject({ kind: 'failed', stage: 'starttls' });
  expect(mx.commands.filter((command) => command.startsWith('AUTH'))).toEqual([]);
});

test('tells a host that nothing answers at', async () => {
  const mx = await startFakeMx();
  await mx.close();
  expect(await tryAt(mx, 'may')).toMatchObject({ kind: 'failed', stage: 'connect' });
});

test('leaves from a source of the pool, under its name; one of another family tells nothing', async () => {
  await using mx = await startFakeMx({ login: LOGIN, extensions: OFFERS });
  const source: Source = {
    name: 'out',
    addresses: ['127.0.0.9'],
    hostname: 'out.test',
    pool: 'default',
    weight: 1,
    clientCertificate: undefined,
    hop: undefined,
    warmUp: undefined,
  };
  expect(await tryAt(mx, 'encrypt', LOGIN.password, source)).toMatchObject({ kind: 'ready' });
  expect(mx.commands).toContain('EHLO out.test');
  expect(await tryAt(mx, 'encrypt', LOGIN.password, { ...source, addresses: ['::1'] })).toMatchObject({
    kind: 'unknown',
  });
});
