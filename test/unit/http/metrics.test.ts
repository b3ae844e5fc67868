/** Parts of /metrics that need more than one relay has: many destinations, many webhooks, strange labels. */
import { expect, test } from 'vitest';
import { Metrics, type MetricsOptions } from '../../../src/http/metrics/metrics.ts';
import { histogram, metric } from '../../../src/http/metrics/exposition.ts';
import { queueMetrics } from '../../../src/http/metrics/of-queue.ts';
import { readWebhookBacklog, type WebhookSources } from '../../../src/http/metrics/of-webhooks.ts';
import { RequestCounter } from '../../../src/http/request-counter.ts';
import { SmtpFigures } from '../../../src/smtp/server/smtp-figures.ts';
import type { QueueSummary } from '../../../src/store/views.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

test('a label is escaped, and a histogram counts upwards', () => {
  expect(metric('a', 'gauge', 'A', [[{ b: 'x"\\\n' }, 1]])).toBe(
    '# HELP a A\n# TYPE a gauge\na{b="x\\"\\\\\\n"} 1\n',
  );
  expect(histogram('h', 'H', [[{ l: 'x' }, { bounds: [1, 2], counts: [3, 0, 4], sum: 20 }]])).toBe(
    '# HELP h H\n# TYPE h histogram\nh_bucket{l="x",le="1"} 3\nh_bucket{l="x",le="2"} 3\n' +
      'h_bucket{l="x",le="+Inf"} 7\nh_sum{l="x"} 20\nh_count{l="x"} 7\n',
  );
});

test('the fifty destinations with most deferred deliveries are named, and none unless it is asked for', () => {
  const destinations = Array.from({ length: 80 }, (_, index) => ({
    name: `d${index}.example`,
    counts: { deferred: index },
    blockedUntilMs: undefined,
  }));
  const queue = { scheduled: 0, queued: 0, deferred: 0, held: 0, oldestAtMs: undefined, destinations };
  const lines = (named: boolean) =>
    queueMetrics(queue as unknown as QueueSummary, 0, named)
      .join('')
      .split('\n')
      .filter((line) => line.startsWith('postern_destination_deferred{'));
  expect(lines(true)).toHaveLength(50);
  expect(lines(true)[0]).toBe('postern_destination_deferred{destination="d79.example"} 79');
  expect(lines(false)).toEqual([]);
});

test('of many webhooks the failing ones are looked at first, and only so many', async () => {
  const asked: string[] = [];
  const webhooks = Array.from({ length: 50 }, (_, index) => ({
    id: `whk_${index}`,
    accountId: 'acc',
    events: [],
    cursor: 0,
    state: index === 0 ? 'paused' : 'active',
    failingSinceMs: index === 0 ? 1 : index > 45 ? 1_000 - index : undefined,
  }));
  const reader = {
    listWebhooks: () => Promise.resolve(webhooks),
    readEvents: () => Promise.resolve({ events: [{ atMs: 5_000 }], next: 1, more: false }),
    countWebhookRetries: (id: string) => {
      asked.push(id);
      return Promise.resolve(2);
    },
  };
  const backlog = await readWebhookBacklog(reader as unknown as WebhookSources);
  expect(backlog).toEqual({
    states: { active: 49, paused: 1, disabled: 0 },
    events: asked.length * 3,
    oldestAtMs: 951,
  });
  expect(asked).toHaveLength(20);
  expect(asked.slice(0, 4)).toEqual(['whk_49', 'whk_48', 'whk_47', 'whk_46']);
});

test('scrapes that come together read the queue once, and one that failed is not remembered', async () => {
  let reads = 0;
  let broken = true;
  const reader = {
    async summary() {
      reads++;
      await new Promise((resolve) => setImmediate(resolve));
      if (broken) throw new Error('the disk');
      return { scheduled: 0, queued: 0, deferred: 0, held: 0, oldestAtMs: undefined, destinations: [] };
    },
    listWebhooks: () => Promise.resolve([]),
    countEvents: () => Promise.resolve({ counts: {}, failures: {}, next: 0 }),
    nodes: () => Promise.resolve([]),
    databaseState: () => Promise.resolve(undefined),
  };
  const options = {
    reader,
    counter: new RequestCounter(),
    throttle: { failures: 0 },
    clock: new VirtualClock(),
    version: '0',
    config: { metrics: { destinations: false } },
    refusals: () => ({ kept: 0, leftOut: 0 }),
    streams: () => 0,
    bodyBytes: () => 0,
    bodies: () => 0,
    certificate: () => undefined,
    relay: undefined,
  };
  const metrics = new Metrics(options as unknown as MetricsOptions, 0);
  const scrape = () => Promise.allSettled(Array.from({ length: 50 }, () => metrics.text([])));
  expect((await scrape()).every(({ status }) => status === 'rejected')).toBe(true);
  expect(reads).toBe(1);
  broken = false;
  expect((await scrape()).every(({ status }) => status === 'fulfilled')).toBe(true);
  expect(reads).toBe(2);
  metrics.stop();
});

test('a request that is a stream is counted, and its length says nothing', () => {
  const counter = new RequestCounter();
  counter.count(200, 20);
  counter.count(200, 3_600_000, true);
  expect(counter.of('2xx')).toBe(2);
  expect(counter.durations('2xx').sum).toBe(0.02);
});

test('refusals are counted by reply, and further replies together', () => {
  const figures = new SmtpFigures();
  for (let code = 400; code < 599; code++) figures.refused({ code, status: '4.0.0', text: 'x' });
  const { refusals } = figures.figures();
  expect(refusals.get('400 4.0.0')).toBe(1);
  expect(refusals.get('other')).toBe(99);
  expect(refusals.size).toBe(101);
});
