/** The API of the real relayd: the examples of its guide, its keys beside relayctl and SMTP, its health, its end. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { ApiTalk } from './support/api-talk.ts';
import { curl, run } from './support/programs.ts';
import { SmtpTalk } from './support/smtp-talk.ts';
import { Stage, verifyDomain } from './support/stage.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.start({
    config: { http: { listen: ['127.0.0.1:0'], listen_tls: ['127.0.0.1:0'] } },
    zone: { 'example.net': { mx: [{ preference: 10, exchange: 'mx.recipient.test' }] } },
  });
  await verifyDomain(stage.relay, stage.dns, 'example.org');
});
afterAll(() => stage[Symbol.asyncDispose]());

describe.skipIf(curl === undefined)('the guide', () => {
  it('has examples that work as they are written', { timeout: 60_000 }, async () => {
    const guide = readFileSync(path.join(ROOT, 'docs/api.md'), 'utf8');
    const blocks = [...guide.matchAll(/```sh\n([^]*?)```/g)].map((match) => match[1] ?? '');
    expect(blocks.length).toBeGreaterThan(8);
    const user = await ApiTalk.withKey(stage.relay, '--scope', 'send', '--scope', 'messages:read');
    const admin = await ApiTalk.withKey(stage.relay, '--scope', 'admin');
    const sent = await user.call<{ id: string }>('POST', '/v1/send', {
      from: 'shop@example.org',
      to: 'ada@example.net',
      text: 'x',
    });
    const script = [
      'set -eu',
      'curl() { command curl -sS --fail-with-body "$@"; }',
      `relayctl() { '${process.execPath}' '${ROOT}/bin/relayctl.js' --config '${stage.relay.configFile}' "$@"; }`,
      ...blocks,
    ].join('\n');
    const { code, stdout, stderr } = await run('bash', ['-c', script], {
      env: { API: stage.relay.httpUrl, KEY: user.key, ADMIN: admin.key, MESSAGE: sent.body.id },
    });
    expect(code, `${stdout}\n${stderr}`).toBe(0);
    expect(stdout).toMatch(/pst_live_/);
    expect(stdout).toMatch(/"status":"queued"/);
    expect(stdout).toMatch(/retry: 2000\n/);
    expect(stdout).toMatch(/^postern_events_total\{event="accepted"\} [1-9]/m);
  });
});

describe('an API key', () => {
  it('logs in over SMTP as api, and what it sent is shown by HTTP', async () => {
    const api = await ApiTalk.withKey(stage.relay, '--scope', 'send', '--scope', 'messages:read');
    const session = await SmtpTalk.session({
      port: stage.relay.port,
      login: { username: 'api', password: api.key },
    });
    const id = await session.submitForId({
      from: 'a@example.org',
      to: 'ada@example.net',
      content: 'From: a@example.org\r\nSubject: x\r\n\r\nbody\r\n',
    });
    await session.quit();
    await eventually(async () => {
      const { body } = await api.call<{ deliveries: { state: string }[]; via: string }>(
        'GET',
        `/v1/messages/${id}`,
      );
      return body.via === 'smtp' && body.deliveries[0]?.state === 'delivered';
    });
    const { body } = await api.call<{ events: { event: string }[] }>('GET', `/v1/messages/${id}`);
    expect(body.events.map(({ event }) => event)).toEqual(['accepted', 'delivered']);
  });

  it('that relayctl revokes stops', async () => {
    const added = await stage.relay.ctl<{ id: string; key: string }>(
      'credential',
      'add',
      '--kind',
      'api',
      '--scope',
      'messages:read',
    );
    const api = new ApiTalk(stage.relay, added.key);
    expect((await api.call('GET', '/v1/streams')).status).toBe(200);
    await stage.relay.ctl('credential', 'revoke', added.id, '--yes');
    await eventually(async () => (await api.call('GET', '/v1/streams')).status === 401);
  });
});

it('relayctl status says where the API listens, and the API that it is ready', async () => {
  const status = await stage.relay.ctl<{ http: { port: number; tls: boolean }[] }>('status');
  expect(status.http.map(({ tls }) => tls)).toEqual([false, true]);
  const ready = await fetch(`${stage.relay.httpUrl}/readyz`);
  expect(ready.status).toBe(200);
  const { checks } = (await ready.json()) as { checks: { name: string; ok: boolean }[] };
  expect(checks.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['relayd', 'store', 'disk', 'delivery']),
  );
});

it('nothing of a request but its line is in the log: no key, no address, no content', async () => {
  const api = await ApiTalk.withKey(stage.relay, '--scope', 'suppressions');
  await api.call('GET', '/v1/suppressions/somebody.private@example.net');
  await api.call('POST', '/v1/suppressions', { address: 'not an address of anybody.private' });
  await eventually(() => stage.relay.log().includes('/v1/suppressions/:address'));
  const log = stage.relay.log();
  expect(log).not.toContain(api.key);
  expect(log).not.toContain('pst_live_');
  expect(log).not.toContain('private');
});

it('a listener in the way is named at the start', async () => {
  const other = await Stage.start({ config: { http: { listen: [] } } });
  try {
    await other.relay.stop();
    other.relay.configure({ http: { listen: [new URL(stage.relay.httpUrl).host] } });
    await expect(other.relay.start()).rejects.toThrow(
      /cannot listen on 127\.0\.0\.1:\d+: something else listens there/,
    );
  } finally {
    await other[Symbol.asyncDispose]();
  }
});
