/** Adds a template. */
import { useState } from 'preact/hooks';
import type { Template } from '../api/answers.ts';
import type { ApiFailure } from '../api/failure.ts';
import { EmptyState } from '../components/basics.tsx';
import { Field } from '../components/form.tsx';
import { LeaveGuard } from '../components/leave-guard.tsx';
import { mayChangeThe } from '../pure/rights.ts';
import { PATHS, pathIn } from '../pure/router.ts';
import { bodyOf, EMPTY_DRAFT, isSameDraft } from '../pure/template-draft.ts';
import { visibleText } from '../pure/visible-text.ts';
import { announce } from '../shell/announce.tsx';
import { useSurroundings, useText } from '../shell/context.ts';
import { asFailure } from '../shell/load.ts';
import { navigate } from '../shell/location.ts';
import { PageTitle } from '../shell/page-title.tsx';
import { DraftPreview } from './draft-preview.tsx';
import { TemplateFields } from './template-editor.tsx';

export function NewTemplatePage() {
  const { templates: words, failure } = useText();
  const { account } = useSurroundings();
  return (
    <>
      <p class="back">
        <a href={PATHS.templates}>← {words.back}</a>
      </p>
      <PageTitle title={words.addTitle} />
      {mayChangeThe('templates', account.role) ? (
        <NewTemplateForm />
      ) : (
        <EmptyState title={failure.forbidden} />
      )}
    </>
  );
}

function NewTemplateForm() {
  const { templates: words } = useText();
  const { api } = useSurroundings();
  const [name, setName] = useState('');
  const [draft, setDraft] = useState(EMPTY_DRAFT);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<ApiFailure>();
  const [problem, setProblem] = useState<ApiFailure>();
  const submit = (event: Event) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setFailure(undefined);
    api.send<Template>('POST', 'v1/templates', { body: { name, ...bodyOf(draft) } }).then(
      (added) => {
        announce(words.added(visibleText(added.name)));
        navigate(pathIn('templates', added.id));
      },
      (error: unknown) => {
        setBusy(false);
        setFailure(asFailure(error));
      },
    );
  };
  return (
    <form class="editor" onSubmit={submit}>
      {!isSameDraft(draft, EMPTY_DRAFT) && <LeaveGuard />}
      <Field
        label={words.name}
        name="name"
        required
        autocomplete="off"
        spellcheck={false}
        maxLength={64}
        hint={words.nameHint}
        value={name}
        onValue={setName}
        error={failure?.of('name')}
      />
      <TemplateFields draft={draft} onDraft={setDraft} failure={failure ?? problem} others={['name']} />
      <div class="actions">
        <button type="submit" class="primary" aria-disabled={busy}>
          {words.add}
        </button>
      </div>
      <DraftPreview draft={draft} onProblem={setProblem} />
    </form>
  );
}
