/** One stream: its terms, what does not fit it; its title and kind can be changed. */
import { useState } from 'preact/hooks';
import type { Stream } from '../api/answers.ts';
import { FormDialog } from '../components/actions.tsx';
import { CodeBlock, DetailList, Outside, Time } from '../components/basics.tsx';
import { Field, SelectField } from '../components/form.tsx';
import { ThingPage } from '../components/thing-page.tsx';
import { mayChangeThe } from '../pure/rights.ts';
import { PATHS } from '../pure/router.ts';
import { visibleText } from '../pure/visible-text.ts';
import { useAction } from '../shell/action.ts';
import { announce } from '../shell/announce.tsx';
import { useApi, useSurroundings, useText } from '../shell/context.ts';
import { useLoad, useNow } from '../shell/load.ts';
import { termsOf } from './stream-terms.ts';

export function StreamPage({ name }: { readonly name: string }) {
  const { streams: words } = useText();
  const { api, account } = useSurroundings();
  const nowMs = useNow();
  const [changing, setChanging] = useState(false);
  const path = `v1/streams/${encodeURIComponent(name)}`;
  const loaded = useLoad(path, (signal) => api.get<Stream>(path, { signal }));
  const stream = loaded.value;
  const changed = () => {
    announce(words.changed(visibleText(name)));
    setChanging(false);
    loaded.reload();
  };
  return (
    <ThingPage
      list={{ path: PATHS.streams, name: words.back }}
      title={stream?.name ?? name}
      loaded={loaded}
      actions={
        stream !== undefined &&
        mayChangeThe('streams', account.role) && (
          <button type="button" onClick={() => setChanging(true)}>
            {words.change}
          </button>
        )
      }
    >
      {stream !== undefined && (
        <>
          <Warnings warnings={stream.warnings} />
          <DetailList
            entries={[
              [words.kind, words.kinds[stream.kind]],
              [words.title, stream.title === null ? words.noTitle : <Outside text={stream.title} />],
              ...termsOf(stream, words).map(
                ([label, value]) =>
                  [
                    label,
                    label === words.headers ? (
                      <CodeBlock text={value} label={label} />
                    ) : (
                      <Outside text={value} most={1_000} />
                    ),
                  ] as const,
              ),
              [words.created, <Time key="at" at={stream.created_at} nowMs={nowMs} />],
            ]}
          />
        </>
      )}
      {stream !== undefined && changing && (
        <ChangeStream stream={stream} path={path} onDone={changed} onClose={() => setChanging(false)} />
      )}
    </ThingPage>
  );
}

function Warnings({ warnings }: { readonly warnings: readonly string[] }) {
  const { streams: words } = useText();
  if (warnings.length === 0) return <p class="notice good">{words.allFits}</p>;
  return (
    <section class="notice" aria-labelledby="warnings">
      <h2 id="warnings">{words.warningsTitle}</h2>
      <ul>
        {warnings.map((warning) => (
          <li key={warning}>
            <Outside text={warning} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function ChangeStream(props: {
  readonly stream: Stream;
  /** Of the API. */
  readonly path: string;
  readonly onDone: () => void;
  readonly onClose: () => void;
}) {
  const { streams: words } = useText();
  const api = useApi();
  const action = useAction();
  const { stream } = props;
  const [title, setTitle] = useState(stream.title ?? '');
  const [kind, setKind] = useState<string>(stream.kind);
  // What stays as it is is not sent: a built-in stream refuses a kind.
  const body = {
    ...(title.trim() === (stream.title ?? '') ? {} : { title: title.trim() === '' ? null : title.trim() }),
    ...(kind === stream.kind ? {} : { kind }),
  };
  const submit = () => {
    if (Object.keys(body).length === 0) props.onClose();
    else action.run(() => api.send('PATCH', props.path, { body }), props.onDone);
  };
  return (
    <FormDialog
      title={words.changeTitle}
      submit={words.save}
      action={action}
      fields={['title', 'kind']}
      onSubmit={submit}
      onClose={props.onClose}
    >
      <Field
        label={words.title}
        hint={words.titleHint}
        name="title"
        autocomplete="off"
        maxLength={200}
        value={title}
        onValue={setTitle}
        error={action.failure?.of('title')}
      />
      <SelectField
        label={words.kind}
        value={kind}
        onValue={setKind}
        choices={Object.entries(words.kinds)}
        error={action.failure?.of('kind')}
      />
      <p class="hint">{words.kindHint}</p>
    </FormDialog>
  );
}
