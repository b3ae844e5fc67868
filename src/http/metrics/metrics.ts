/**
 * Metrics in the Prometheus text format, written on request. Every figure is kept by the part that it is about, and
 * asked for at the scrape, within bounds. No label contains an address, nor a name of a tenant or destination, except
 * where `metrics.destinations` asks for destinations.
 */
import type { LoginThrottle } from '../../policy/login-throttle.ts';
import type { Clock } from '../../platform/clock.ts';
import { watchThread, type ThreadWatch } from '../../platform/thread-figures.ts';
import type { CertificateFacts } from '../../policy/certificate.ts';
import type { CheckResult } from '../../policy/checks/registry.ts';
import type { EventReader, QueueReader } from '../../store/queue-admin.ts';
import type { DatabaseState, FleetReader, NodeView } from '../../store/fleet.ts';
import type { QueueSummary } from '../../store/views.ts';
import { STATUS_CLASSES, type RequestCounter } from '../request-counter.ts';
import { histogram, metric, type Sample } from './exposition.ts';
import { certificateMetrics, checkMetrics } from './of-checks.ts';
import { deliveryMetrics } from './of-delivery.ts';
import { EventTotals } from './of-events.ts';
import { fleetMetrics } from './of-fleet.ts';
import { processMetrics } from './of-process.ts';
import { queueMetrics } from './of-queue.ts';
import { smtpMetrics } from './of-smtp.ts';
import { commitMetrics, storageMetrics } from './of-store.ts';
import { threadMetrics } from './of-threads.ts';
import {
  readWebhookBacklog,
  webhookMetrics,
  type WebhookBacklog,
  type WebhookSources,
} from './of-webhooks.ts';
import type { RelayFigures } from './relay-figures.ts';

export interface MetricsOptions {
  readonly reader: Pick<QueueReader, 'summary'> &
    Pick<EventReader, 'countEvents'> &
    FleetReader &
    WebhookSources;
  readonly counter: RequestCounter;
  readonly throttle: Pick<LoginThrottle, 'failures'>;
  readonly clock: Clock;
  readonly version: string;
  /** Live: `metrics.destinations`. */
  readonly config: { readonly metrics: { readonly destinations: boolean } };
  /** Messages refused permanently after their content, over SMTP or HTTP. */
  readonly refusals: () => { readonly kept: number; readonly leftOut: number };
  /** Open event streams. */
  readonly streams: () => number;
  /** Octets of request bodies, and of answers, in memory. */
  readonly bodyBytes: () => number;
  /** Request bodies being read. */
  readonly bodies: () => number;
  readonly certificate: () => CertificateFacts | undefined;
  /** Of the other parts of the relay; `undefined`: the API runs alone. */
  readonly relay: (() => Promise<RelayFigures>) | undefined;
}

/** What reads many rows is cached for this long. */
const KEPT_MS = 5_000;
const DESTINATIONS = 1_000;

interface Reading {
  readonly queue: QueueSummary;
  readonly webhooks: WebhookBacklog;
  readonly nodes: readonly NodeView[];
  readonly database: DatabaseState | undefined;
}

export class Metrics {
  readonly #options: MetricsOptions;
  readonly #thread: ThreadWatch;
  readonly #startMs: number;
  readonly #events: EventTotals;
  #reading: { readonly atMs: number; readonly value: Promise<Reading> } | undefined;

  /** `sinceEvent`: what was committed up to it is not counted. */
  constructor(options: MetricsOptions, sinceEvent: number) {
    this.#options = options;
    this.#startMs = options.clock.monotonic();
    this.#events = new EventTotals(options.reader, sinceEvent);
    this.#thread = watchThread();
  }

  async text(checks: readonly CheckResult[]): Promise<string> {
    const { clock, version, certificate, config, relay } = this.#options;
    const [events, { queue, webhooks, nodes, database }, figures] = await Promise.all([
      this.#events.metrics(),
      this.#read(),
      relay?.(),
    ]);
    const main = this.#thread.figures();
    const nowMs = clock.now();
    return [
      metric('postern_info', 'gauge', 'The version that runs', [[{ version }, 1]]),
      metric('postern_uptime_seconds', 'gauge', 'Since the API started', [
        [{}, (clock.monotonic() - this.#startMs) / 1000],
      ]),
      ...queueMetrics(queue, nowMs, config.metrics.destinations),
      ...events,
      ...this.#ofRefusals(),
      ...this.#ofRequests(),
      ...webhookMetrics(webhooks, nowMs),
      ...fleetMetrics(nodes, database),
      ...checkMetrics(checks),
      ...certificateMetrics(certificate(), nowMs),
      ...(figures === undefined ? [] : relayMetrics(figures)),
      ...threadMetrics([
        { name: 'main', answer: { value: main, answered: true } },
        ...(figures === undefined ? [] : otherThreads(figures)),
      ]),
      ...(await processMetrics(main, nowMs)),
    ].join('');
  }

  stop(): void {
    this.#thread.stop();
  }

  #ofRefusals(): readonly string[] {
    const { throttle, refusals } = this.#options;
    const { kept, leftOut } = refusals();
    return [
      metric(
        'postern_refused_messages_total',
        'counter',
        'Messages turned away for good after DATA, by whether they were kept to look at',
        [
          [{ kept: 'yes' }, kept],
          [{ kept: 'no' }, leftOut],
        ],
      ),
      metric('postern_login_failures_total', 'counter', 'Failed logins, over SMTP and HTTP', [
        [{}, throttle.failures],
      ]),
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
      histogram(
        'postern_http_request_duration_seconds',
        'Time that a request took, event streams left out',
        STATUS_CLASSES.map((status) => [{ status }, counter.durations(status)]),
      ),
      metric('postern_http_event_streams', 'gauge', 'Event streams that are open', [[{}, streams()]]),
      metric('postern_http_body_bytes', 'gauge', 'Request bodies and answers in memory', [[{}, bodyBytes()]]),
      metric('postern_http_bodies', 'gauge', 'Request bodies that are being read', [[{}, bodies()]]),
    ];
  }

  /** Scrapes that come together wait for one reading. */
  async #read(): Promise<Reading> {
    const { clock, reader } = this.#options;
    const atMs = clock.monotonic();
    if (this.#reading === undefined || atMs - this.#reading.atMs >= KEPT_MS)
      this.#reading = { atMs, value: readOnce(reader) };
    const reading = this.#reading;
    try {
      return await reading.value;
    } catch (error) {
      if (this.#reading === reading) this.#reading = undefined;
      throw error;
    }
  }
}

async function readOnce(reader: MetricsOptions['reader']): Promise<Reading> {
  return {
    queue: await reader.summary(DESTINATIONS),
    webhooks: await readWebhookBacklog(reader),
    nodes: await reader.nodes(),
    database: await reader.databaseState(),
  };
}

function relayMetrics(figures: RelayFigures): readonly string[] {
  return [
    ...smtpMetrics(figures),
    ...deliveryMetrics(figures.delivery.value?.service),
    ...commitMetrics(figures.store.value?.commits),
    ...storageMetrics(figures.storage),
  ];
}

function otherThreads({ store, delivery }: RelayFigures): Parameters<typeof threadMetrics>[0] {
  return [
    { name: 'store', answer: { ...store, value: store.value?.thread } },
    { name: 'delivery', answer: { ...delivery, value: delivery.value?.thread } },
  ];
}
