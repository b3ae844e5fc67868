/**
 * What holders with limits of an hour or a day hand in with a transaction: one statement for their counts, one for recipients that
 * are new to them, which counts those that it adds. Rows are written in the order of their keys, so that nodes wait for one
 * another and never in a circle.
 */
import { DAY_SECONDS } from '../../../policy/usage-limits.ts';
import { countedPeriods, type PeriodCount } from '../../flow/counted-periods.ts';
import { KNOWN_AGAIN_DAYS, type CountedUse } from '../../usage.ts';
import { binaryArray } from '../engine/binary-array.ts';
import { bigints, RowInsert, type Bound } from '../engine/row-insert.ts';

interface Recipient {
  readonly holder: string;
  readonly hash: string;
  readonly day: number;
}

const COUNTS = new RowInsert<PeriodCount>(
  'usage_count',
  {
    holder: ({ holder }) => holder,
    period: ({ seconds }) => seconds,
    number: ({ number }) => number,
    messages: ({ messages }) => messages,
    recipients: ({ recipients }) => recipients,
    new_recipients: ({ newRecipients }) => newRecipients,
    ends_at: ({ endsAtMs }) => endsAtMs,
  },
  bigints('period', 'number', 'messages', 'recipients', 'new_recipients', 'ends_at'),
  `ON CONFLICT (holder, period, number) DO UPDATE SET messages = usage_count.messages + excluded.messages,
   recipients = usage_count.recipients + excluded.recipients,
   new_recipients = usage_count.new_recipients + excluded.new_recipients`,
);
/** Their day has a row already: it is counted first. A known recipient's day is written anew when it is old. */
const RECIPIENTS = `WITH given AS (SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[]) AS v (holder, recipient, day)),
  met AS (INSERT INTO known_recipient (holder, recipient, day) SELECT holder, recipient, day FROM given
    ON CONFLICT (holder, recipient) DO UPDATE SET day = excluded.day
      WHERE known_recipient.day < excluded.day - ${KNOWN_AGAIN_DAYS}
    RETURNING holder, recipient, xmax = 0 AS added)
  UPDATE usage_count c SET new_recipients = c.new_recipients + n.added
  FROM (SELECT g.holder, g.day, count(*) AS added FROM met m JOIN given g ON g.holder = m.holder AND g.recipient = m.recipient
    WHERE m.added GROUP BY g.holder, g.day) n
  WHERE c.holder = n.holder AND c.period = ${DAY_SECONDS} AND c.number = n.day`;

export class CountedUses {
  readonly #counts = new Map<string, PeriodCount>();
  readonly #recipients = new Map<string, Recipient>();

  /** One message. */
  count(uses: readonly CountedUse[], atMs: number, recipients: number): void {
    for (const { holder, recipientHashes } of uses)
      for (const period of countedPeriods(holder, atMs)) {
        const key = `${holder} ${period.seconds} ${period.number}`;
        const before = this.#counts.get(key);
        this.#counts.set(key, {
          ...period,
          messages: (before?.messages ?? 0) + 1,
          recipients: (before?.recipients ?? 0) + recipients,
          newRecipients: 0,
        });
        if (period.seconds !== DAY_SECONDS) continue;
        for (const hash of recipientHashes ?? [])
          this.#recipients.set(`${holder} ${hash}`, {
            holder,
            hash,
            day: period.number,
          });
      }
  }

  statements(): readonly Bound[] {
    if (this.#counts.size === 0) return [];
    const counts = inOrder(this.#counts);
    const recipients = inOrder(this.#recipients);
    const counted = COUNTS.of(counts);
    if (recipients.length === 0) return [counted];
    const texts = (of: (row: Recipient) => string) => binaryArray('text', recipients.map(of));
    const days = binaryArray(
      'bigint',
      recipients.map(({ day }) => day),
    );
    const values = [texts(({ holder }) => holder), texts(({ hash }) => hash), days];
    return [counted, { text: RECIPIENTS, values }];
  }
}

function inOrder<T>(rows: ReadonlyMap<string, T>): readonly T[] {
  return [...rows].sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0)).map(([, row]) => row);
}
