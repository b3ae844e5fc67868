/** Health, readiness and metrics: who may see them, and what they tell. */
import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import type { EventType } from '../../src/policy/delivery-state.ts';
import type { Settlement } from '../../src/store/delivery-records.ts';
import { claimAll, settleAll } from '../conformance/store/fixtures.ts';
import { acceptMessage, deliverAll } from './support/accept-message.ts';
import { stage } from './support/http-stage.ts';

test('health is open to everybody, and says nothing but that', async () => {
  const relay = await stage();
  const { status, body } = await relay.call('/healthz');
  expect([status, body]).toEqual([200, { up: true }]);
  expect((await relay.call('/healthz', { method: 'HEAD' })).status).toBe(200);
});

test('readiness names what is not as it should be', async () => {
  const ready = await stage();
  expect((await ready.call('/readyz')).body).toMatchObject({ ready: true });
  const relay = await stage({
    http: {
      checks: () =>
        Promise.resolve([
          { name: 'store', ok: true, detail: 'the store answers' },
          { name: 'disk', ok: false, detail: '12 MiB are free in /var/lib/secret', remedy: 'make room' },
        ]),
    },
  });
  const { status, body } = await relay.call('/readyz');
  expect(status).toBe(503);
  expect(body.ready).toBe(false);
  // Everybody may ask: no path, no figures.
  expect(body.checks).toEqual([
    { name: 'store', ok: true },
    { name: 'disk', ok: false, reason: 'less disk space than the reserve' },
  ]);
});

test('readiness lists what is wrong and does not keep mail away, and stays ready', async () => {
  const relay = await stage({
    http: {
      checks: () =>
        Promise.resolve([{ name: 'certificate', ok: false, detail: 'x.pem expired', remedy: 'renew it' }]),
    },
  });
  const { status, body } = await relay.call('/readyz');
  expect(status).toBe(200);
  expect(body).toEqual({
    ready: true,
    checks: [{ name: 'certificate', ok: false, reason: 'the certificate is not valid' }],
  });
});

test('metrics count events, the queue and requests, in the format of Prometheus, without names', async () => {
  const relay = await stage();
  await acceptMessage(relay, { recipients: ['someone@destination.example', 'other@destination.example'] });
  const queued = (await relay.call('/metrics')).body as string;
  expect(queued).toContain('postern_events_total{event="accepted"} 2\n');
  expect(queued).toContain('postern_queue_deliveries{state="queued"} 2\n');
  expect(queued).toContain('postern_queue_destinations 1\n');
  await deliverAll(relay);
  const { body, headers } = await relay.call('/metrics');
  expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect(body).toContain('postern_events_total{event="accepted"} 2\n');
  expect(body).toContain('postern_events_total{event="delivered"} 2\n');
  expect(body).toMatch(/^postern_http_requests_total\{status="2xx"\} 1$/m);
  expect(body).not.toContain('destination.example');
  for (const line of (body as string).trimEnd().split('\n'))
    expect(line).toMatch(/^(# (HELP|TYPE) \w+ .+|\w+(\{\w+="[^"]*"(,\w+="[^"]*")*\})? -?[\d.e+-]+)$/);
});

test('metrics show each check, and failures by class', async () => {
  const relay = await stage({
    http: {
      checks: () =>
        Promise.resolve([
          { name: 'store', ok: true, detail: 'the store answers' },
          { name: 'dns', ok: false, detail: 'ns.secret.example does not answer', remedy: 'look' },
        ]),
    },
  });
  await acceptMessage(relay, { recipients: ['a@example.net'] });
  await acceptMessage(relay, { recipients: ['b@example.com', 'c@example.com'] });
  const { claims } = await claimAll(relay.store.spool);
  const failed = (type: EventType, failure: string): Partial<Settlement> => ({
    event: { type, atMs: 1, data: { class: failure } },
  });
  await settleAll(relay.store.spool, claims.slice(0, 1), failed('deferred', 'local-dns'));
  await settleAll(relay.store.spool, claims.slice(1), failed('bounced', 'reputation'));
  const metrics = (await relay.call('/metrics')).body as string;
  expect(metrics).toContain('postern_check_failed{check="store"} 0\n');
  expect(metrics).toContain('postern_check_failed{check="dns"} 1\n');
  expect(metrics).toContain('postern_failures_total{class="local-dns"} 1\n');
  expect(metrics).toContain('postern_failures_total{class="reputation"} 2\n');
  expect(metrics).toContain('postern_failures_total{class="network"} 0\n');
  expect(metrics).not.toContain('secret');
});

test('metrics need an admin key when they are asked for through a proxy, and any key given has to be one', async () => {
  const relay = await stage();
  for (const header of ['x-forwarded-for', 'forwarded', 'via', 'x-real-ip'])
    expect((await relay.call('/metrics', { headers: { [header]: 'x' } })).status, header).toBe(401);
  const admin = await relay.key();
  expect((await relay.call('/metrics', { key: admin, headers: { via: 'x' } })).status).toBe(200);
  const reader = await relay.key({ scopes: ['messages:read'] });
  expect((await relay.call('/metrics', { key: reader })).status).toBe(403);
});

test('metrics count what was turned away for good, and what was kept of it can be read', async () => {
  const relay = await stage();
  const key = await relay.key({ scopes: ['send', 'messages:read'] });
  const sent = await relay.call('/v1/send', {
    key,
    body: { from: 'x@not-ours.example', to: 'b@example.net', subject: 'Offer', text: 'x' },
  });
  expect(sent.status).toBe(403);
  await eventually(async () => (await relay.reader.refusedMessages(undefined, undefined, 10)).length === 1);
  expect(await relay.reader.refusedMessages(relay.account.id, undefined, 10)).toMatchObject([
    { via: 'http', headerFrom: 'x@not-ours.example', subject: 'Offer', recipients: ['b@example.net'] },
  ]);
  const { body } = await relay.call('/v1/events?type=refused', { key });
  expect(body.data).toMatchObject([{ event: 'refused', recipient: null, via: 'http', code: 550 }]);
  const metrics = (await relay.call('/metrics')).body as string;
  expect(metrics).toContain('postern_refused_messages_total{kept="yes"} 1\n');
  expect(metrics).toContain('postern_refused_messages_total{kept="no"} 0\n');
  expect(metrics).toContain('postern_events_total{event="refused"} 1\n');
});
