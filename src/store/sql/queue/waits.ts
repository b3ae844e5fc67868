/** What waits for a limit until a time: which limits, and the deliveries of one of them, the first due first. */
import type { QueueReader } from '../../queue-admin.ts';
import { statement, type NoValues } from '../statement.ts';
import { all, one, type Steps, type StepsOf } from '../steps.ts';
import { RETRY, type BulkChange } from './bulk-change.ts';

/** More than rules and automatic limits have words for. */
const MOST = 10_000;
const WAITING = 'waits_for IS NOT NULL AND due_at IS NOT NULL';

/** From one to the next: however many wait for each. */
const OF_DELIVERIES = statement<NoValues, { words: string }>(
  `WITH RECURSIVE found (words) AS (
     SELECT (SELECT waits_for FROM delivery WHERE ${WAITING} ORDER BY waits_for LIMIT 1)
     UNION ALL SELECT (SELECT waits_for FROM delivery WHERE ${WAITING} AND waits_for > found.words
       ORDER BY waits_for LIMIT 1) FROM found WHERE found.words IS NOT NULL)
   SELECT words FROM found WHERE words IS NOT NULL LIMIT ${MOST}`,
);
const OF_DESTINATIONS = statement<NoValues, { words: string }>(
  `SELECT DISTINCT waits_for AS words FROM destination WHERE waits_for IS NOT NULL LIMIT ${MOST}`,
);
const LAST = statement<{ words: string }, { due_at: number }>(
  `SELECT due_at FROM delivery WHERE waits_for = :words AND due_at IS NOT NULL ORDER BY due_at DESC LIMIT 1`,
);
const NEXT = statement<{ words: string; due: number; id: number; last: number; limit: number }, WaitingRow>(
  `SELECT id, due_at FROM delivery WHERE waits_for = :words AND due_at BETWEEN :due AND :last
     AND (due_at > :due OR id > :id) ORDER BY due_at, id LIMIT :limit`,
);

interface WaitingRow {
  readonly id: number;
  readonly due_at: number;
}

/** Due now, in the order in which they were due. */
export const LOOK_AGAIN: BulkChange = { ...RETRY, name: 'look again' };

export const waitReads: StepsOf<Pick<QueueReader, 'limitsWaitedFor'>> = {
  *limitsWaitedFor() {
    const rows = [...(yield* all(OF_DELIVERIES, {})), ...(yield* all(OF_DESTINATIONS, {}))];
    return [...new Set(rows.map(({ words }) => words))];
  },
};

/** Those that were put off when it began are looked for, each once or, where it waits anew, twice. */
export class WaitingFor {
  readonly #words: string;
  #due: number;
  #id = -1;
  #last: number | undefined;

  constructor(words: string, nowMs: number) {
    this.#words = words;
    this.#due = Math.round(nowMs) + 1;
  }

  /** The keys of the next ones; empty: there are no more. */
  *next(limit: number): Steps<readonly number[]> {
    this.#last ??= (yield* one(LAST, { words: this.#words }))?.due_at ?? -1;
    const values = { words: this.#words, due: this.#due, id: this.#id, last: this.#last, limit };
    const rows = yield* all(NEXT, values);
    const end = rows.at(-1);
    if (end !== undefined) [this.#due, this.#id] = [end.due_at, end.id];
    return rows.map(({ id }) => id);
  }
}
