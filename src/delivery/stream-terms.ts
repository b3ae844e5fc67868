/**
 * What streams say of how their mail leaves and how long it is tried. Read from the store again when the directory has changed: it counts
 * within a second, for mail that waits as well. While it cannot be read, what was read last stays.
 */
import type { Log } from '../platform/log.ts';
import type { Schedule } from '../policy/shaping/schedule.ts';
import type { DirectoryReader } from '../store/directory.ts';
import type { StreamTerms } from '../store/directory-records.ts';
import type { MessageFacts } from '../store/message-records.ts';

type OfStream = Pick<MessageFacts, 'accountId' | 'stream'>;

export interface StreamTermsOfMail {
  /** `undefined`: as its route says. */
  poolOf(facts: OfStream): string | undefined;
  /** `usual`: as configured. */
  scheduleOf(facts: OfStream, usual: Schedule): Schedule;
}

export const NO_STREAM_TERMS: StreamTermsOfMail = {
  poolOf: () => undefined,
  scheduleOf: (_facts, usual) => usual,
};

export interface StreamTermsOptions {
  readonly reader: Pick<DirectoryReader, 'latestVersion' | 'streamsWithDeliveryTerms'>;
  readonly log: Log;
}

export class StreamTermsInForce implements StreamTermsOfMail {
  readonly #options: StreamTermsOptions;
  #terms: ReadonlyMap<string, StreamTerms> = new Map();
  #version: number | undefined;

  constructor(options: StreamTermsOptions) {
    this.#options = options;
  }

  poolOf(facts: OfStream): string | undefined {
    return this.#of(facts)?.pool;
  }

  scheduleOf(facts: OfStream, usual: Schedule): Schedule {
    const terms = this.#of(facts);
    if (terms === undefined) return usual;
    const { retryScheduleMs = usual.retryScheduleMs, maxAgeMs = usual.maxAgeMs } = terms;
    return { retryScheduleMs, maxAgeMs };
  }

  /** Never rejects. */
  async refresh(): Promise<void> {
    const { reader, log } = this.#options;
    try {
      const version = await reader.latestVersion();
      if (version === this.#version) return;
      const streams = await reader.streamsWithDeliveryTerms();
      this.#terms = new Map(streams.map((one) => [keyOf({ ...one, stream: one.name }), one]));
      this.#version = version;
    } catch (error) {
      log.debug('terms of streams not read', { reason: String(error) });
    }
  }

  #of(facts: OfStream): StreamTerms | undefined {
    return this.#terms.size === 0 ? undefined : this.#terms.get(keyOf(facts));
  }
}

function keyOf({ accountId, stream }: OfStream): string {
  return `${accountId} ${stream}`;
}
