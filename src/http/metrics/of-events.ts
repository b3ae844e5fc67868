/** Events since the start, from the log, and what of them failed. Every type and class has a line, so that alerts can be written before it occurs. */
import { BOUNCE_CLASSES } from '../../policy/bounce-classes.ts';
import { ALL_EVENT_TYPES } from '../../policy/delivery-state.ts';
import { LOCAL_CLASSES } from '../../policy/local-failures.ts';
import type { EventReader } from '../../store/queue-admin.ts';
import { metric, type Sample } from './exposition.ts';

const FAILURE_CLASSES = [...BOUNCE_CLASSES, ...LOCAL_CLASSES];

/** Reads a bounded number of events a scrape, so that its cost does not depend on traffic. */
export class EventTotals {
  readonly #reader: Pick<EventReader, 'countEvents'>;
  readonly #events = new Map<string, number>();
  readonly #failures = new Map<string, number>();
  #cursor: number;
  /** One after the other: two scrapes at once would count the same events twice. */
  #reading: Promise<void> = Promise.resolve();

  /** What was committed up to `sinceEvent` is not counted. */
  constructor(reader: Pick<EventReader, 'countEvents'>, sinceEvent: number) {
    this.#reader = reader;
    this.#cursor = sinceEvent;
  }

  async metrics(): Promise<readonly string[]> {
    this.#reading = this.#reading.catch(() => undefined).then(() => this.#read());
    await this.#reading;
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
    ];
  }

  async #read(): Promise<void> {
    const { counts, failures, next } = await this.#reader.countEvents(this.#cursor);
    add(this.#events, counts);
    add(this.#failures, failures);
    this.#cursor = next;
  }
}

function add(totals: Map<string, number>, counts: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(counts)) totals.set(name, (totals.get(name) ?? 0) + count);
}
