/**
 * Complaints about mail that left from a source in warm-up slow it down: each is counted with the source and the provider of
 * the attempt that was taken. A count that cannot be written is lost; the report is applied all the same.
 */
import type { EgressConfig } from '../config/config.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { providerOf, type Providers } from '../policy/egress/providers.ts';
import { OTHER_PROVIDERS } from '../policy/egress/source-forecast.ts';
import { dayOf } from '../policy/egress/warm-up.ts';
import type { EgressWriter } from '../store/egress.ts';
import { deliveryIdOf } from '../store/public-ids.ts';
import type { QueueReader } from '../store/queue-admin.ts';
import type { ReportChange } from '../store/reports.ts';

export interface SourceComplaintOptions {
  /** Live. */
  readonly egress: Pick<EgressConfig, 'sources'>;
  readonly providers: () => Providers;
  readonly reader: Pick<QueueReader, 'messageById'>;
  readonly writer: Pick<EgressWriter, 'countComplaint'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
}

/** Of changes that a report has made. Never rejects. */
export async function countComplaints(
  changes: readonly ReportChange[],
  options: SourceComplaintOptions,
): Promise<void> {
  const { egress, reader, log } = options;
  if (!egress.sources.some(({ warmUp }) => warmUp !== undefined)) return;
  try {
    for (const { messageId, recipientNumber, event } of changes) {
      if (event.type !== 'complained') continue;
      const message = await reader.messageById(messageId);
      const id = deliveryIdOf(messageId, recipientNumber);
      const history = message?.deliveries.find((one) => one.id === id)?.history ?? [];
      await countOf(history.at(-1), options);
    }
  } catch (error) {
    log.debug('complaint about a source not counted', { reason: String(error) });
  }
}

async function countOf(
  taken: { readonly source?: string | undefined; readonly host: string | undefined } | undefined,
  { egress, providers, writer, clock }: SourceComplaintOptions,
): Promise<void> {
  const source = egress.sources.find(({ name }) => name === taken?.source);
  if (source?.warmUp === undefined || taken?.host === undefined) return;
  const provider = providerOf([taken.host], providers()) ?? OTHER_PROVIDERS;
  await writer.countComplaint({ source: source.name, provider, day: dayOf(clock.now()) });
}
