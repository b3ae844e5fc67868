/** One destination: why it waits, until when, what waits there, and what an operator does about it. */
import { useState } from 'preact/hooks';
import type { QueueOfDestination } from '../../api/answers.ts';
import { ActionButton } from '../../components/actions.tsx';
import { DetailList, Failure, Outside, StateBadge } from '../../components/basics.tsx';
import { exactTime } from '../../pure/format.ts';
import { mayChangeThe } from '../../pure/rights.ts';
import { relayPath } from '../../pure/router.ts';
import { announce } from '../../shell/announce.tsx';
import { useApi, useSurroundings, useText } from '../../shell/context.ts';
import { useLoad } from '../../shell/load.ts';
import { PageTitle } from '../../shell/page-title.tsx';
import { QueueChangeButton } from './queue-change.tsx';
import { DestinationFacts, Limits, Suspended } from './queue-page.tsx';
import { SuspendDialog } from './suspend-dialog.tsx';

const CHANGES = ['retry', 'hold', 'release', 'cancel'] as const;

export function QueueOfDestinationPage({ name }: { readonly name: string }) {
  const { pages, queue: words } = useText();
  const api = useApi();
  const path = `operation/queue/${encodeURIComponent(name)}`;
  const { value, failure, reload } = useLoad(path, (signal) => api.get<QueueOfDestination>(path, { signal }));
  return (
    <>
      <p>
        <a href={relayPath('queue')}>{pages.queue}</a>
      </p>
      <PageTitle title={name} />
      {failure !== undefined && <Failure failure={failure} onAgain={reload} />}
      {value !== undefined && (
        <>
          <Suspended row={value} />
          <Buttons state={value} path={path} onDone={reload} />
          <DestinationFacts row={value} />
          {value.suspended && <Suspension state={value} />}
          <Limits limits={value.limits} />
          <section class="block" aria-labelledby="newest">
            <h2 id="newest">{words.newest}</h2>
            {value.newest.length === 0 && <p class="quiet">{words.empty}</p>}
            <ul class="rules">
              {value.newest.map((delivery) => (
                <li key={delivery.id}>
                  <p>
                    <Outside text={delivery.recipient} most={320} /> <StateBadge state={delivery.state} />
                  </p>
                  <p>
                    {words.waitsFor}: <Outside text={delivery.waits_for} />
                    {delivery.earliest_at !== null && `, ${words.earliest(exactTime(delivery.earliest_at))}`}
                  </p>
                  <p class="quiet">
                    <Outside text={`${words.ofAccount(delivery.account)}, ${delivery.id}`} />
                  </p>
                </li>
              ))}
            </ul>
          </section>
        </>
      )}
    </>
  );
}

function Suspension({ state }: { readonly state: QueueOfDestination }) {
  const { queue: words } = useText();
  const { suspended_until: until, suspended_reason: reason, suspended_by: by } = state;
  return (
    <DetailList
      entries={[
        [words.suspended, until === null ? words.untilResumed : words.until(exactTime(until))],
        [words.by, by === null ? undefined : <Outside text={by} />],
        [words.reason, reason === null ? undefined : <Outside text={reason} />],
      ]}
    />
  );
}

interface ButtonsProps {
  readonly state: QueueOfDestination;
  readonly path: string;
  readonly onDone: () => void;
}

function Buttons({ state, path, onDone }: ButtonsProps) {
  const { queue: words } = useText();
  const api = useApi();
  const { relay_role: role } = useSurroundings().session;
  const [asked, setAsked] = useState(false);
  if (role === null || !mayChangeThe('messages', role)) return null;
  const name = state.destination;
  return (
    <div class="actions">
      {CHANGES.map((change) => (
        <QueueChangeButton key={change} {...{ change, path, onDone }} />
      ))}
      {!state.suspended && (
        <button type="button" onClick={() => setAsked(true)}>
          {words.suspend}
        </button>
      )}
      {(state.suspended || state.limits.length > 0) && (
        <ActionButton
          label={words.resume}
          run={() => api.send('POST', `${path}/resume`, { body: {} })}
          onDone={() => {
            announce(words.didResume(name));
            onDone();
          }}
        />
      )}
      {asked && (
        <SuspendDialog
          {...{ name, path, onDone, hint: words.suspendHint }}
          done={words.didSuspend(name)}
          onClose={() => setAsked(false)}
        />
      )}
    </div>
  );
}
