/** What waits, by destination, and the limits that the relay has set itself. */
import type { Queue, QueueDestination, QueueLimit } from '../../api/answers.ts';
import { Badge, DetailList, EmptyState, Failure, Outside } from '../../components/basics.tsx';
import { countWords, exactTime } from '../../pure/format.ts';
import { relayPath } from '../../pure/router.ts';
import { useApi, useLanguage, useText } from '../../shell/context.ts';
import { useLoad, useNow } from '../../shell/load.ts';
import { PageTitle } from '../../shell/page-title.tsx';

const COUNTS = ['queued', 'deferred', 'held', 'scheduled'] as const;

export function QueuePage() {
  const { pages, queue: words, message } = useText();
  const api = useApi();
  const { value, failure, reload } = useLoad('queue', (signal) =>
    api.get<Queue>('operation/queue', { signal }),
  );
  return (
    <>
      <PageTitle title={pages.queue} />
      <p class="quiet">{words.hint}</p>
      {failure !== undefined && <Failure failure={failure} onAgain={reload} />}
      {value !== undefined && (
        <>
          <div class="actions">
            <button type="button" onClick={reload}>
              {message.refresh}
            </button>
          </div>
          {value.destinations.length === 0 && <EmptyState title={words.empty} />}
          <ul class="rules destinations">
            {value.destinations.map((row) => (
              <li key={row.destination}>
                <h2>
                  <a href={relayPath('queue', row.destination)}>
                    <Outside text={row.destination} most={255} />
                  </a>{' '}
                  <Suspended row={row} />
                </h2>
                <DestinationFacts row={row} />
              </li>
            ))}
          </ul>
          <Limits limits={value.limits} />
        </>
      )}
    </>
  );
}

export function Suspended({ row }: { readonly row: QueueDestination }) {
  const { queue: words } = useText();
  return row.suspended ? (
    <Badge tone="bad" sign="‖">
      {words.suspended}
    </Badge>
  ) : null;
}

export function DestinationFacts({ row }: { readonly row: QueueDestination }) {
  const { queue: words } = useText();
  const language = useLanguage();
  const nowMs = useNow();
  const counts = COUNTS.filter((state) => row[state] > 0).map(
    (state) => `${countWords(row[state], language)} ${words.counts[state]}`,
  );
  const { blocked_until: blocked, next_due_at: due, waits_for: limit, last_error: error, failures } = row;
  const isBlocked = blocked !== null && Date.parse(blocked) > nowMs;
  const next = due === null ? undefined : Date.parse(due) <= nowMs ? words.now : exactTime(due);
  return (
    <>
      <p>{counts.length === 0 ? words.empty : counts.join(', ')}</p>
      <DetailList
        entries={[
          [words.next, isBlocked ? words.blocked(exactTime(blocked)) : next],
          [words.waitsFor, limit === null ? undefined : <Outside text={limit} />],
          [words.failures, failures === 0 ? undefined : String(failures)],
          [words.lastError, error === null ? undefined : <Outside text={error} />],
        ]}
      />
    </>
  );
}

export function Limits({ limits }: { readonly limits: readonly QueueLimit[] }) {
  const { queue: words } = useText();
  return (
    <section class="block" aria-labelledby="limits">
      <h2 id="limits">{words.limits}</h2>
      {limits.length === 0 && <p class="quiet">{words.noLimits}</p>}
      <ul class="rules">
        {limits.map((limit) => (
          <li key={`${limit.subject} ${limit.source ?? ''}`}>
            <p>
              <Outside text={words.limit(limit.subject, whatOf(limit, words))} />
            </p>
            <p>{words.limitUntil(exactTime(limit.since), exactTime(limit.until))}</p>
            <p class="quiet">
              <Outside text={words.because(limit.rule, limit.reply)} />
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
}

function whatOf(limit: QueueLimit, words: ReturnType<typeof useText>['queue']): string {
  return limit.action === 'suspend'
    ? words.isSuspended
    : words.slowedDown(limit.per_minute, limit.connections);
}
