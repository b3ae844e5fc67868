/** Traces of messages, as a collector gets them from the real relayd: steps of two threads in one trace, without addresses. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { traceIdsOf } from '../../src/telemetry/trace-ids.ts';
import { eventually } from '../support/eventually.ts';
import { SENDER_DOMAIN, Stage } from './support/stage.ts';

interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly status: { readonly code?: number };
  readonly attributes: readonly {
    readonly key: string;
    readonly value: Readonly<Record<string, string | number>>;
  }[];
}

interface Export {
  readonly resourceSpans: readonly { readonly scopeSpans: readonly { readonly spans: readonly Span[] }[] }[];
}

const FROM = `shop@${SENDER_DOMAIN}`;
const WAIT = { timeoutMs: 20_000, everyMs: 50 };
const STEPS = ['accept', 'queue wait', 'attempt', 'settle'];

/** A collector that keeps what it is sent. */
async function startCollector(): Promise<{
  readonly url: string;
  readonly texts: string[];
  spans(): Span[];
}> {
  const texts: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      texts.push(Buffer.concat(chunks).toString());
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => void server.close());
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    texts,
    spans: () =>
      texts
        .flatMap((text) => (JSON.parse(text) as Export).resourceSpans)
        .flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)),
  };
}

async function submit(stage: Stage, to: string): Promise<string> {
  const session = await stage.session();
  const id = await session.submitForId({
    from: FROM,
    to,
    content: `From: ${FROM}\r\nTo: ${to}\r\nSubject: Private\r\n\r\nHello.\r\n`,
  });
  await session.quit();
  return id;
}

it('a message is one trace of its steps in both threads, found by its id, and none says who or what', async () => {
  const collector = await startCollector();
  await using stage = await Stage.start({ config: { telemetry: { endpoint: collector.url } } });
  const delivered = await submit(stage, 'someone@recipient.test');
  const bounced = await submit(stage, 'bounce-550-5.1.1@recipient.test');
  const spansOf = (id: string) =>
    collector.spans().filter(({ traceId }) => traceId === traceIdsOf(id).traceId);
  await eventually(() => [delivered, bounced].every((id) => spansOf(id).length >= STEPS.length), WAIT);

  const spans = spansOf(delivered);
  expect(spans.map(({ name }) => name).sort()).toEqual([...STEPS].sort());
  const { rootSpanId } = traceIdsOf(delivered);
  for (const { name, spanId, parentSpanId, startTimeUnixNano, endTimeUnixNano } of spans) {
    const isRoot = name === 'accept';
    expect([spanId === rootSpanId, parentSpanId ?? ''], name).toEqual([isRoot, isRoot ? '' : rootSpanId]);
    expect(BigInt(endTimeUnixNano) >= BigInt(startTimeUnixNano), name).toBe(true);
  }
  const attempt = spans.find(({ name }) => name === 'attempt');
  const attributes = Object.fromEntries(
    (attempt?.attributes ?? []).map(({ key, value }) => [key, Object.values(value)[0]]),
  );
  expect(attributes).toMatchObject({
    'postern.message.id': delivered,
    'postern.destination': 'recipient.test',
    'server.address': 'mx.recipient.test',
    'postern.reply.code': 250,
    'postern.state': 'delivered',
  });
  const failed = (id: string) =>
    spansOf(id)
      .filter(({ status }) => status.code === 2)
      .map(({ name }) => name);
  expect([failed(delivered), failed(bounced)]).toEqual([[], ['attempt']]);
  for (const secret of ['someone', 'bounce-550', 'shop@', 'Private', 'Hello'])
    expect(collector.texts.join('')).not.toContain(secret);
});

it('a collector that is not there stops neither mail nor the end of relayd', async () => {
  await using stage = await Stage.start({ config: { telemetry: { endpoint: 'http://127.0.0.1:9' } } });
  const id = await submit(stage, 'someone@recipient.test');
  expect((await stage.settled(id)).deliveries[0]?.state).toBe('delivered');
  await stage.relay.stop();
  expect(stage.relay.running).toBe(false);
});
