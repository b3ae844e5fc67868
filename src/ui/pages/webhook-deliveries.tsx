/** The delivery log of a webhook, newest first: what was sent, how often, what the receiver answered; replays. */
import type { ComponentChildren } from 'preact';
import type { WebhookDelivery, WebhookDeliveryList } from '../api/answers.ts';
import { ActionButton, ConfirmedButton } from '../components/actions.tsx';
import { Badge, DetailList, EmptyState, Failure, Outside, Time } from '../components/basics.tsx';
import { useQuery } from '../components/filter-bar.tsx';
import { SelectField } from '../components/form.tsx';
import { messagePath } from '../pure/router.ts';
import { announce } from '../shell/announce.tsx';
import { useApi, useText } from '../shell/context.ts';
import { usePages } from '../shell/load.ts';
import { ReceiverAnswer } from './webhook-test.tsx';

const PAGE = 50;
const FILTERS = ['state'] as const;

const SIGNS = {
  pending: { tone: 'warn', sign: '↻' },
  delivered: { tone: 'good', sign: '✓' },
  failed: { tone: 'bad', sign: '✕' },
} as const;

interface WebhookDeliveriesProps {
  /** Of the API. */
  readonly path: string;
  /** Another number reads anew. */
  readonly turn: number;
  readonly nowMs: number;
  readonly mayChange: boolean;
  readonly onReplayed: () => void;
}

export function WebhookDeliveries({ path, turn, nowMs, mayChange, onReplayed }: WebhookDeliveriesProps) {
  const text = useText();
  const api = useApi();
  const query = useQuery(FILTERS);
  const { state } = query.values;
  const list = usePages<WebhookDelivery, WebhookDeliveryList>(
    `deliveries ${path} ${turn} ${state ?? ''}`,
    (before, signal) => api.get(`${path}/deliveries`, { query: { state, before, limit: PAGE }, signal }),
  );
  const words = text.webhooks;
  const replay = (body: object) => () => api.send<{ replayed: number }>('POST', `${path}/replay`, { body });
  const replayed = (answer: { readonly replayed: number }) => {
    announce(words.replayed(answer.replayed));
    onReplayed();
  };
  return (
    <section class="block" aria-labelledby="deliveries">
      <div class="block-head">
        <h2 id="deliveries">{words.deliveries}</h2>
        {mayChange && (
          <div class="actions">
            <ConfirmedButton
              label={words.replayFailed}
              title={words.replayTitle}
              run={replay({ failed: true })}
              onDone={replayed}
            >
              <p>{words.replayBody}</p>
            </ConfirmedButton>
          </div>
        )}
      </div>
      <div class="filters filter-row">
        <SelectField
          label={text.filters.state}
          value={state ?? ''}
          onValue={(value) => query.set('state', value)}
          choices={[
            ['', text.filters.any],
            ['pending', words.deliveryStates.pending],
            ['failed', words.deliveryStates.failed],
          ]}
        />
      </div>
      {list.complete && list.rows.length === 0 && <EmptyState title={words.noDeliveries} />}
      <ol class="events log">
        {list.rows.map((delivery) => (
          <OneDelivery key={delivery.event_id} delivery={delivery} nowMs={nowMs}>
            {mayChange && (
              <ActionButton
                label={words.replay}
                what={words.replayOf(delivery.event_id)}
                run={replay({ event_ids: [delivery.event_id] })}
                onDone={replayed}
              />
            )}
          </OneDelivery>
        ))}
      </ol>
      {list.failure !== undefined && <Failure failure={list.failure} onAgain={list.again} />}
      {!list.complete && list.rows.length > 0 && (
        <button type="button" onClick={list.more} aria-disabled={list.loading}>
          {words.more}
        </button>
      )}
    </section>
  );
}

function OneDelivery(props: {
  readonly delivery: WebhookDelivery;
  readonly nowMs: number;
  readonly children: ComponentChildren;
}) {
  const { webhooks: words } = useText();
  const { delivery, nowMs } = props;
  const { last_attempt: last, message_id: messageId } = delivery;
  const time = (at: string | null) => (at === null ? undefined : <Time at={at} nowMs={nowMs} />);
  return (
    <li>
      <details>
        <summary>
          <Badge {...SIGNS[delivery.state]}>{words.deliveryStates[delivery.state]}</Badge>{' '}
          <strong>
            <Outside text={delivery.event} most={100} />
          </strong>{' '}
          <span class="quiet">
            {words.attempts(delivery.attempts)}
            {last !== null && (
              <>
                {', '}
                <Outside text={attemptWords(last)} most={100} /> <Time at={last.at} nowMs={nowMs} />
              </>
            )}
          </span>
        </summary>
        <DetailList
          entries={[
            [words.event, <code key="event">{delivery.event_id}</code>],
            [
              words.message,
              messageId === null ? undefined : <a href={messagePath(messageId)}>{messageId}</a>,
            ],
            [words.attemptCount, delivery.attempts],
            [words.lastAttempt, time(last?.at ?? null)],
            [words.nextAttempt, time(delivery.next_attempt_at)],
            [words.ended, time(delivery.ended_at)],
          ]}
        />
        {last !== null && <ReceiverAnswer answer={last} />}
        <div class="after-details">{props.children}</div>
      </details>
    </li>
  );
}

/** `204`, `no response in 10 s`, and the beginning of what the receiver answered. */
function attemptWords(last: NonNullable<WebhookDelivery['last_attempt']>): string {
  const words = [last.error ?? String(last.status ?? ''), last.response ?? ''];
  return words.filter((one) => one !== '').join(': ');
}
