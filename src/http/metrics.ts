/**
 * Metrics in the Prometheus text format, written on request. Events are counted from the log behind a cursor, a
 * bounded number a scrape, so that its cost does not depend on traffic. No label contains an address, a name or a
 * destination.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Clock } from '../platform/clock.ts';
import { CERTIFICATE_PROBLEMS, certificateProblems, type CertificateFacts } from '../policy/certificate.ts';
import { BOUNCE_CLASSES } from '../policy/bounce-classes.ts';
import type { CheckResult } from '../policy/checks/registry.ts';
import { ALL_EVENT_TYPES } from '../policy/delivery-state.ts';
import { LOCAL_CLASSES } from '../policy/local-failures.ts';
import type { EventReader, QueueReader } from '../store/queue-admin.ts';
import type { QueueSummary } from '../store/views.ts';
import { STATUS_CLASSES, type RequestCounter } from './request-counter.ts';

export interface MetricsOptions {
  readonly reader: Pick<QueueReader, 'summary'> & Pick<EventReader, 'countEvents'>;
  readonly counter: RequestCounter;
  readonly clock: Clock;
  readonly version: string;
  /** Messages refused permanently after their content, over SMTP or HTTP. */
  readonly refusals: () => { readonly kept: number; readonly leftOut: number };
  /** Open event streams. */
  readonly streams: () => number;
  /** Octets of request bodies, and of answers, in memory. */
  readonly bodyBytes: () => number;
  /** Request bodies being read. */
  readonly bodies: () => number;
  readonly certificate: () => CertificateFacts | undefined;
}

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

const NANOSECONDS = 1e9;
/** Interval of the event loop probe; the delay between two probes is measured. */
const LOOK_EVERY_MS = 20;
/** A queue summary reads all destinations: it is cached for this long. */
const SUMMARY_KEPT_MS = 5_000;
const DESTINATIONS = 1_000;
/** Each class has a line, so that alerts can be written before it occurs. */
const FAILURE_CLASSES = [...BOUNCE_CLASSES, ...LOCAL_CLASSES];

export class Metrics {
  readonly #options: MetricsOptions;
  readonly #loopDelay: ReturnType<typeof monitorEventLoopDelay>;
  readonly #startMs: number;
  readonly #events = new Map<string, number>();
  readonly #failures = new Map<string, number>();
  #cursor: number;
  /** One after the other: two scrapes at once would count the same events twice. */
  #reading: Promise<void> = Promise.resolve();
  #summary: { readonly atMs: number; readonly value: QueueSummary } | undefined;

  /** `sinceEvent`: what was committed up to it is not counted. */
  constructor(options: MetricsOptions, sinceEvent: number) {
    this.#options = options;
    this.#startMs = options.clock.monotonic();
    this.#cursor = sinceEvent;
    this.#loopDelay = monitorEventLoopDelay({ resolution: LOOK_EVERY_MS });
    this.#loopDelay.enable();
  }

  async text(checks: readonly CheckResult[]): Promise<string> {
    const { clock, version, certificate } = this.#options;
    this.#reading = this.#reading.catch(() => undefined).then(() => this.#readEvents());
    await this.#reading;
    const queue = await this.#queue();
    return [
      metric('postern_info', 'gauge', 'The version that runs', [[{ version }, 1]]),
      metric('postern_uptime_seconds', 'gauge', 'Since the API started', [
        [{}, (clock.monotonic() - this.#startMs) / 1000],
      ]),
      ...this.#ofQueue(queue),
      ...this.#ofEvents(),
      ...this.#ofRequests(),
      metric(
        'postern_check_failed',
        'gauge',
        '1 for a check of relayctl status that fails',
        checks.map(({ name, ok }): Sample => [{ check: name }, ok ? 0 : 1]),
      ),
      certificateMetrics(certificate(), clock.now()),
      ...this.#ofProcess(),
    ].join('');
  }

  stop(): void {
    this.#loopDelay.disable();
  }

  #ofQueue(queue: QueueSummary): readonly string[] {
    const { scheduled, queued, deferred, held, oldestAtMs, destinations } = queue;
    return [
      metric('postern_queue_deliveries', 'gauge', 'Deliveries that are not settled', [
        [{ state: 'scheduled' }, scheduled],
        [{ state: 'queued' }, queued],
        [{ state: 'deferred' }, deferred],
        [{ state: 'held' }, held],
      ]),
      metric('postern_queue_destinations', 'gauge', 'Destinations with deliveries that wait (at most 1000)', [
        [{}, destinations.length],
      ]),
      metric('postern_queue_destinations_blocked', 'gauge', 'Destinations that failed as a whole', [
        [{}, destinations.filter(({ blockedUntilMs }) => blockedUntilMs !== undefined).length],
      ]),
      metric('postern_queue_oldest_seconds', 'gauge', 'Age of the oldest message that is not settled', [
        [{}, oldestAtMs === undefined ? 0 : Math.max(0, (this.#options.clock.now() - oldestAtMs) / 1000)],
      ]),
    ];
  }

  #ofEvents(): readonly string[] {
    const { kept, leftOut } = this.#options.refusals();
    return [
      metric(
        'postern_events_total',
        'counter',
        'Events since the relay started',
        ALL_EVENT_TYPES.map((type): Sample => [{ event: type }, this.#events.get(type) ?? 0]),
      ),
      metric(
        'postern_failures_total',
        'counter',
        'Deliveries that were deferred, bounced or expired since the relay started, by class',
        FAILURE_CLASSES.map((name): Sample => [{ class: name }, this.#failures.get(name) ?? 0]),
      ),
      metric(
        'postern_refused_messages_total',
        'counter',
        'Messages turned away for good after DATA, by whether they were kept to look at',
        [
          [{ kept: 'yes' }, kept],
          [{ kept: 'no' }, leftOut],
        ],
      ),
    ];
  }

  #ofRequests(): readonly string[] {
    const { counter, streams, bodyBytes, bodies } = this.#options;
    return [
      metric(
        'postern_http_requests_total',
        'counter',
        'Requests answered',
        STATUS_CLASSES.map((status): Sample => [{ status }, counter.of(status)]),
      ),
      metric('postern_http_request_seconds_total', 'counter', 'Time that they took', [[{}, counter.seconds]]),
      metric('postern_http_event_streams', 'gauge', 'Event streams that are open', [[{}, streams()]]),
      metric('postern_http_body_bytes', 'gauge', 'Request bodies and answers in memory', [[{}, bodyBytes()]]),
      metric('postern_http_bodies', 'gauge', 'Request bodies that are being read', [[{}, bodies()]]),
    ];
  }

  #ofProcess(): readonly string[] {
    const memory = process.memoryUsage();
    const cpu = process.cpuUsage();
    const delay = this.#loopDelay;
    const lines = [
      metric('process_resident_memory_bytes', 'gauge', 'Resident memory', [[{}, memory.rss]]),
      metric('process_cpu_seconds_total', 'counter', 'Processor time, user and system', [
        [{}, (cpu.user + cpu.system) / 1e6],
      ]),
      metric('nodejs_heap_size_used_bytes', 'gauge', 'Heap in use (main thread)', [[{}, memory.heapUsed]]),
      metric(
        'nodejs_eventloop_lag_seconds',
        'gauge',
        'Delay of the event loop since the last scrape (main thread)',
        [
          [{ quantile: '0.5' }, lagSeconds(delay.percentile(50))],
          [{ quantile: '0.99' }, lagSeconds(delay.percentile(99))],
          [{ quantile: '1' }, lagSeconds(delay.max)],
        ],
      ),
    ];
    delay.reset();
    return lines;
  }

  async #queue(): Promise<QueueSummary> {
    const atMs = this.#options.clock.monotonic();
    if (this.#summary === undefined || atMs - this.#summary.atMs >= SUMMARY_KEPT_MS)
      this.#summary = { atMs, value: await this.#options.reader.summary(DESTINATIONS) };
    return this.#summary.value;
  }

  async #readEvents(): Promise<void> {
    const { counts, failures, next } = await this.#options.reader.countEvents(this.#cursor);
    add(this.#events, counts);
    add(this.#failures, failures);
    this.#cursor = next;
  }
}

function add(totals: Map<string, number>, counts: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(counts)) totals.set(name, (totals.get(name) ?? 0) + count);
}

/** Every problem has a line, so that alerts can be written before it occurs. */
function certificateMetrics(facts: CertificateFacts | undefined, nowMs: number): string {
  if (facts === undefined) return '';
  const { certificate } = facts;
  const found = new Set(certificateProblems(facts, nowMs).map(({ problem }) => problem));
  return (
    metric(
      'postern_certificate_expiry_timestamp_seconds',
      'gauge',
      'When the certificate in use expires',
      certificate === undefined ? [] : [[{}, Math.floor(certificate.notAfterMs / 1000)]],
    ) +
    metric(
      'postern_certificate_problem',
      'gauge',
      '1 for what is wrong with the certificate, or with its files',
      CERTIFICATE_PROBLEMS.map((problem): Sample => [{ problem }, found.has(problem) ? 1 : 0]),
    )
  );
}

function lagSeconds(nanoseconds: number): number {
  return Number.isFinite(nanoseconds) ? Math.max(0, nanoseconds / NANOSECONDS - LOOK_EVERY_MS / 1000) : 0;
}

function metric(name: string, type: 'gauge' | 'counter', help: string, samples: readonly Sample[]): string {
  const lines = samples.map(([labels, value]) => {
    const written = Object.entries(labels).map(([label, text]) => `${label}="${text}"`);
    return `${name}${written.length === 0 ? '' : `{${written.join(',')}}`} ${value}\n`;
  });
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}
