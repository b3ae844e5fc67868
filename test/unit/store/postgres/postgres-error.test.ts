/** What the errors of PostgreSQL, of its driver and of the network become. */
import { describe, expect, test } from 'vitest';
import { connect } from '../../../../src/store/postgres/engine/connection.ts';
import { isLost, storeError } from '../../../../src/store/postgres/engine/postgres-error.ts';

function errorOf(code: string, message = 'x'): Error {
  return Object.assign(new Error(message), { code });
}

describe('errors of PostgreSQL', () => {
  test.each([
    ['28P01', 'busy', 'password in store.url'],
    ['3D000', 'busy', 'make the database'],
    ['25006', 'busy', 'primary'],
    ['53100', 'disk-full', 'disk of the server'],
    ['53300', 'busy', 'max_connections'],
    ['08006', 'busy', 'is the server up'],
    ['ECONNREFUSED', 'busy', 'is the server up'],
    ['ENOTFOUND', 'busy', 'is the server up'],
    ['25P03', 'busy', 'long pauses'],
    ['42703', 'failed', 'log of the server'],
  ])('%s is %s, with its own remedy', (state, code, remedy) => {
    expect(storeError(errorOf(state))).toMatchObject({
      code,
      remedy: expect.stringContaining(remedy) as string,
    });
  });

  test('a server that asks for a password that the URL has not refuses the user', () => {
    const error = new Error('SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string');
    expect(storeError(error)).toMatchObject({
      code: 'busy',
      remedy: expect.stringContaining('password') as string,
    });
  });

  test('a bug of ours is no connection that broke', () => {
    const error = Object.assign(new RangeError('out of range'), { code: 'ERR_OUT_OF_RANGE' });
    expect(isLost(error)).toBe(false);
    expect(storeError(error).code).toBe('failed');
    expect(isLost(errorOf('ECONNRESET'))).toBe(true);
    expect(isLost(errorOf('25P03'))).toBe(true);
  });

  test('a file of the URL that cannot be read is named', async () => {
    const url =
      'postgres://a@127.0.0.1:1/b?sslmode=verify-full&sslrootcert=/nonexistent/ca.pem&password=secret';
    const error: unknown = await connect(url).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'failed', remedy: expect.stringContaining('sslrootcert') as string });
    expect(String(error)).toContain('/nonexistent/ca.pem');
    expect(String(error)).not.toContain('secret');
  });
});
