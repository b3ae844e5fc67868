/** An operator's view of the queue: messages with their deliveries and attempts, destinations. Paged by key. */
import type { QueueReader } from '../../queue-admin.ts';
import type { DestinationTrouble, QueueSummary } from '../../views.ts';
import { messageKeyOf } from '../../flow/keys.ts';
import { statement, type NoValues } from '../statement.ts';
import { all, one, type Steps, type StepsOf } from '../steps.ts';
import { listMessages, pageOfMessages } from './message-lists.ts';
import { selectMessage, type MessageRow } from './message-rows.ts';
import { messageViewWithHistory } from './message-views.ts';
import {
  ATTEMPT_COLUMNS,
  attemptOf,
  destinationView,
  type AttemptRow,
  type DestinationRow,
} from './queue-rows.ts';
import { seenTries } from './seen-tries.ts';
import { selectedLists } from './selected-deliveries.ts';
import { selectedTallies } from './selected-tally.ts';
import { waitReads } from './waits.ts';

const MESSAGE = statement<{ id: string }, MessageRow>(`${selectMessage()} WHERE m.public_id = :id`);
const KEY = statement<{ id: string }, { id: number }>('SELECT id FROM message WHERE public_id = :id');
const OPEN = statement<{ message: number; delivery: number }, { destination_id: number; started_at: number }>(
  ({
    greater,
  }) => `SELECT d.destination_id, ${greater('m.accepted_at', 'coalesce(m.send_at, 0)')} AS started_at
   FROM message m CROSS JOIN delivery d WHERE m.id = :message AND d.id = :delivery`,
);
const LAST_ATTEMPT = statement<{ delivery: number }, AttemptRow>(
  `SELECT ${ATTEMPT_COLUMNS} FROM attempt WHERE delivery_id = :delivery ORDER BY fence DESC, number DESC LIMIT 1`,
);

type Waiting = Record<'scheduled' | 'queued' | 'deferred' | 'held', number | null>;

const WAITING = 'scheduled + queued + deferred + held';
const TOTALS = statement<NoValues, Waiting>(
  ({ destinations }) => `SELECT sum(scheduled) AS scheduled, sum(queued) AS queued, sum(deferred) AS deferred,
     sum(held) AS held FROM ${destinations} counted`,
);
const OLDEST = statement<NoValues, { accepted_at: number }>(
  'SELECT accepted_at FROM message WHERE settled_at IS NULL ORDER BY public_id LIMIT 1',
);
const FULLEST = statement<{ limit: number }, DestinationRow>(
  ({ destinations }) => `SELECT * FROM ${destinations} counted
   WHERE ${WAITING} > 0 OR suspended = 1 OR withholds_until IS NOT NULL
   ORDER BY ${WAITING} DESC, name LIMIT :limit`,
);
const DESTINATION = statement<{ name: string }, DestinationRow>(
  ({ destinations }) => `SELECT * FROM ${destinations} counted WHERE name = :name`,
);
const TRIES = `SELECT ${ATTEMPT_COLUMNS.replace(/\w+/g, 't.$&')} FROM destination d
  JOIN destination_try t ON t.destination_id = d.id WHERE d.name = :name AND d.failures > 0 AND t.number`;
const LAST_TRY = statement<{ name: string }, AttemptRow>(`${TRIES} = d.tries ORDER BY t.part DESC LIMIT 1`);
const FIRST_TRY = statement<{ name: string }, AttemptRow>(
  `${TRIES} BETWEEN d.tries - d.failures + 1 AND d.tries ORDER BY t.number, t.part LIMIT 1`,
);
/** Open messages have an index of their own; the number examined bounds the read, about 3 µs each. */
const MAIL_OF_DOMAIN = statement<
  { domain: string; account: string; limit: number },
  { looked_at: number; waiting: number }
>(
  ({ indexedBy }) => `SELECT count(*) AS looked_at,
     count(*) FILTER (WHERE signing_domain = :domain
       AND account_id = (SELECT id FROM account WHERE public_id = :account)) AS waiting
   FROM (SELECT account_id, signing_domain FROM message ${indexedBy('message_unsettled')}
     WHERE settled_at IS NULL ORDER BY public_id DESC LIMIT :limit) newest`,
);

export const queueReads: StepsOf<QueueReader> = {
  ...selectedLists,
  ...selectedTallies,
  ...waitReads,
  listMessages,
  pageOfMessages,
  *messageById(id) {
    const row = yield* one(MESSAGE, { id });
    return row && (yield* messageViewWithHistory(row));
  },
  *contentIdOf(id) {
    return (yield* one(KEY, { id }))?.id;
  },
  *lastAttempt(delivery) {
    const row = yield* one(OPEN, { message: messageKeyOf(delivery), delivery });
    const own = yield* one(LAST_ATTEMPT, { delivery });
    const waiting = row && {
      destinationId: row.destination_id,
      fromMs: row.started_at,
      toMs: Number.MAX_SAFE_INTEGER,
    };
    const seen = waiting && (yield* seenTries([waiting], true))(waiting).rows[0];
    const last = (seen?.at ?? -1) > (own?.at ?? -1) ? seen : own;
    return last && attemptOf(last);
  },
  summary,
  *destination(name) {
    const row = yield* one(DESTINATION, { name });
    return row && destinationView(row);
  },
  *destinationTrouble(name): Steps<DestinationTrouble | undefined> {
    const last = yield* one(LAST_TRY, { name });
    const first = yield* one(FIRST_TRY, { name });
    return last && first && { last: attemptOf(last), sinceMs: first.at };
  },
  *mailOfDomain({ name: domain, accountId: account }, limit) {
    const row = yield* one(MAIL_OF_DOMAIN, { domain, account, limit });
    return { messages: row?.waiting ?? 0, lookedAtAll: (row?.looked_at ?? 0) < limit };
  },
};

function* summary(limit: number): Steps<QueueSummary> {
  const totals = yield* one(TOTALS, {});
  const oldest = yield* one(OLDEST, {});
  const destinations = yield* all(FULLEST, { limit });
  return {
    scheduled: totals?.scheduled ?? 0,
    queued: totals?.queued ?? 0,
    deferred: totals?.deferred ?? 0,
    held: totals?.held ?? 0,
    oldestAtMs: oldest?.accepted_at,
    destinations: destinations.map(destinationView),
  };
}
