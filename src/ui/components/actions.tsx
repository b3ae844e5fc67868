/** Buttons and dialogs that do something: a question before it, a form for it, and where it failed, why. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { announce } from '../shell/announce.tsx';
import { useAction, type Action } from '../shell/action.ts';
import { useText } from '../shell/context.ts';
import { asFailure } from '../shell/load.ts';
import { CopyButton, Failure, failureWords } from './basics.tsx';
import { ConfirmDialog, Dialog } from './form.tsx';

interface ButtonProps<T> {
  readonly label: string;
  /** Says more than the label, for screen readers. */
  readonly what?: string;
  readonly run: () => Promise<T>;
  readonly onDone: (answer: T) => void;
}

/** Does it at once; a failure is announced. */
export function ActionButton<T>({ label, what, run, onDone, tone }: ButtonProps<T> & { tone?: 'primary' }) {
  const text = useText();
  const [busy, setBusy] = useState(false);
  const click = () => {
    if (busy) return;
    setBusy(true);
    run()
      .then(onDone, (error: unknown) => announce(failureWords(asFailure(error), text), 'bad'))
      .finally(() => setBusy(false));
  };
  return (
    <button
      type="button"
      class={tone ?? ''}
      aria-disabled={busy}
      onClick={click}
      {...(what === undefined ? {} : { 'aria-label': what })}
    >
      {label}
    </button>
  );
}

/** Asks before it does it; a failure is said where it was asked. */
export function ConfirmedButton<T>(
  props: ButtonProps<T> & {
    readonly title: string;
    /** What will happen. */
    readonly children: ComponentChildren;
  },
) {
  const [asked, setAsked] = useState(false);
  return (
    <>
      <button type="button" onClick={() => setAsked(true)}>
        {props.label}
      </button>
      {asked && <Question {...props} onClose={() => setAsked(false)} />}
    </>
  );
}

function Question<T>(
  props: ButtonProps<T> & {
    readonly title: string;
    readonly children: ComponentChildren;
    readonly onClose: () => void;
  },
) {
  const { busy, failure, run } = useAction();
  const done = (answer: T) => {
    props.onClose();
    props.onDone(answer);
  };
  return (
    <ConfirmDialog
      title={props.title}
      confirm={props.label}
      busy={busy}
      onConfirm={() => run(props.run, done)}
      onClose={props.onClose}
    >
      {failure !== undefined && <Failure failure={failure} />}
      {props.children}
    </ConfirmDialog>
  );
}

interface FormDialogProps {
  readonly title: string;
  readonly hint?: string;
  readonly submit: string;
  readonly action: Action;
  /** Those that say their own errors: one of another is said above the form. */
  readonly fields: readonly string[];
  readonly onSubmit: () => void;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

/** Fields in a dialog. */
export function FormDialog({ action: { busy, failure }, fields, ...props }: FormDialogProps) {
  const { dialog } = useText();
  const isAtField = fields.some((name) => failure !== undefined && failure.of(name) !== '');
  const submit = (event: Event) => {
    event.preventDefault();
    props.onSubmit();
  };
  return (
    <Dialog title={props.title} onClose={props.onClose}>
      {props.hint !== undefined && <p class="quiet">{props.hint}</p>}
      {failure !== undefined && !isAtField && <Failure failure={failure} />}
      <form onSubmit={submit}>
        {props.children}
        <div class="actions">
          <button type="button" onClick={props.onClose}>
            {dialog.cancel}
          </button>
          <button type="submit" class="primary" aria-disabled={busy}>
            {props.submit}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

interface SecretDialogProps {
  readonly title: string;
  readonly hint: string;
  readonly secrets: readonly (readonly [name: string, value: string])[];
  readonly children?: ComponentChildren;
  readonly onClose: () => void;
}

/** What is shown once: nothing of it stays in the page when it is closed. */
export function SecretDialog({ title, hint, secrets, children, onClose }: SecretDialogProps) {
  const { dialog } = useText();
  return (
    <Dialog title={title} onClose={onClose}>
      <p>{hint}</p>
      <dl class="secrets">
        {secrets.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <code>{value}</code> <CopyButton text={value} what={name} />
            </dd>
          </div>
        ))}
      </dl>
      {children}
      <div class="actions">
        <button type="button" class="primary" onClick={onClose}>
          {dialog.done}
        </button>
      </div>
    </Dialog>
  );
}
