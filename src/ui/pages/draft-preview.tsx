/** What is being edited, as a message would be: filled with values and drawn when nothing was typed for a moment. Nothing is saved. */
import { useEffect, useState } from 'preact/hooks';
import type { DraftPreview as Drawn } from '../api/answers.ts';
import type { ApiFailure } from '../api/failure.ts';
import { DetailList, Failure, Outside } from '../components/basics.tsx';
import { FramedHtml } from '../components/framed-html.tsx';
import { TextArea } from '../components/text-area.tsx';
import { withQuery } from '../pure/query.ts';
import { bodyOf, namesIn, variablesOf, type TemplateDraft } from '../pure/template-draft.ts';
import { useSurroundings, useText } from '../shell/context.ts';
import { useLoad } from '../shell/load.ts';
import { SourceBlock } from './template-source.tsx';

const PAUSE_MS = 400;
/** Fields of the draft, where its errors are said; of the others the preview says them. */
const AT_FIELDS = ['subject', 'text', 'html'];

interface DraftPreviewProps {
  readonly draft: TemplateDraft;
  /** What stands against a field of the draft; `undefined`: nothing. */
  readonly onProblem: (problem: ApiFailure | undefined) => void;
}

export function DraftPreview({ draft, onProblem }: DraftPreviewProps) {
  const { templates: words } = useText();
  const [typed, setTyped] = useState<string>();
  const json =
    typed ?? JSON.stringify(Object.fromEntries(namesIn(draft).map((name) => [name, name])), null, 2);
  const values = variablesOf(json);
  const settled = useSettled(values === undefined ? '' : JSON.stringify({ ...bodyOf(draft), values }));
  const isEmpty = draft.html.trim() === '' && draft.text.trim() === '';
  return (
    <section class="block rendered" aria-label={words.draftPreview}>
      <h2>{words.draftPreview}</h2>
      <p class="quiet">{words.draftHint}</p>
      <TextArea
        label={words.values}
        name="values"
        rows={4}
        isCode
        value={json}
        onValue={setTyped}
        error={values === undefined ? words.notJson : ''}
      />
      {!isEmpty && settled !== '' && <Rendered body={settled} onProblem={onProblem} />}
    </section>
  );
}

function Rendered({ body, onProblem }: { readonly body: string } & Pick<DraftPreviewProps, 'onProblem'>) {
  const { templates: words } = useText();
  const { api, account } = useSurroundings();
  const { value, failure, reload } = useLoad(`draft ${body}`, (signal) =>
    api.send<Drawn>('POST', 'content/drafts', { body: JSON.parse(body) as object, signal }),
  );
  const problem = failure !== undefined && AT_FIELDS.includes(failure.field) ? failure : undefined;
  useEffect(() => {
    onProblem(problem);
    return () => onProblem(undefined);
  }, [problem, onProblem]);
  if (failure?.code === 'template-refused')
    return (
      <p class="notice" role="status">
        <Outside text={failure.message} />
      </p>
    );
  if (failure !== undefined) return <Failure failure={failure} onAgain={reload} />;
  if (value === undefined) return null;
  const { subject, text, html } = value;
  return (
    <>
      <DetailList
        entries={[
          [words.subject, subject === null ? words.noSubject : <Outside key="subject" text={subject} />],
        ]}
      />
      {html !== null && (
        <>
          <h3>{words.html}</h3>
          <FramedHtml
            src={withQuery(`/ui/api/content/drafts/${encodeURIComponent(html.document)}`, {
              account: account.id,
            })}
            links={html.links}
            imagesLeftOut={html.images_left_out}
            isCut={html.cut}
          />
        </>
      )}
      <h3>{words.text}</h3>
      <SourceBlock label={words.text} text={text} />
    </>
  );
}

/** The text when it has not changed for a moment; the first one at once. */
function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}
