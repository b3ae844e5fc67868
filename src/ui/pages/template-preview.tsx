/** A saved version filled with values, as they are typed. HTML is shown as its source: no page here draws what comes from outside. */
import type { RenderedTemplate, Template } from '../api/answers.ts';
import { DetailList, Failure, Outside } from '../components/basics.tsx';
import { useTyped } from '../components/filter-bar.tsx';
import { TextArea } from '../components/text-area.tsx';
import { variablesOf } from '../pure/template-draft.ts';
import { useSurroundings, useText } from '../shell/context.ts';
import { useLoad } from '../shell/load.ts';
import { SourceBlock } from './template-source.tsx';

export function TemplatePreview(props: {
  readonly template: Template;
  /** What stands in the field, also while one looks at another view. */
  readonly json: string;
  readonly onJson: (json: string) => void;
}) {
  const { templates: words } = useText();
  const { template, json } = props;
  const [typed, setTyped] = useTyped(json, props.onJson);
  const values = variablesOf(json);
  return (
    <>
      <p class="quiet">{words.previewHint}</p>
      <TextArea
        label={words.values}
        name="values"
        rows={6}
        isCode
        value={typed}
        onValue={setTyped}
        error={variablesOf(typed) === undefined ? words.notJson : ''}
      />
      {values !== undefined && <Rendered template={template} values={values} />}
    </>
  );
}

function Rendered({
  template,
  values,
}: {
  readonly template: Template;
  readonly values: Readonly<Record<string, unknown>>;
}) {
  const { templates: words } = useText();
  const { api } = useSurroundings();
  const { id, version } = template;
  const body = { variables: values, version };
  const { value, failure, reload } = useLoad(`render ${id} ${JSON.stringify(body)}`, (signal) =>
    api.send<RenderedTemplate>('POST', `v1/templates/${encodeURIComponent(id)}/render`, { body, signal }),
  );
  // While one types, values are often not what the template asks for.
  if (failure?.code === 'template-refused')
    return (
      <p class="notice" role="status">
        <Outside text={failure.message} />
      </p>
    );
  if (failure !== undefined) return <Failure failure={failure} onAgain={reload} />;
  if (value === undefined) return null;
  return (
    <section class="block rendered" aria-label={words.rendered} aria-live="polite">
      <h2>{words.rendered}</h2>
      <DetailList
        entries={[
          [
            words.subject,
            value.subject === null ? words.noSubject : <Outside key="subject" text={value.subject} />,
          ],
        ]}
      />
      <h3>{words.text}</h3>
      <SourceBlock label={words.text} text={value.text} />
      {value.html !== null && (
        <>
          <h3>{words.html}</h3>
          <p class="quiet">{words.htmlAsSource}</p>
          <SourceBlock label={words.html} text={value.html} />
        </>
      )}
    </section>
  );
}
