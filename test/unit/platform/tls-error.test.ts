/** Errors as OpenSSL and Node.js really make them: over loopback, and from what is no key. */
import { once } from 'node:events';
import { connect as connectPlain, type AddressInfo } from 'node:net';
import tls, { createSecureContext } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  makeSelfSignedCertificate,
  type CertificateAndKey,
} from '../../../src/smtp/server/self-signed-certificate.ts';
import { errorWords, tlsErrorWords } from '../../../src/platform/tls-error.ts';

let made: CertificateAndKey;
let server: tls.Server;
let port: number;
beforeAll(async () => {
  made = await makeSelfSignedCertificate('localhost');
  server = tls.createServer({ ...made, minVersion: 'TLSv1.3' }, (socket) => socket.end());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
});
afterAll(() => server.close());

const RAW = /error:|routines|--use-system-ca/;

describe('in words', () => {
  test.each([
    ['EHLO a\r\n', 'the other side sent something that is not TLS'],
    ['GET / HTTP/1.1\r\n\r\n', 'the other side sent an HTTP request in clear instead of TLS'],
  ])('what the server says of %j', async (octets, words) => {
    const failed = once(server, 'tlsClientError');
    const socket = connectPlain(port, '127.0.0.1', () => socket.write(octets));
    socket.on('error', () => undefined);
    const [error] = (await failed) as [Error];
    socket.destroy();
    expect(error.message).toMatch(RAW);
    expect(errorWords(error)).toBe(words);
  });

  test.each([
    [{ maxVersion: 'TLSv1.2', rejectUnauthorized: false }, 'the other side refused TLS (protocol version)'],
    [{}, 'TLS: its certificate is self-signed'],
    [{ ca: 'made' }, 'TLS: its certificate is for another name'],
  ] as const)('what the client says with %o', async (options, words) => {
    const ca = 'ca' in options ? { ca: made.cert } : {};
    const socket = tls.connect({ port, host: '127.0.0.1', servername: 'other.test', ...options, ...ca });
    const [error] = (await once(socket, 'error')) as [Error];
    socket.destroy();
    expect(errorWords(error)).toBe(words);
  });

  test('a reason that has none of ours, without the number and the file in the source', () => {
    let error: unknown;
    try {
      createSecureContext({ cert: 'no PEM', key: made.key });
    } catch (caught) {
      error = caught;
    }
    expect((error as Error).message).toMatch(RAW);
    expect(errorWords(error)).toBe('TLS failed (no start line)');
  });

  test('of anything else its message', () => {
    expect(tlsErrorWords(new Error('boom'))).toBeUndefined();
    expect(errorWords(new Error('boom'))).toBe('boom');
    expect(errorWords('boom')).toBe('boom');
  });
});
