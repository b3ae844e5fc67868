/** The sources with their state, and suspending one, for those who may. */
import { useState } from 'preact/hooks';
import type { SourceList, SourceState } from '../../api/answers.ts';
import { ActionButton } from '../../components/actions.tsx';
import { Badge, DetailList, Failure, Outside } from '../../components/basics.tsx';
import { exactTime } from '../../pure/format.ts';
import { mayChangeThe } from '../../pure/rights.ts';
import { announce } from '../../shell/announce.tsx';
import { useApi, useSurroundings, useText } from '../../shell/context.ts';
import { useLoad } from '../../shell/load.ts';
import type { Text } from '../../text/en.ts';
import { SuspendDialog } from './suspend-dialog.tsx';

export function Sources() {
  const { routing: words } = useText();
  const api = useApi();
  const { value, failure, reload } = useLoad('sources', (signal) =>
    api.get<SourceList>('operation/sources', { signal }),
  );
  return (
    <section class="block" aria-labelledby="sources">
      <h2 id="sources">{words.sources}</h2>
      {failure !== undefined && <Failure failure={failure} onAgain={reload} />}
      {value?.data.length === 0 && <p class="quiet">{words.noSources}</p>}
      <ul class="rules">
        {value?.data.map((source) => (
          <SourceCard key={source.name} source={source} onDone={reload} />
        ))}
      </ul>
    </section>
  );
}

interface SourceProps {
  readonly source: SourceState;
  readonly onDone: () => void;
}

function SourceCard({ source, onDone }: SourceProps) {
  const { routing: words } = useText();
  const { relay_role: role } = useSurroundings().session;
  const state = source.suspended
    ? (['bad', '‖', words.suspended] as const)
    : source.limits.length > 0
      ? (['warn', '!', words.limited] as const)
      : (['good', '✓', words.active] as const);
  const outside = (text: string | null) => (text === null ? undefined : <Outside text={text} />);
  return (
    <li>
      <div class="block-head">
        <h3>
          <Outside text={source.name} most={200} />{' '}
          <Badge tone={state[0]} sign={state[1]}>
            {state[2]}
          </Badge>
        </h3>
        {role !== null && mayChangeThe('messages', role) && <Buttons source={source} onDone={onDone} />}
      </div>
      <DetailList
        entries={[
          [words.suspended, source.suspended ? outside(suspendedWords(source, words)) : undefined],
          [words.reason, outside(source.suspended_reason)],
          [words.by, outside(source.suspended_by)],
          [words.address, outside(source.addresses.join(', '))],
          [words.ehlo, outside(source.hostname)],
          [words.pool, outside(`${source.pool}, ${words.weight(source.weight)}`)],
          [words.hop, source.hop === null ? undefined : outside(`${source.hop.kind} ${source.hop.at}`)],
          [
            words.notUsed,
            source.limits.length === 0
              ? undefined
              : source.limits.map((limit) => (
                  <p key={limit.provider}>
                    <Outside text={limitWords(limit, words)} />
                  </p>
                )),
          ],
          [words.warmUp, warmUp(source, words)],
        ]}
      />
    </li>
  );
}

function suspendedWords(
  { suspended_since: since, suspended_until: until }: SourceState,
  words: Text['routing'],
) {
  const end = until === null ? words.untilResumed : words.until(exactTime(until));
  return since === null ? end : `${exactTime(since)}, ${end}`;
}

function limitWords(
  { provider, until, times, reply }: SourceState['limits'][number],
  words: Text['routing'],
): string {
  return `${provider} ${words.until(exactTime(until))} (${words.times(times)}): ${reply}`;
}

function warmUp({ forecast, warm_up: plan }: SourceState, words: Text['routing']) {
  if (plan === null) return undefined;
  return forecast.map(({ provider, warm, step, steps, today, warm_on: warmOn }) => (
    <p key={provider}>
      <Outside text={provider} most={100} />:{' '}
      {warm
        ? words.warm
        : [
            words.warmUpDay(step, steps),
            words.today(today.handed_over, today.ceiling ?? 0),
            ...(warmOn === null ? [] : [words.warmOn(warmOn)]),
          ].join(', ')}
    </p>
  ));
}

function Buttons({ source: { name, suspended }, onDone }: SourceProps) {
  const { routing: words } = useText();
  const api = useApi();
  const [asked, setAsked] = useState(false);
  const path = `operation/sources/${encodeURIComponent(name)}`;
  return (
    <div class="actions">
      {suspended ? (
        <ActionButton
          label={words.resume}
          what={words.resumeOf(name)}
          run={() => api.send('POST', `${path}/resume`, { body: {} })}
          onDone={() => {
            announce(words.didResume(name));
            onDone();
          }}
        />
      ) : (
        <button type="button" aria-label={words.suspendOf(name)} onClick={() => setAsked(true)}>
          {words.suspend}
        </button>
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
