/** One template: its versions, the source of one, a preview filled with values, and an editor that saves a new version. */
import { useRef, useState } from 'preact/hooks';
import type { Template } from '../api/answers.ts';
import type { ApiFailure } from '../api/failure.ts';
import { Failure, failureWords, Outside } from '../components/basics.tsx';
import { useQuery } from '../components/filter-bar.tsx';
import { ConfirmDialog, SelectField } from '../components/form.tsx';
import { LeaveGuard } from '../components/leave-guard.tsx';
import { Tabs } from '../components/tabs.tsx';
import { mayChangeThe } from '../pure/rights.ts';
import { PATHS } from '../pure/router.ts';
import {
  bodyOf,
  draftOf,
  exampleValues,
  isSameDraft,
  versionsToChoose,
  type TemplateDraft,
} from '../pure/template-draft.ts';
import { cut, visibleText } from '../pure/visible-text.ts';
import { announce } from '../shell/announce.tsx';
import { useSurroundings, useText } from '../shell/context.ts';
import { asFailure, useLoad } from '../shell/load.ts';
import { navigate } from '../shell/location.ts';
import { PageTitle } from '../shell/page-title.tsx';
import { DraftPreview } from './draft-preview.tsx';
import { TemplateFields } from './template-editor.tsx';
import { TemplatePreview } from './template-preview.tsx';
import { TemplateSource } from './template-source.tsx';

const QUERY = ['version'] as const;
const VIEWS = ['source', 'preview', 'edit'] as const;
type View = (typeof VIEWS)[number];
const READING: readonly View[] = ['source'];

export function TemplatePage({ id }: { readonly id: string }) {
  const text = useText();
  const { api, account } = useSurroundings();
  const query = useQuery(QUERY);
  const { version } = query.values;
  const [view, setView] = useState<View>('source');
  // What was typed is kept while one looks at another view; `undefined`: nothing yet.
  const [typed, setTyped] = useState<TemplateDraft>();
  const [values, setValues] = useState<string>();
  // Counts versions saved here: the template is read anew after each.
  const [turn, setTurn] = useState(0);
  const path = `v1/templates/${encodeURIComponent(id)}`;
  const { value, failure, reload } = useLoad(`${path} ${version ?? ''} ${turn}`, (signal) =>
    api.get<Template>(path, { query: { version }, signal }),
  );
  // The one before stays until the next is there, and the focus with it.
  const before = useRef<Template | undefined>(undefined);
  before.current = value ?? before.current;
  const template = before.current;
  const words = text.templates;
  const name = template?.name ?? id;
  const isChanged = template !== undefined && typed !== undefined && !isSameDraft(typed, draftOf(template));
  const maySave = mayChangeThe('templates', account.role);
  const saved = () => {
    setTyped(undefined);
    setTurn((old) => old + 1);
    query.clear();
  };
  return (
    <>
      <p class="back">
        <a href={PATHS.templates}>← {words.back}</a>
      </p>
      <div class="page-head">
        <PageTitle title={visibleText(cut(name, 80))}>
          <Outside text={name} most={1_000} />
        </PageTitle>
        {template !== undefined && (
          <div class="actions">
            {/* Another version would begin anew with what is typed. */}
            {!isChanged && (
              <VersionField
                shown={Number(version ?? template.latest_version)}
                latest={template.latest_version}
                onVersion={(chosen) => query.set('version', chosen)}
              />
            )}
            {maySave && <RemoveButton template={template} path={path} />}
          </div>
        )}
      </div>
      {failure !== undefined && <Failure failure={failure} onAgain={reload} />}
      {isChanged && <LeaveGuard />}
      {isChanged && view !== 'edit' && <p class="notice">{words.unsaved}</p>}
      {template !== undefined && failure === undefined && (
        <Tabs
          label={text.pages.templates}
          tabs={(maySave ? VIEWS : READING).map((one) => ({ name: one, label: words.tabs[one] }))}
          chosen={view}
          onChoose={setView}
        >
          {view === 'source' && <TemplateSource template={template} />}
          {view === 'preview' && (
            <TemplatePreview
              template={template}
              json={values ?? exampleValues(template)}
              onJson={setValues}
            />
          )}
          {view === 'edit' && (
            <Editor
              template={template}
              path={path}
              draft={typed ?? draftOf(template)}
              onDraft={setTyped}
              isChanged={isChanged}
              onSaved={saved}
            />
          )}
        </Tabs>
      )}
    </>
  );
}

/** Empty text: the latest. */
function VersionField(props: {
  readonly shown: number;
  readonly latest: number;
  readonly onVersion: (version: string) => void;
}) {
  const { templates: words } = useText();
  const { shown, latest } = props;
  return (
    <SelectField
      label={words.version}
      value={String(shown)}
      onValue={(chosen) => props.onVersion(chosen === String(latest) ? '' : chosen)}
      choices={versionsToChoose(shown, latest).map((one) => [String(one), words.versionOf(one, latest)])}
    />
  );
}

interface EditorProps {
  readonly template: Template;
  readonly path: string;
  readonly draft: TemplateDraft;
  readonly onDraft: (draft: TemplateDraft) => void;
  readonly isChanged: boolean;
  readonly onSaved: () => void;
}

function Editor({ template, path, draft, onDraft, isChanged, onSaved }: EditorProps) {
  const { templates: words } = useText();
  const { api } = useSurroundings();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<ApiFailure>();
  const [problem, setProblem] = useState<ApiFailure>();
  const { version, latest_version: latest } = template;
  const submit = (event: Event) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setFailure(undefined);
    api.send<Template>('PUT', path, { body: bodyOf(draft) }).then(
      (changed) => {
        announce(words.saved(visibleText(changed.name), changed.version));
        setBusy(false);
        onSaved();
      },
      (error: unknown) => {
        setBusy(false);
        setFailure(asFailure(error));
      },
    );
  };
  return (
    <form class="editor" onSubmit={submit}>
      {version !== latest && <p class="notice">{words.editsOld(version, latest)}</p>}
      <TemplateFields draft={draft} onDraft={onDraft} failure={failure ?? problem} />
      <div class="actions">
        {isChanged && (
          <button type="button" onClick={() => onDraft(draftOf(template))}>
            {words.discard}
          </button>
        )}
        <button type="submit" class="primary" aria-disabled={busy}>
          {words.save}
        </button>
      </div>
      <DraftPreview draft={draft} onProblem={setProblem} />
    </form>
  );
}

function RemoveButton({ template, path }: { readonly template: Template; readonly path: string }) {
  const text = useText();
  const { api } = useSurroundings();
  const [asked, setAsked] = useState(false);
  const [busy, setBusy] = useState(false);
  const words = text.templates;
  const name = visibleText(template.name);
  const run = () => {
    setBusy(true);
    api.send('DELETE', path).then(
      () => {
        announce(words.removed(name));
        navigate(PATHS.templates, 'replace');
      },
      (error: unknown) => {
        announce(failureWords(asFailure(error), text), 'bad');
        setBusy(false);
        setAsked(false);
      },
    );
  };
  return (
    <>
      <button type="button" onClick={() => setAsked(true)}>
        {words.remove}
      </button>
      {asked && (
        <ConfirmDialog
          title={words.removeTitle}
          confirm={words.remove}
          busy={busy}
          onConfirm={run}
          onClose={() => setAsked(false)}
        >
          <p>
            <Outside text={words.removeBody(name)} most={1_000} />
          </p>
        </ConfirmDialog>
      )}
    </>
  );
}
