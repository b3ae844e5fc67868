/** Form fields with label, hint and error, and a native dialog that asks before something is done. */
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { useText } from '../shell/context.ts';

interface FieldParts {
  readonly label: string;
  readonly value: string;
  readonly onValue: (value: string) => void;
  readonly hint?: string | undefined;
  /** Empty: none. */
  readonly error?: string | undefined;
}

interface InputProps {
  readonly type?: 'text' | 'email' | 'password' | 'datetime-local';
  readonly name: string;
  readonly autocomplete?: string;
  readonly required?: boolean;
  readonly maxLength?: number;
  readonly placeholder?: string;
  readonly spellcheck?: boolean;
  readonly inputMode?: 'numeric' | 'url';
}

export function Field(props: FieldParts & InputProps) {
  const { label, value, onValue, hint, error = '', type: given = 'text', ...input } = props;
  // Preact has types of their own for each kind of input; those of these kinds are the same.
  const type = given as 'text';
  const id = useId();
  const said = [hint === undefined ? '' : `${id}-hint`, error === '' ? '' : `${id}-error`].filter(Boolean);
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        {...input}
        type={type}
        id={id}
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
        <p id={`${id}-error`} class="field-error">
          {error}
        </p>
      )}
    </div>
  );
}

export function SelectField(
  props: Omit<FieldParts, 'hint'> & {
    readonly choices: readonly (readonly [value: string, label: string])[];
  },
) {
  const id = useId();
  const { error = '' } = props;
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <select
        id={id}
        value={props.value}
        onChange={(event) => props.onValue(event.currentTarget.value)}
        {...(error === '' ? {} : { 'aria-invalid': true, 'aria-describedby': `${id}-error` })}
      >
        {props.choices.map(([value, label]) => (
          <option key={value} value={value} selected={value === props.value}>
            {label}
          </option>
        ))}
      </select>
      {error !== '' && (
        <p id={`${id}-error`} class="field-error">
          {error}
        </p>
      )}
    </div>
  );
}

interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

/** A modal dialog, open as long as it is mounted. Escape closes it, the focus goes back to where it was. */
export function Dialog({ title, onClose, children }: DialogProps) {
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    const before = document.activeElement;
    element?.showModal();
    return () => {
      element?.close();
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <h2 id={id}>{title}</h2>
      {children}
    </dialog>
  );
}

/** Asks before something that cannot be taken back. */
export function ConfirmDialog(
  props: DialogProps & {
    readonly confirm: string;
    readonly busy: boolean;
    readonly onConfirm: () => void;
  },
) {
  const { dialog } = useText();
  return (
    <Dialog title={props.title} onClose={props.onClose}>
      {props.children}
      <div class="actions">
        <button type="button" onClick={props.onClose} autofocus>
          {dialog.cancel}
        </button>
        <button type="button" class="danger" disabled={props.busy} onClick={props.onConfirm}>
          {props.confirm}
        </button>
      </div>
    </Dialog>
  );
}
