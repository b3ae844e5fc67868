/** Whether an address is suppressed, and every rule that was looked at; the address is in the query, so that a trace can link here. */
import { useEffect, useState } from 'preact/hooks';
import type { SuppressionCheck } from '../api/answers.ts';
import { Badge, DetailList, Failure, Outside, Time } from '../components/basics.tsx';
import { Field } from '../components/form.tsx';
import { useQuery } from '../components/filter-bar.tsx';
import { useApi, useText } from '../shell/context.ts';
import { useLoad, useNow } from '../shell/load.ts';

/** Of the whole page: one part keeps what the other has set. */
export const SUPPRESSION_QUERY = ['check', 'stream', 'reason', 'scope'] as const;

/** `turn`: another number asks again. */
export function SuppressionCheckForm({ turn }: { readonly turn: number }) {
  const { suppressions: words } = useText();
  const query = useQuery(SUPPRESSION_QUERY);
  const { check = '', stream = '' } = query.values;
  const [address, setAddress] = useState(check);
  const [wanted, setWanted] = useState(stream);
  useEffect(() => setAddress(check), [check]);
  useEffect(() => setWanted(stream), [stream]);
  const submit = (event: Event) => {
    event.preventDefault();
    query.set('check', address);
    query.set('stream', wanted);
  };
  return (
    <section class="block" aria-label={words.check}>
      <form class="inline-form" onSubmit={submit}>
        <Field
          label={words.checkAddress}
          name="check"
          autocomplete="off"
          spellcheck={false}
          maxLength={400}
          value={address}
          onValue={setAddress}
        />
        <Field
          label={words.checkStream}
          name="stream"
          autocomplete="off"
          spellcheck={false}
          maxLength={64}
          placeholder="transactional"
          value={wanted}
          onValue={setWanted}
        />
        <button type="submit">{words.checkSubmit}</button>
      </form>
      {check !== '' && <Answer key={`${check} ${stream}`} address={check} stream={stream} turn={turn} />}
    </section>
  );
}

function Answer({
  address,
  stream,
  turn,
}: {
  readonly address: string;
  readonly stream: string;
  readonly turn: number;
}) {
  const { suppressions: words } = useText();
  const api = useApi();
  const nowMs = useNow();
  const path = `v1/suppressions/${encodeURIComponent(address)}`;
  const { value, failure, reload } = useLoad(`${turn} ${path} ${stream}`, (signal) =>
    api.get<SuppressionCheck>(path, { query: { stream }, signal }),
  );
  if (failure !== undefined) return <Failure failure={failure} onAgain={reload} />;
  if (value === undefined) return null;
  return (
    <>
      <p class={value.suppressed ? 'notice' : 'notice good'} role="status">
        <Outside text={value.suppressed ? words.isSuppressed(value.address) : words.isNot(value.address)} />
      </p>
      <h2>{words.lookedAt}</h2>
      {value.looked_at.length === 0 ? (
        <p class="quiet">{words.nothingLookedAt}</p>
      ) : (
        <ul class="rules">
          {value.looked_at.map((rule) => (
            <li key={`${rule.scope} ${rule.reason}`}>
              <DetailList
                entries={[
                  [
                    words.columns.reason,
                    <>
                      {words.reasons[rule.reason] ?? rule.reason}{' '}
                      <Badge tone={rule.applies ? 'bad' : 'quiet'} sign={rule.applies ? '✕' : '–'}>
                        {rule.unless === null ? words.applies : words.unless[rule.unless]}
                      </Badge>
                    </>,
                  ],
                  [words.scope, rule.scope === 'account' ? words.wholeAccount : rule.scope],
                  [words.columns.since, <Time key="since" at={rule.created_at} nowMs={nowMs} />],
                  [
                    words.columns.until,
                    rule.expires_at === null ? (
                      words.never
                    ) : (
                      <Time key="until" at={rule.expires_at} nowMs={nowMs} />
                    ),
                  ],
                  [words.evidence, rule.evidence === '' ? undefined : <Outside text={rule.evidence} />],
                  [words.createdBy, <Outside key="by" text={rule.created_by} most={200} />],
                ]}
              />
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
