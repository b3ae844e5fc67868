/**
 * What the parts of a running relay have counted, as the composition gathers it for a scrape. Plain data: the threads
 * count for themselves and are asked.
 */
import type { DeliveryStats } from '../../delivery/delivery-service.ts';
import type { LastAnswer } from '../../platform/last-answer.ts';
import type { ThreadFigures } from '../../platform/thread-figures.ts';
import type { SmtpServerFigures } from '../../smtp/server/smtp-figures.ts';
import type { StoreThreadFigures } from '../../store/commit-figures.ts';

/** What the thread of delivery answers. */
export interface DeliveryThreadFigures {
  readonly service: DeliveryStats;
  readonly thread: ThreadFigures;
}

export interface RelayFigures {
  /** By listener: `submission`, and `inbound` where port 25 is configured. */
  readonly smtp: Readonly<Record<string, SmtpServerFigures>>;
  readonly store: LastAnswer<StoreThreadFigures>;
  readonly delivery: LastAnswer<DeliveryThreadFigures>;
  readonly storage: StorageFigures;
}

/** Octets; `undefined`: cannot be read. */
export interface StorageFigures {
  readonly freeBytes: number | undefined;
  readonly reserveBytes: number;
  readonly databaseBytes: number | undefined;
  readonly walBytes: number | undefined;
}
