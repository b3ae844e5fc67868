/**
 * Caches answers for their TTL within bounds, and merges concurrent identical queries. Failed queries are not cached.
 * RFC 1035 §4.1.3, RFC 2308 §5.
 */
import type { Clock } from '../platform/clock.ts';
import type { DnsAnswer } from './resolver.ts';

/** Seconds. The upper bound is for TTLs of days: a host may move, and one query an hour costs nothing. */
const LONGEST_SECONDS = 3_600;
const SHORTEST_SECONDS = 1;
/** For NXDOMAIN: the negative TTL is in the SOA, which the resolver does not show. */
export const NOT_FOUND_SECONDS = 60;

type Answer = DnsAnswer<unknown>;

interface Kept {
  readonly answer: Answer;
  readonly untilMs: number;
}

export class AnswerCache {
  readonly #clock: Clock;
  readonly #maxAnswers: number;
  /** In order of arrival: the oldest is dropped first. */
  readonly #kept = new Map<string, Kept>();
  readonly #asking = new Map<string, Promise<Answer>>();

  constructor(clock: Clock, maxAnswers: number) {
    this.#clock = clock;
    this.#maxAnswers = maxAnswers;
  }

  /** The cached answer to `question`, else that of `ask`. One question has one type of answer. */
  get<T>(question: string, ask: () => Promise<DnsAnswer<T>>): Promise<DnsAnswer<T>> {
    const kept = this.#kept.get(question);
    if (kept !== undefined && kept.untilMs > this.#clock.monotonic())
      return Promise.resolve(kept.answer as DnsAnswer<T>);
    const asking = this.#asking.get(question);
    if (asking !== undefined) return asking as Promise<DnsAnswer<T>>;
    const asked = ask()
      .then((answer) => {
        this.#keep(question, answer);
        return answer;
      })
      .finally(() => this.#asking.delete(question));
    this.#asking.set(question, asked);
    return asked;
  }

  #keep(question: string, answer: Answer): void {
    this.#kept.delete(question);
    if (answer.kind === 'failed') return;
    const seconds =
      answer.kind === 'found'
        ? Math.min(Math.max(answer.ttlSeconds, SHORTEST_SECONDS), LONGEST_SECONDS)
        : NOT_FOUND_SECONDS;
    this.#kept.set(question, { answer, untilMs: this.#clock.monotonic() + seconds * 1_000 });
    if (this.#kept.size <= this.#maxAnswers) return;
    for (const oldest of this.#kept.keys()) {
      this.#kept.delete(oldest);
      break;
    }
  }
}
