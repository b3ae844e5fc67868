/** What can be done with a webhook. */
import { useState } from 'preact/hooks';
import type { IssuedWebhook, Webhook } from '../api/answers.ts';
import { ConfirmedButton, FormDialog, SecretDialog } from '../components/actions.tsx';
import { Checkbox } from '../components/checkboxes.tsx';
import { PATHS } from '../pure/router.ts';
import { useAction } from '../shell/action.ts';
import { announce } from '../shell/announce.tsx';
import { useApi, useText } from '../shell/context.ts';
import { navigate } from '../shell/location.ts';
import { WebhookForm } from './webhook-form.tsx';

interface WebhookActionsProps {
  readonly webhook: Webhook;
  /** Of the API. */
  readonly path: string;
  readonly onChanged: () => void;
}

export function WebhookActions({ webhook, path, onChanged }: WebhookActionsProps) {
  const { webhooks: words } = useText();
  const api = useApi();
  const [open, setOpen] = useState<'change' | 'resume'>();
  const [secret, setSecret] = useState<string>();
  const close = () => setOpen(undefined);
  const did = (said: string) => () => {
    announce(said);
    close();
    onChanged();
  };
  return (
    <>
      <ConfirmedButton
        label={words.remove}
        title={words.removeTitle}
        run={() => api.send('DELETE', path)}
        onDone={() => {
          announce(words.removed);
          navigate(PATHS.webhooks);
        }}
      >
        <p>{words.removeBody}</p>
      </ConfirmedButton>
      <ConfirmedButton
        label={words.rotate}
        title={words.rotateTitle}
        run={() => api.send<IssuedWebhook>('POST', `${path}/rotate`)}
        onDone={(issued) => setSecret(issued.secret)}
      >
        <p>{words.rotateBody}</p>
      </ConfirmedButton>
      <button type="button" onClick={() => setOpen('change')}>
        {words.change}
      </button>
      {webhook.state === 'active' ? (
        <ConfirmedButton
          label={words.pause}
          title={words.pauseTitle}
          run={() => api.send('PATCH', path, { body: { state: 'paused' } })}
          onDone={did(words.paused)}
        >
          <p>{words.pauseBody}</p>
        </ConfirmedButton>
      ) : (
        <button type="button" onClick={() => setOpen('resume')}>
          {words.resume}
        </button>
      )}
      {open === 'change' && (
        <WebhookForm
          title={words.changeTitle}
          submit={words.save}
          from={webhook}
          save={(body) => api.send('PATCH', path, { body })}
          onDone={did(words.changed)}
          onClose={close}
        />
      )}
      {open === 'resume' && <Resume path={path} onDone={did(words.resumed)} onClose={close} />}
      {secret !== undefined && (
        <SecretDialog
          title={words.secretTitle}
          hint={words.secretHint}
          secrets={[[words.secret, secret]]}
          onClose={() => {
            setSecret(undefined);
            onChanged();
          }}
        />
      )}
    </>
  );
}

function Resume(props: { readonly path: string; readonly onDone: () => void; readonly onClose: () => void }) {
  const { webhooks: words } = useText();
  const api = useApi();
  const action = useAction();
  const [skip, setSkip] = useState(false);
  const submit = () =>
    action.run(() => api.send('PATCH', props.path, { body: { state: 'active', skip } }), props.onDone);
  return (
    <FormDialog
      title={words.resumeTitle}
      hint={words.pauseBody}
      submit={words.resume}
      action={action}
      fields={[]}
      onSubmit={submit}
      onClose={props.onClose}
    >
      <Checkbox label={words.skip} checked={skip} onChecked={setSkip} />
    </FormDialog>
  );
}
