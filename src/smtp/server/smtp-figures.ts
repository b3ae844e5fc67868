/**
 * What the sessions of one SMTP service counted, for /metrics: their length, the wait after the final dot, refusals by
 * reply. Nothing of a client is kept; the replies are our own, and their number is bounded all the same.
 */
import {
  DIALOGUE_SECONDS,
  Histogram,
  MOMENT_SECONDS,
  type HistogramFigures,
} from '../../platform/histogram.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Reply } from '../reply.ts';

/** Different replies counted by themselves. */
const MOST_REPLIES = 100;
const OTHER = 'other';

export interface SmtpServerFigures {
  readonly sessions: number;
  readonly sessionSeconds: HistogramFigures;
  readonly messageReplySeconds: HistogramFigures;
  /** By reply code and enhanced status code, such as `550 5.7.1`. */
  readonly refusals: ReadonlyMap<string, number>;
}

export class SmtpFigures {
  #sessions = 0;
  readonly #sessionSeconds = new Histogram(DIALOGUE_SECONDS);
  readonly #messageReplySeconds = new Histogram(MOMENT_SECONDS);
  readonly #refusals = new Map<string, number>();

  began(): void {
    this.#sessions++;
  }

  ended(durationMs: number): void {
    this.#sessions--;
    this.#sessionSeconds.observe(durationMs / 1000);
  }

  /** Measures from now, the final dot of a message, until its reply. */
  untilReply(clock: Pick<Clock, 'monotonic'>, reply: Promise<Reply>): Promise<Reply> {
    const startMs = clock.monotonic();
    return reply.then((answer) => {
      this.#messageReplySeconds.observe((clock.monotonic() - startMs) / 1000);
      return answer;
    });
  }

  refused({ code, status }: Reply): void {
    const reply = status === undefined ? String(code) : `${code} ${status}`;
    const known = this.#refusals.has(reply) || this.#refusals.size < MOST_REPLIES;
    const name = known ? reply : OTHER;
    this.#refusals.set(name, (this.#refusals.get(name) ?? 0) + 1);
  }

  figures(): SmtpServerFigures {
    return {
      sessions: this.#sessions,
      sessionSeconds: this.#sessionSeconds.figures(),
      messageReplySeconds: this.#messageReplySeconds.figures(),
      refusals: this.#refusals,
    };
  }
}
