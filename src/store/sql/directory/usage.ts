/** What was counted of credentials and accounts (store/usage.ts): read, and removed when it is old. */
import { DAY_MS, dayOf } from '../../../platform/time-units.ts';
import { KNOWN_FOR_DAYS, USAGE_KEPT_DAYS, type UsageReader } from '../../usage.ts';
import { statement } from '../statement.ts';
import { all, one, run, type Steps, type StepsOf } from '../steps.ts';

const OF_DAY = statement<{ id: string; day: number }, { recipients: number }>(
  `SELECT u.recipients FROM credential_usage u JOIN credential c ON c.id = u.credential_id
   WHERE c.public_id = :id AND u.day = :day`,
);
const OF_PERIOD = statement<
  { holder: string; period: number; number: number },
  { messages: number; recipients: number; new_recipients: number }
>(
  `SELECT messages, recipients, new_recipients FROM usage_count
   WHERE holder = :holder AND period = :period AND number = :number`,
);
const KNOWN = statement<{ holder: string; hashes: string }, { recipient: string }>(
  ({ isIn }) =>
    `SELECT recipient FROM known_recipient WHERE holder = :holder AND ${isIn('recipient', ':hashes')}`,
);
const DAYS = statement<{ day: number }>('DELETE FROM credential_usage WHERE day < :day');
const PERIODS = statement<{ before: number; limit: number }>(
  ({ indexedBy }) => `DELETE FROM usage_count WHERE (holder, period, number) IN
   (SELECT holder, period, number FROM usage_count ${indexedBy('usage_count_end')}
    WHERE ends_at < :before LIMIT :limit)`,
);
const RECIPIENTS = statement<{ day: number; limit: number }>(
  ({ indexedBy }) => `DELETE FROM known_recipient WHERE (holder, recipient) IN
   (SELECT holder, recipient FROM known_recipient ${indexedBy('known_recipient_day')}
    WHERE day < :day LIMIT :limit)`,
);

const NOTHING = { messages: 0, recipients: 0, newRecipients: 0 };

export const usageReads: StepsOf<Omit<UsageReader, 'storageOf'>> = {
  *recipientsOfDay(id, day) {
    return (yield* one(OF_DAY, { id, day }))?.recipients ?? 0;
  },
  *usageOf(holder, period, number) {
    const row = yield* one(OF_PERIOD, { holder, period, number });
    if (row === undefined) return NOTHING;
    return { messages: row.messages, recipients: row.recipients, newRecipients: row.new_recipients };
  },
  *knownRecipients(holder, hashes) {
    return (yield* all(KNOWN, { holder, hashes: JSON.stringify(hashes) })).map(({ recipient }) => recipient);
  },
};

/** Some of what is old; resolves to the number of rows, those of days apart. */
export function* removeOldUsage(nowMs: number, limit: number): Steps<number> {
  const today = dayOf(nowMs);
  yield* run(DAYS, { day: today - USAGE_KEPT_DAYS });
  const before = Math.round(nowMs) - USAGE_KEPT_DAYS * DAY_MS;
  return (
    (yield* run(PERIODS, { before, limit })) +
    (yield* run(RECIPIENTS, { day: today - KNOWN_FOR_DAYS, limit }))
  );
}
