/** /metrics of the real relayd: what it counts, that docs/metrics.md describes it, and that promtool finds nothing. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fleetMetrics } from '../../src/http/metrics/of-fleet.ts';
import type { DatabaseState, NodeView } from '../../src/store/fleet.ts';
import { eventually } from '../support/eventually.ts';
import { familiesOf, sampleOf, type Family } from './support/metric-families.ts';
import { findProgram, run } from './support/programs.ts';
import { SENDER_DOMAIN, Stage } from './support/stage.ts';

const FROM = `shop@${SENDER_DOMAIN}`;
const RECIPIENTS = ['a@recipient.test', 'defer-451-4.7.1@recipient.test', 'bounce-550-5.1.1@recipient.test'];
const WAIT = { timeoutMs: 20_000, everyMs: 50 };
const DOCUMENT = path.resolve(import.meta.dirname, '../../docs/metrics.md');

const promtool = findProgram(['promtool'], ['--version']);

let stage: Stage;
let text: string;

const scrape = async () => await (await fetch(`${stage.relay.httpUrl}/metrics`)).text();

beforeAll(async () => {
  stage = await Stage.start({
    config: {
      http: { listen: ['127.0.0.1:0'] },
      inbound: { listen: ['127.0.0.1:0'], postmaster: FROM },
      metrics: { destinations: true },
      webhooks: { allow_http: true, allow_private_addresses: true },
    },
  });
  // Nobody listens there.
  await stage.relay.ctl('webhook', 'add', '--url', 'http://127.0.0.1:9/hook');
  const session = await stage.session();
  const ids: string[] = [];
  for (const to of RECIPIENTS)
    ids.push(
      await session.submitForId({ from: FROM, to, content: `From: ${FROM}\r\nTo: ${to}\r\n\r\nHello.\r\n` }),
    );
  await session.command('MAIL FROM:<a@elsewhere.example>');
  await session.quit();
  const [, deferred = ''] = ids;
  await eventually(async () => (await stage.message(deferred)).deliveries[0]?.state === 'deferred', WAIT);
  // The queue is read every five seconds, and the first time now.
  await eventually(async () => {
    text = await scrape();
    // The notification of the bounce is mail too.
    return sampleOf(text, 'postern_events_total{event="delivered"}') === 2;
  }, WAIT);
}, 60_000);

afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});

it.each([
  ['postern_events_total{event="bounced"}', 1],
  ['postern_smtp_refusals_total{listener="submission",reply="550 5.7.1"}', 1],
  ['postern_smtp_sessions{listener="submission"}', 0],
  ['postern_smtp_session_seconds_count{listener="submission"}', 1],
  ['postern_smtp_message_reply_seconds_count{listener="submission"}', 3],
  ['postern_destination_deferred{destination="recipient.test"}', 1],
  ['postern_delivery_seconds_count', 2],
  ['postern_queue_wait_seconds_count', 4],
  ['postern_attempt_seconds_count', 4],
  ['postern_webhooks{state="active"}', 1],
  ['postern_ready', 1],
  ['postern_thread_answered{thread="store"}', 1],
  ['postern_thread_answered{thread="delivery"}', 1],
])('%s is %d', (series, value) => {
  expect(sampleOf(text, series)).toBe(value);
});

it.each([
  'postern_store_commit_seconds_count',
  'postern_store_commit_operations_sum',
  'postern_webhook_backlog',
  'postern_webhook_oldest_seconds',
  'postern_disk_free_bytes',
  'postern_database_bytes{file="wal"}',
  'postern_thread_busy_seconds_total{thread="store"}',
  'postern_thread_heap_used_bytes{thread="delivery"}',
  'postern_certificate_expiry_timestamp_seconds',
  'process_open_fds',
  'process_start_time_seconds',
])('%s is known', (series) => {
  expect(sampleOf(text, series)).toBeGreaterThan(0);
});

it('counts each commit once in both histograms', () => {
  expect(sampleOf(text, 'postern_store_commit_operations_count')).toBe(
    sampleOf(text, 'postern_store_commit_seconds_count'),
  );
});

it('docs/metrics.md has every metric with its type, labels and meaning, and no other', () => {
  const documented = readFileSync(DOCUMENT, 'utf8').matchAll(
    /^\| `(\w+)` +\| (\w+) +\| ([^|]*?) *\| (.*?) *\|$/gm,
  );
  const described = [...documented].map(([, name, type, labels = '', help]) => ({
    name,
    type,
    help,
    labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label).sort(),
  }));
  const byName = (one: { name?: string | undefined }, other: { name?: string | undefined }) =>
    String(one.name).localeCompare(String(other.name));
  // This relay shares its store with nobody.
  const fleet = fleetMetrics([{ state: 'up', version: '1' } as NodeView], {
    role: 'primary',
    eventsPending: 0,
    eventLagMs: 0,
  } as DatabaseState);
  expect(described.sort(byName)).toEqual([...familiesOf(text + fleet.join(''))].sort(byName));
});

it('no metric has more than 200 series', () => {
  const many = familiesOf(text).filter(({ name }: Family) => text.split(`\n${name}`).length > 200);
  expect(many).toEqual([]);
});

it.skipIf(promtool === undefined)('promtool finds nothing to complain of (needs promtool)', async () => {
  const result = await run('promtool', ['check', 'metrics'], { input: text });
  expect(result).toEqual({ code: 0, stdout: '', stderr: '' });
});
