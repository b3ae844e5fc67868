/** The fields of a template, as plain text; what its engine says stands at the field, and leads to the line. */
import type { ApiFailure } from '../api/failure.ts';
import { Failure } from '../components/basics.tsx';
import { Field } from '../components/form.tsx';
import { TextArea } from '../components/text-area.tsx';
import type { TemplateDraft } from '../pure/template-draft.ts';
import { useText } from '../shell/context.ts';

const FIELDS = ['subject', 'text', 'html', 'variables'] as const;

interface TemplateFieldsProps {
  readonly draft: TemplateDraft;
  readonly onDraft: (draft: TemplateDraft) => void;
  readonly failure: ApiFailure | undefined;
  /** Names of fields of the same form that show their own errors. */
  readonly others?: readonly string[];
}

export function TemplateFields({ draft, onDraft, failure, others = [] }: TemplateFieldsProps) {
  const { templates: words } = useText();
  const error = (name: string) => (failure === undefined ? '' : failure.of(name));
  const isAtField = [...FIELDS, ...others].some((name) => error(name) !== '');
  const change = (field: keyof TemplateDraft) => (value: string) => onDraft({ ...draft, [field]: value });
  return (
    <>
      {failure !== undefined && !isAtField && <Failure failure={failure} />}
      <Field
        label={words.subject}
        name="subject"
        autocomplete="off"
        hint={words.subjectHint}
        value={draft.subject}
        onValue={change('subject')}
        error={error('subject')}
      />
      <TextArea
        label={words.text}
        name="text"
        rows={10}
        isCode
        hint={words.textHint}
        value={draft.text}
        onValue={change('text')}
        error={error('text')}
      />
      <TextArea
        label={words.html}
        name="html"
        rows={14}
        isCode
        hint={words.htmlHint}
        value={draft.html}
        onValue={change('html')}
        error={error('html')}
      />
      <TextArea
        label={words.variables}
        name="variables"
        rows={4}
        isCode
        hint={words.variablesHint}
        value={draft.variables}
        onValue={change('variables')}
        error={error('variables')}
      />
    </>
  );
}
