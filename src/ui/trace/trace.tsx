/** The trace of a message: how it came in, then each recipient with every attempt, what it means and what to do. */
import type { Delivery, MessageWithEvents } from '../api/answers.ts';
import { DetailList, Outside, toneOf } from '../components/basics.tsx';
import { clockTime, exactTime, relativeTime } from '../pure/format.ts';
import { withQuery } from '../pure/query.ts';
import { PATHS } from '../pure/router.ts';
import { useLanguage, useText } from '../shell/context.ts';
import {
  acceptedRemarks,
  failureWordsOf,
  remarksOf,
  reportsOf,
  stateWords,
  toneOfAttempt,
  whereWords,
  type Tone,
  type TraceReader,
} from './trace-words.ts';

export function Trace({ message, nowMs }: { readonly message: MessageWithEvents; readonly nowMs: number }) {
  const { message: text, trace: words } = useText();
  const language = useLanguage();
  const reader: TraceReader = { words, language, nowMs };
  const at = message.accepted_at;
  return (
    <ol class="trace">
      <li class="good">
        <h2>{text.accepted}</h2>
        <p>
          <time dateTime={at}>
            {exactTime(at)} ({relativeTime(at, nowMs, language)})
          </time>
        </p>
        <p>
          <Outside
            text={
              message.via === 'dsn'
                ? text.via.dsn
                : text.handedIn(text.via[message.via], message.credential_id ?? '')
            }
          />
        </p>
        {acceptedRemarks(message.events, words).map((remark) => (
          <p key={remark}>
            <Outside text={remark} />
          </p>
        ))}
        <p>{text.forRecipients(message.deliveries.length)}</p>
      </li>
      {message.deliveries.map((delivery) => (
        <DeliveryTrace key={delivery.id} delivery={delivery} message={message} reader={reader} />
      ))}
    </ol>
  );
}

function DeliveryTrace(props: {
  readonly delivery: Delivery;
  readonly message: MessageWithEvents;
  readonly reader: TraceReader;
}) {
  const { delivery, message, reader } = props;
  const { words } = reader;
  const failure = failureWordsOf(delivery, message.events);
  const isListed = delivery.state === 'suppressed' || delivery.state === 'bounced';
  return (
    <li class={toneOf(delivery.state)}>
      <h2>
        <Outside text={delivery.recipient} most={400} />
      </h2>
      <p>{stateWords(delivery, message, reader)}</p>
      <ol class="attempts">
        {(delivery.history ?? []).map((attempt) => (
          <Happening
            key={`${attempt.at}-${attempt.host ?? ''}`}
            at={attempt.at}
            since={message.accepted_at}
            what={whereWords(attempt, delivery, words)}
            note={attempt.tls_failure === null ? '' : words.notOverTls(attempt.tls_failure)}
            said={attempt.reply}
            tone={toneOfAttempt(attempt)}
          />
        ))}
        {reportsOf(delivery, message.events, words).map((report) => (
          <Happening key={report.id} since={message.accepted_at} note="" {...report} />
        ))}
      </ol>
      <DetailList
        entries={[
          [words.means, failure === undefined ? undefined : <Outside text={failure.meaning} />],
          [
            words.action,
            failure?.action === undefined || failure.action === '' ? undefined : (
              <Outside text={failure.action} />
            ),
          ],
          ...remarksOf(delivery, message, reader).map(
            ([name, value]) => [name, <Outside key={value} text={value} />] as const,
          ),
        ]}
      />
      {isListed && (
        <p>
          <a href={withQuery(PATHS.suppressions, { check: delivery.recipient, stream: message.stream })}>
            {words.checkSuppression}
          </a>
        </p>
      )}
    </li>
  );
}

function Happening(props: {
  readonly at: string;
  readonly since: string;
  readonly what: string;
  readonly note: string;
  readonly said: string;
  readonly tone: Tone;
}) {
  return (
    <li>
      <time dateTime={props.at} title={exactTime(props.at)}>
        {clockTime(props.at, props.since)}
      </time>
      <div>
        <Outside text={props.what} />
        {props.note !== '' && (
          <p>
            <Outside text={props.note} />
          </p>
        )}
        <div class={`reply ${props.tone}`}>
          <Outside text={props.said} />
        </div>
      </div>
    </li>
  );
}
