/** A field of several lines with label, hint and error; an error that names a line leads there. */
import { useId, useRef } from 'preact/hooks';
import { lineBounds, lineOf } from '../pure/template-draft.ts';
import { visibleText } from '../pure/visible-text.ts';
import { useText } from '../shell/context.ts';

interface TextAreaProps {
  readonly label: string;
  readonly name: string;
  readonly value: string;
  readonly onValue: (value: string) => void;
  readonly rows: number;
  readonly hint?: string | undefined;
  /** Empty: none. */
  readonly error?: string | undefined;
  /** Source text: of fixed width, without spelling checks. */
  readonly isCode?: boolean;
}

export function TextArea({
  label,
  name,
  value,
  onValue,
  rows,
  hint,
  error = '',
  isCode = false,
}: TextAreaProps) {
  const { templates: words } = useText();
  const id = useId();
  const area = useRef<HTMLTextAreaElement>(null);
  const said = [hint === undefined ? '' : `${id}-hint`, error === '' ? '' : `${id}-error`].filter(Boolean);
  const line = lineOf(error);
  const goTo = (to: number) => {
    const [start, end] = lineBounds(value, to);
    area.current?.focus();
    area.current?.setSelectionRange(start, end);
  };
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <textarea
        ref={area}
        id={id}
        name={name}
        class={isCode ? 'source' : ''}
        rows={rows}
        spellcheck={!isCode}
        value={value}
        onInput={(event) => onValue(event.currentTarget.value)}
        {...(error === '' ? {} : { 'aria-invalid': true })}
        {...(said.length === 0 ? {} : { 'aria-describedby': said.join(' ') })}
      />
      {hint !== undefined && (
        <p id={`${id}-hint`} class="hint">
          {hint}
        </p>
      )}
      {error !== '' && (
        <p class="field-error">
          <span id={`${id}-error`}>{visibleText(error)}</span>{' '}
          {line !== undefined && (
            <button type="button" class="copy" onClick={() => goTo(line)}>
              {words.goToLine(line)}
            </button>
          )}
        </p>
      )}
    </div>
  );
}
