/**
 * What listening-server.ts, smtp-channel.ts, reply-channel.ts and smtp-connection.ts of src/smtp/server lean on inside smtp-server, beyond
 * its documented interface. When an upgrade breaks one of these, read its changes before touching the subclass.
 */
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { SMTPServer } from 'smtp-server';
import { SMTPConnection } from 'smtp-server/lib/smtp-connection';
import { describe, expect, it } from 'vitest';
import { Wire } from './support/dialogue.ts';

const require = createRequire(import.meta.url);
const esm = require.resolve('smtp-server').replace('/cjs/smtp-server.js', '/esm/');
const source = (file: string) => readFileSync(`${esm}${file}`, 'utf8');

const memberOf = (prototype: object, name: string): unknown => (prototype as Record<string, unknown>)[name];

/** The handler commands that exist; a new one has to be looked at, since the library answers it by itself. */
const HANDLERS = [
  'AUTH',
  'DATA',
  'EHLO',
  'HELO',
  'HELP',
  'KILL',
  'MAIL',
  'NOOP',
  'QUIT',
  'RCPT',
  'RSET',
  'SHELL',
  'STARTTLS',
  'VRFY',
  'WIZ',
  'XCLIENT',
  'XFORWARD',
];

describe('smtp-server', () => {
  it('is the release that the subclass was written against', () => {
    const { version } = require('smtp-server/package.json') as { version: string };
    expect(version.split('.').slice(0, 2)).toEqual(['3', '21']);
  });

  it('has the handlers we know, and finds them by name', () => {
    const names = Object.getOwnPropertyNames(SMTPConnection.prototype)
      .filter((name) => name.startsWith('handler_'))
      .map((name) => name.slice('handler_'.length));
    expect(names.sort()).toEqual(HANDLERS);
    expect(source('smtp-connection.js')).toContain("return this['handler_' + command];");
  });

  it.each([
    'init',
    'connectionReady',
    'send',
    'close',
    'upgrade',
    '_setListeners',
    '_createParser',
    '_onCommand',
    '_onClose',
    '_onTimeout',
    '_armTimeout',
    '_whenWritable',
    '_resetSession',
  ] satisfies (keyof SMTPConnection)[])('has SMTPConnection.%s()', (name) => {
    expect(memberOf(SMTPConnection.prototype, name)).toBeTypeOf('function');
  });

  it.each([
    'connect',
    '_acceptSocket',
    '_expectsProxyHeader',
    '_handleProxy',
    '_upgrade',
    '_onError',
    'onAuth',
    'onConnect',
    'onData',
    'onSecure',
  ] satisfies (keyof SMTPServer)[])('has SMTPServer.%s()', (name) => {
    expect(memberOf(SMTPServer.prototype, name)).toBeTypeOf('function');
  });

  it('writes in one place only, so that replies can be gathered and their codes set', () => {
    expect(source('smtp-connection.js').match(/\._socket\.write\(/g)).toHaveLength(1);
  });

  it('says the idle timeout in the words we look for', () => {
    expect(source('smtp-connection.js')).toContain("this.send(421, 'Timeout - closing connection')");
  });

  it('asks of its parser what ours has', () => {
    const asked = source('smtp-connection.js').matchAll(/parser\.(\w+)/g);
    expect([...new Set([...asked].map((match) => match[1]))].sort()).toEqual([
      '_dataMode',
      'continue',
      'dataBytes',
      'isClosed',
      'on',
      'oncommand',
      'startDataMode',
    ]);
    // Of these, dataBytes and startDataMode only in its own DATA, which ours replaces.
    const data = source('smtp-connection.js').split('handler_DATA(command, callback)')[1] ?? '';
    expect(data.match(/parser\.(dataBytes|startDataMode)/g)?.length).toBe(
      source('smtp-connection.js').match(/parser\.(dataBytes|startDataMode)/g)?.length,
    );
  });

  it('calls onSecure on both ways to TLS, after forgetting the session in clear', () => {
    const text = source('smtp-connection.js');
    expect(text.match(/_server\.onSecure\(/g)).toHaveLength(2);
    const upgrade = text.slice(text.indexOf('    upgrade(callback'));
    expect(upgrade.indexOf('this._resetSession()')).toBeLessThan(upgrade.indexOf('_server.onSecure('));
    expect(upgrade.indexOf('this._resetSession()')).toBeGreaterThan(0);
  });

  it('keeps the options of a secure context in a map that can be replaced', () => {
    const server = new SMTPServer({ logger: false });
    expect(server.secureContext).toBeInstanceOf(Map);
    expect(server.secureContext.has('*')).toBe(true);
    expect(server._pendingSockets).toBeInstanceOf(Map);
    expect(server.connections).toBeInstanceOf(Set);
  });

  it('still waits before its own greeting: when it no longer does, ours can go', async () => {
    const server = new SMTPServer({ logger: false, disableReverseLookup: true });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.server.address();
    const startMs = performance.now();
    const wire = await Wire.open(typeof address === 'object' && address !== null ? address.port : 0);
    await wire.reply();
    expect(performance.now() - startMs).toBeGreaterThan(90);
    wire.destroy();
    await new Promise<void>((resolve) => server.close(resolve));
  });
});
