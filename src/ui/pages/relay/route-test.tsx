/** What would happen to mail to an address, and why. */
import { useState } from 'preact/hooks';
import type { RouteOutlook } from '../../api/answers.ts';
import { DetailList, Failure, Outside } from '../../components/basics.tsx';
import { Field } from '../../components/form.tsx';
import { exactTime } from '../../pure/format.ts';
import { useAction } from '../../shell/action.ts';
import { useApi, useText } from '../../shell/context.ts';
import type { Text } from '../../text/en.ts';
import { goesWords } from './route-words.ts';

export function RouteTest() {
  const { routing: words } = useText();
  const api = useApi();
  const [to, setTo] = useState('');
  const [stream, setStream] = useState('');
  const [outlook, setOutlook] = useState<RouteOutlook>();
  const { busy, failure, run } = useAction();
  const test = (event: Event) => {
    event.preventDefault();
    setOutlook(undefined);
    run(() => api.get<RouteOutlook>('operation/route-test', { query: { to, stream } }), setOutlook);
  };
  return (
    <section class="block" aria-labelledby="test">
      <h2 id="test">{words.test}</h2>
      <p class="quiet">{words.testHint}</p>
      <form class="inline-form" onSubmit={test}>
        <Field
          name="to"
          label={words.to}
          value={to}
          onValue={setTo}
          required
          maxLength={320}
          spellcheck={false}
          error={failure?.of('to')}
        />
        <Field
          name="stream"
          label={words.stream}
          value={stream}
          onValue={setStream}
          maxLength={64}
          error={failure?.of('stream')}
        />
        <button type="submit" class="primary" aria-disabled={busy}>
          {words.run}
        </button>
      </form>
      {failure !== undefined && failure.of('to') === '' && failure.of('stream') === '' && (
        <Failure failure={failure} />
      )}
      <div role="status">{outlook !== undefined && <Outlook outlook={outlook} />}</div>
    </section>
  );
}

function Outlook({ outlook }: { readonly outlook: RouteOutlook }) {
  const { routing: words } = useText();
  const { route, decided, mx, smart_host: smartHost, provider, sources, shaping, obstacles } = outlook;
  const outside = (text: string) => <Outside text={text} />;
  const list = (texts: readonly string[]) => (
    <ul class="plain-list">
      {texts.map((text, index) => (
        <li key={index}>{outside(text)}</li>
      ))}
    </ul>
  );
  const sends = route === null || route.action === 'direct' || route.action === 'relay';
  return (
    <DetailList
      entries={[
        [words.decides, outside(decidesWords(outlook, words))],
        [
          words.passed,
          outlook.passed_over.length === 0
            ? undefined
            : list(
                outlook.passed_over.map(
                  (one) => `${one.route}: ${words.because[one.because] ?? one.because}`,
                ),
              ),
        ],
        [words.mx, mx === null ? undefined : outside(mxWords(mx, words))],
        [words.provider, provider === null ? undefined : outside(provider)],
        [
          words.goes,
          smartHost === null || smartHost.found ? undefined : outside(words.smartHostUnknown(smartHost.text)),
        ],
        [
          words.leavesFrom,
          !sends || !decided
            ? undefined
            : sources.length === 0
              ? words.system
              : list(
                  sources.map(
                    ({ name, addresses, hostname }) => `${name}: ${addresses.join(', ')} (${hostname})`,
                  ),
                ),
        ],
        [words.limits, shaping.length === 0 ? undefined : outside(shaping.join(', '))],
        [
          words.now,
          obstacles.length === 0
            ? words.nothingInTheWay
            : list(obstacles.map((obstacle) => obstacleWords(obstacle, words))),
        ],
      ]}
    />
  );
}

function decidesWords({ route, decided }: RouteOutlook, words: Text['routing']): string {
  if (!decided) return words.undecided;
  return route === null ? words.byNone : `${route.name}: ${goesWords(route, words)}`;
}

function mxWords({ kind, hosts, text }: NonNullable<RouteOutlook['mx']>, words: Text['routing']): string {
  if (kind === 'hosts') return hosts.map(({ name, preference }) => `${name} (${preference})`).join(', ');
  return text === '' ? words.mxKinds[kind] : `${words.mxKinds[kind]} (${text})`;
}

function obstacleWords(
  { kind, subject, detail, until }: RouteOutlook['obstacles'][number],
  words: Text['routing'],
): string {
  const what = words.obstacles[kind](subject, detail);
  return until === null ? what : `${what}, ${words.until(exactTime(until))}`;
}
