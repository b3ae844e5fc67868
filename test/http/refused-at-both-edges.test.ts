/** The command line and HTTP keep the same rules: what one refuses, the other does. */
import { expect, onTestFinished, test } from 'vitest';
import { CliStage } from '../cli/support/cli-stage.ts';
import { stage } from './support/http-stage.ts';

interface Wrong {
  readonly what: string;
  readonly cli: readonly string[];
  readonly http: readonly [method: string, path: string, body?: object];
  /** The field that HTTP names. */
  readonly field?: string;
}

const CREDENTIALS = '/v1/credentials';
const SUPPRESSIONS = '/v1/suppressions';
const ADDRESS = 'a@b.example';

const WRONG: readonly Wrong[] = [
  {
    what: 'failure reports to an address, and none',
    cli: ['credential', 'add', '--no-dsn', '--dsn-to', ADDRESS],
    http: ['POST', CREDENTIALS, { send_dsn: false, dsn_to: ADDRESS }],
    field: 'dsn_to',
  },
  {
    what: 'a network without addresses',
    cli: ['credential', 'add', '--kind', 'network'],
    http: ['POST', CREDENTIALS, { kind: 'network' }],
    field: 'allow_ip',
  },
  {
    what: 'TLS required of a login',
    cli: ['credential', 'add', '--require-tls'],
    http: ['POST', CREDENTIALS, { require_tls: true }],
    field: 'require_tls',
  },
  {
    what: 'a scope that is none',
    cli: ['credential', 'add', '--scope', 'everything'],
    http: ['POST', CREDENTIALS, { scopes: ['everything'] }],
    field: 'scopes[0]',
  },
  {
    what: 'a stream that is not there, of a credential',
    cli: ['credential', 'add', '--stream', 'none'],
    http: ['POST', CREDENTIALS, { stream: 'none' }],
    field: 'stream',
  },
  {
    what: 'a name of two lines',
    cli: ['credential', 'add', '--name', 'two\nlines'],
    http: ['POST', CREDENTIALS, { name: 'two\nlines' }],
    field: 'name',
  },
  {
    what: 'the whole internet',
    cli: ['credential', 'add', '--kind', 'network', '--allow-ip', '0.0.0.0/0'],
    http: ['POST', CREDENTIALS, { kind: 'network', allow_ip: ['0.0.0.0/0'] }],
    field: 'allow_ip[0]',
  },
  {
    what: 'a stream of that name',
    cli: ['stream', 'add', 'broadcast'],
    http: ['POST', '/v1/streams', { name: 'broadcast' }],
    field: 'name',
  },
  {
    what: 'a stream called like the scope of an account',
    cli: ['stream', 'add', 'account'],
    http: ['POST', '/v1/streams', { name: 'account' }],
    field: 'name',
  },
  {
    what: 'a suppression in a stream that is not there',
    cli: ['suppression', 'add', ADDRESS, '--stream', 'none'],
    http: ['POST', SUPPRESSIONS, { address: ADDRESS, stream: 'none' }],
    field: 'stream',
  },
  {
    what: 'a note that is too long',
    cli: ['suppression', 'add', ADDRESS, '--note', 'x'.repeat(1_001)],
    http: ['POST', SUPPRESSIONS, { address: ADDRESS, note: 'x'.repeat(1_001) }],
    field: 'note',
  },
  {
    what: 'a suppression that is not there, to be removed',
    cli: ['suppression', 'remove', ADDRESS],
    http: ['DELETE', `${SUPPRESSIONS}/${ADDRESS}`],
  },
  {
    what: 'a suppression removed from a stream that is not there',
    cli: ['suppression', 'remove', ADDRESS, '--stream', 'none'],
    http: ['DELETE', `${SUPPRESSIONS}/${ADDRESS}?stream=none`],
    field: 'query.stream',
  },
];

test.each(WRONG)('$what', async ({ cli, http: [method, path, body], field }) => {
  const operator = new CliStage();
  onTestFinished(() => operator.dispose());
  operator.openStore();
  const ran = await operator.run(cli);
  expect(ran.code, ran.err).toBeGreaterThan(0);
  expect(ran.err).not.toContain('unforeseen');

  const relay = await stage();
  const answer = await relay.call(path, { key: await relay.key(), method, ...(body && { body }) });
  expect(answer.status, JSON.stringify(answer.body)).toBeGreaterThanOrEqual(400);
  expect(answer.status).toBeLessThan(500);
  expect(answer.body.error.field).toBe(field);
});
