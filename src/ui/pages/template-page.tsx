/** One template: its versions, the source of one, a preview filled with values, and an editor that saves a new version. */
import { useState } from 'preact/hooks';
import type { Template } from '../api/answers.ts';
import type { ApiFailure } from '../api/failure.ts';
import { Failure, failureWords, Outside } from '../components/basics.tsx';
import { useQuery } from '../components/filter-bar.tsx';
import { ConfirmDialog, SelectField } from '../components/form.tsx';
import { LeaveGuard } from '../components/leave-guard.tsx';
import { Tabs } from '../components/tabs.tsx';
import { mayChange } from '../pure/rights.ts';
import { PATHS } from '../pure/router.ts';
import {
  bodyOf,
  draftOf,
  isSameDraft,
  versionsToChoose,
  type TemplateDraft,
} from '../pure/template-draft.ts';
import { cut, visibleText } from '../pure/visible-text.ts';
import { announce } from '../shell/announce.tsx';
import { useSurroundings, useText } from '../shell/context.ts';
import { asFailure, useLoad, useNow } from '../shell/load.ts';
import { navigate } from '../shell/location.ts';
import { PageTitle } from '../shell/page-title.tsx';
import { TemplateFields } from './template-editor.tsx';
import { TemplatePreview } from './template-preview.tsx';
import { TemplateSource } from './template-source.tsx';

const QUERY = ['version'] as const;
type View = 'source' | 'preview' | 'edit';

export function TemplatePage({ id }: { readonly id: string }) {
  const { templates: words } = useText();
  const { api } = useSurroundings();
  const query = useQuery(QUERY);
  const { version } = query.values;
  const path = `v1/templates/${encodeURIComponent(id)}`;
  // Counts versions saved here: the template is read anew after each.
  const [turn, setTurn] = useState(0);
  const { value, failure, reload } = useLoad(`${path} ${version ?? ''} ${turn}`, (signal) =>
    api.get<Template>(path, { query: { version }, signal }),
  );
  const saved = () => {
    setTurn((old) => old + 1);
    query.clear();
  };
  return (
    <>
      <p class="back">
        <a href={PATHS.templates}>← {words.back}</a>
      </p>
      {value === undefined && <PageTitle title={visibleText(cut(id, 80))} />}
      {failure !== undefined && <Failure failure={failure} onAgain={reload} />}
      {value !== undefined && (
        <OneTemplate
          key={`${value.id} ${value.version}`}
          template={value}
          path={path}
          onVersion={(chosen) => query.set('version', chosen === value.latest_version ? '' : String(chosen))}
          onSaved={saved}
        />
      )}
    </>
  );
}

interface OneTemplateProps {
  readonly template: Template;
  readonly path: string;
  readonly onVersion: (version: number) => void;
  readonly onSaved: () => void;
}

function OneTemplate({ template, path, onVersion, onSaved }: OneTemplateProps) {
  const text = useText();
  const { account } = useSurroundings();
  const nowMs = useNow();
  const [view, setView] = useState<View>('source');
  // Here, so that a look at the preview keeps what was typed.
  const [draft, setDraft] = useState(() => draftOf(template));
  const words = text.templates;
  const isChanged = !isSameDraft(draft, draftOf(template));
  const views: readonly View[] = mayChange(account.role) ? ['source', 'preview', 'edit'] : ['source'];
  return (
    <>
      <div class="page-head">
        <PageTitle title={visibleText(cut(template.name, 80))}>
          <Outside text={template.name} most={1_000} />
        </PageTitle>
        <div class="actions">
          {/* Another version would begin anew with what is typed. */}
          {!isChanged && (
            <SelectField
              label={words.version}
              value={String(template.version)}
              onValue={(chosen) => onVersion(Number(chosen))}
              choices={versionsToChoose(template.version, template.latest_version).map((one) => [
                String(one),
                words.versionOf(one, template.latest_version),
              ])}
            />
          )}
          {mayChange(account.role) && <RemoveButton template={template} path={path} />}
        </div>
      </div>
      {isChanged && <LeaveGuard />}
      {isChanged && view !== 'edit' && <p class="notice">{words.unsaved}</p>}
      <Tabs
        label={text.pages.templates}
        tabs={views.map((name) => ({ name, label: words.tabs[name] }))}
        chosen={view}
        onChoose={setView}
      >
        {view === 'source' && <TemplateSource template={template} nowMs={nowMs} />}
        {view === 'preview' && <TemplatePreview template={template} />}
        {view === 'edit' && (
          <Editor
            template={template}
            path={path}
            draft={draft}
            onDraft={setDraft}
            isChanged={isChanged}
            onSaved={onSaved}
          />
        )}
      </Tabs>
    </>
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
  const { version, latest_version: latest } = template;
  const submit = (event: Event) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setFailure(undefined);
    api.send<Template>('PUT', path, { body: bodyOf(draft) }).then(
      (changed) => {
        announce(words.saved(visibleText(changed.name), changed.version));
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
      <TemplateFields draft={draft} onDraft={onDraft} failure={failure} />
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
