/**
 * Sends the steps of messages as spans to an OpenTelemetry collector (OTLP over HTTP, JSON). Loaded only where
 * `telemetry.endpoint` is set: it costs a quarter of a second and some 30 MB. Bounded: what waits to be sent is at most
 * the SDK's queue, beyond it spans are dropped, and mail never waits.
 */
import { ROOT_CONTEXT, SpanStatusCode, trace, TraceFlags, type Tracer } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOnSampler,
  BatchSpanProcessor,
  RandomIdGenerator,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { withTimeout, type Clock } from '../platform/clock.ts';
import type { MessageStep, MessageTracer } from '../platform/message-tracer.ts';
import { isSampled, traceIdsOf, type TraceIds } from './trace-ids.ts';

export interface OtlpTracerOptions {
  /** `telemetry.endpoint`. */
  readonly endpoint: string;
  /** `telemetry.sample`. */
  readonly share: number;
  /** `hostname`. */
  readonly instance: string;
  readonly version: string;
  readonly clock: Clock;
}

/** Spans that wait to be sent. */
const MAX_QUEUED = 4_096;
const SEND_EVERY_MS = 2_000;
const STOP_MS = 2_000;

export function startOtlpTracer(options: OtlpTracerOptions): MessageTracer {
  const { endpoint, share, clock } = options;
  // The SDK requests the ids of a span while it creates it: the first step of a message gets those of its trace.
  const random = new RandomIdGenerator();
  const root: { ids: TraceIds | undefined } = { ids: undefined };
  const provider = new TracerProvider({
    sampler: new AlwaysOnSampler(),
    idGenerator: {
      generateTraceId: () => root.ids?.traceId ?? random.generateTraceId(),
      generateSpanId: () => root.ids?.rootSpanId ?? random.generateSpanId(),
    },
    resource: resourceFromAttributes({
      'service.name': 'postern',
      'service.version': options.version,
      'service.instance.id': options.instance,
    }),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: new OTLPTraceExporter({ url: `${endpoint}/v1/traces` }),
        maxQueueSize: MAX_QUEUED,
        scheduledDelayMillis: SEND_EVERY_MS,
      }),
    ],
  });
  const tracer = provider.getTracer('postern', options.version);
  return {
    step(step) {
      const ids = traceIdsOf(step.messageId);
      if (!isSampled(ids, share)) return;
      root.ids = step.name === 'accept' ? ids : undefined;
      write(tracer, step, ids);
      root.ids = undefined;
    },
    async stop() {
      try {
        await withTimeout(clock, STOP_MS, 'sending traces', provider.shutdown());
      } catch {
        // A collector that does not answer loses the last spans.
      }
    },
  };
}

function write(tracer: Tracer, step: MessageStep, ids: TraceIds): void {
  const { name, messageId, startMs, endMs, attributes, failure } = step;
  const parent = trace.setSpanContext(ROOT_CONTEXT, {
    traceId: ids.traceId,
    spanId: ids.rootSpanId,
    traceFlags: TraceFlags.SAMPLED,
    isRemote: true,
  });
  const span = tracer.startSpan(
    name,
    { startTime: startMs, attributes: { 'postern.message.id': messageId, ...attributes } },
    name === 'accept' ? ROOT_CONTEXT : parent,
  );
  if (failure !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: failure });
  // A clock that was set back makes no span of negative length.
  span.end(Math.max(startMs, endMs));
}
