/** The command line and HTTP keep the same rules: what one refuses, the other does. */
import { expect, onTestFinished, test } from 'vitest';
import { CliStage } from '../cli/support/cli-stage.ts';
import { stage } from './support/http-stage.ts';

interface Wrong {
  readonly what: string;
  readonly cli: readonly string[];
  readonly http: readonly [method: string, path: string, body?: object];
  /** There is a webhook; `ID` stands for it. */
  readonly webhook?: true;
  /** What the command line can read. */
  readonly files?: Readonly<Record<string, string>>;
  /** The field that HTTP names. */
  readonly field?: string;
}

const CREDENTIALS = '/v1/credentials';
const SUPPRESSIONS = '/v1/suppressions';
const ADDRESS = 'a@b.example';
const HOOK = 'https://hooks.example/mail';
const EVENT = 'evt_00000000000001';

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
    what: 'a credential that has expired before it is added',
    cli: ['credential', 'add', '--expires', '2020-01-01'],
    http: ['POST', CREDENTIALS, { expires_at: '2020-01-01T00:00:00Z' }],
    field: 'expires_at',
  },
  {
    what: 'a credential that expires at once',
    cli: ['credential', 'add', '--expires', '0s'],
    http: ['POST', CREDENTIALS, { expires_at: '1970-01-01T00:00:00Z' }],
    field: 'expires_at',
  },
  {
    what: 'a limit of use that there is not',
    cli: ['credential', 'add', '--limit', 'messages_per_week=1'],
    http: ['POST', CREDENTIALS, { limits: { messages_per_week: 1 } }],
    field: 'limits.messages_per_week',
  },
  {
    what: 'a limit of use below nothing',
    cli: ['credential', 'add', '--limit', 'messages_per_hour=-1'],
    http: ['POST', CREDENTIALS, { limits: { messages_per_hour: -1 } }],
    field: 'limits.messages_per_hour',
  },
  {
    what: 'a suppression that has expired before it is added',
    cli: ['suppression', 'add', ADDRESS, '--expires', '2020-01-01'],
    http: ['POST', SUPPRESSIONS, { address: ADDRESS, expires_at: '2020-01-01T00:00:00Z' }],
    field: 'expires_at',
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
    what: 'a webhook in clear',
    cli: ['webhook', 'add', '--url', 'http://hooks.example/'],
    http: ['POST', '/v1/webhooks', { url: 'http://hooks.example/' }],
    field: 'url',
  },
  {
    what: 'a webhook inside the network',
    cli: ['webhook', 'add', '--url', 'https://10.0.0.1/'],
    http: ['POST', '/v1/webhooks', { url: 'https://10.0.0.1/' }],
    field: 'url',
  },
  {
    what: 'a webhook for an event that there is not',
    cli: ['webhook', 'add', '--url', HOOK, '--event', 'lost'],
    http: ['POST', '/v1/webhooks', { url: HOOK, events: ['lost'] }],
    field: 'events[0]',
  },
  {
    what: 'a change of a webhook to nothing',
    webhook: true,
    cli: ['webhook', 'change', 'ID'],
    http: ['PATCH', '/v1/webhooks/ID', {}],
  },
  {
    what: 'a webhook to be replayed, without a word of which events',
    webhook: true,
    cli: ['webhook', 'replay', 'ID'],
    http: ['POST', '/v1/webhooks/ID/replay', {}],
  },
  {
    what: 'the end of a range that has no beginning',
    webhook: true,
    cli: ['webhook', 'replay', 'ID', '--failed', '--until', '2026-01-01'],
    http: ['POST', '/v1/webhooks/ID/replay', { failed: true, until: '2026-01-01T00:00:00Z' }],
    field: 'until',
  },
  {
    what: 'events asked for in two ways',
    webhook: true,
    cli: ['webhook', 'replay', 'ID', '--failed', '--event-id', EVENT],
    http: ['POST', '/v1/webhooks/ID/replay', { failed: true, event_ids: [EVENT] }],
  },
  {
    what: 'an old secret that signs for too long',
    webhook: true,
    cli: ['webhook', 'rotate', 'ID', '--overlap', '31d'],
    http: ['POST', '/v1/webhooks/ID/rotate', { overlap_seconds: 31 * 86_400 }],
    field: 'overlap_seconds',
  },
  {
    what: 'a template called like an id',
    files: { 'a.html': 'x' },
    cli: ['template', 'add', 'tpl_1', '--html', 'a.html'],
    http: ['POST', '/v1/templates', { name: 'tpl_1', html: 'x' }],
    field: 'name',
  },
  {
    what: 'a template that cannot be filled',
    files: { 'a.html': '{{ name' },
    cli: ['template', 'add', 'a', '--html', 'a.html'],
    http: ['POST', '/v1/templates', { name: 'a', html: '{{ name' }],
    field: 'html',
  },
  {
    what: 'Ed25519 alone',
    cli: ['domain', 'add', 'a.example', '--dkim', 'ed25519'],
    http: ['POST', '/v1/domains', { domain: 'a.example', dkim: 'ed25519' }],
    field: 'dkim',
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

test.each(WRONG)('$what', async ({ webhook, files, cli, http: [method, path, body], field }) => {
  const operator = new CliStage();
  onTestFinished(() => operator.dispose());
  operator.openStore();
  operator.files = { ...files };
  const known =
    webhook && ((await operator.json('webhook', 'add', '--url', HOOK)) as { readonly id: string });
  const ran = await operator.run(cli.map((word) => word.replace(/^ID$/, known?.id ?? '')));
  expect(ran.code, ran.err).toBeGreaterThan(0);
  expect(ran.err).not.toContain('unforeseen');

  const relay = await stage();
  const key = await relay.key();
  const made = webhook && (await relay.call('/v1/webhooks', { key, body: { url: HOOK } }));
  const answer = await relay.call(path.replace('ID', made?.body.id), {
    key,
    method,
    ...(body && { body }),
  });
  expect(answer.status, JSON.stringify(answer.body)).toBeGreaterThanOrEqual(400);
  expect(answer.status).toBeLessThan(500);
  expect(answer.body.error.field).toBe(field);
});
