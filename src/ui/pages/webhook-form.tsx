/** Where a webhook sends to, and which events: for a new one, and for one that there is. */
import { useState } from 'preact/hooks';
import { FormDialog } from '../components/actions.tsx';
import { Checkboxes } from '../components/checkboxes.tsx';
import { Field } from '../components/form.tsx';
import { EVERY_EVENT, WEBHOOK_EVENTS } from '../pure/choices.ts';
import { useAction } from '../shell/action.ts';
import { useText } from '../shell/context.ts';

interface WebhookTerms {
  readonly url: string;
  readonly events: readonly string[];
}

interface WebhookFormProps<T> {
  readonly title: string;
  readonly submit: string;
  readonly from?: WebhookTerms;
  readonly save: (terms: WebhookTerms) => Promise<T>;
  readonly onDone: (answer: T) => void;
  readonly onClose: () => void;
}

export function WebhookForm<T>({ title, submit, from, save, onDone, onClose }: WebhookFormProps<T>) {
  const { webhooks: words } = useText();
  const action = useAction();
  const [url, setUrl] = useState(from?.url ?? '');
  const [events, setEvents] = useState<readonly string[]>(from?.events ?? [EVERY_EVENT]);
  const names = events.includes(EVERY_EVENT) ? [EVERY_EVENT] : [...events];
  const { failure } = action;
  return (
    <FormDialog
      title={title}
      submit={submit}
      action={action}
      fields={['url', 'events']}
      onSubmit={() => action.run(() => save({ url: url.trim(), events: names }), onDone)}
      onClose={onClose}
    >
      <Field
        label={words.url}
        hint={words.urlHint}
        name="url"
        required
        autocomplete="off"
        spellcheck={false}
        inputMode="url"
        maxLength={4_096}
        value={url}
        onValue={setUrl}
        error={failure?.of('url')}
      />
      <Checkboxes
        legend={words.events}
        choices={[[EVERY_EVENT, words.everyLong], ...WEBHOOK_EVENTS.map((name) => [name, name] as const)]}
        values={events}
        // All of them, or some.
        onValues={(values) =>
          setEvents(
            values.at(-1) === EVERY_EVENT ? [EVERY_EVENT] : values.filter((name) => name !== EVERY_EVENT),
          )
        }
        error={failure?.of('events') ?? ''}
      />
    </FormDialog>
  );
}
