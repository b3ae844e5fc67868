/** What can be done with a credential: a new secret, an end of the old one, an end of it. */
import { useState } from 'preact/hooks';
import type { Credential, IssuedCredential } from '../api/answers.ts';
import { ConfirmedButton, FormDialog } from '../components/actions.tsx';
import { Outside } from '../components/basics.tsx';
import { SelectField } from '../components/form.tsx';
import { visibleText } from '../pure/visible-text.ts';
import { useAction } from '../shell/action.ts';
import { announce } from '../shell/announce.tsx';
import { useApi, useText } from '../shell/context.ts';
import { CredentialSecret } from './credential-secret.tsx';

interface CredentialActionsProps {
  readonly credential: Credential;
  /** Of the API. */
  readonly path: string;
  readonly nowMs: number;
  readonly onChanged: () => void;
}

export function CredentialActions({ credential, path, nowMs, onChanged }: CredentialActionsProps) {
  const { credentials: words } = useText();
  const api = useApi();
  const [rotating, setRotating] = useState(false);
  const [issued, setIssued] = useState<IssuedCredential>();
  const { kind, certificate, old_secret_until: oldUntil, name } = credential;
  const hasSecret = kind !== 'network' && certificate === null;
  return (
    <>
      <ConfirmedButton
        label={words.revoke}
        title={words.revokeTitle}
        run={() => api.send('DELETE', path)}
        onDone={() => {
          announce(words.wasRevoked(visibleText(name)));
          onChanged();
        }}
      >
        <p>
          <Outside text={words.revokeBody(name)} most={1_000} />
        </p>
      </ConfirmedButton>
      {oldUntil !== null && Date.parse(oldUntil) > nowMs && (
        <ConfirmedButton
          label={words.endOld}
          title={words.endOldTitle}
          run={() => api.send('POST', `${path}/rotate`, { body: { end_old: true } })}
          onDone={() => {
            announce(words.endedOld);
            onChanged();
          }}
        >
          <p>{words.endOldBody}</p>
        </ConfirmedButton>
      )}
      {hasSecret && (
        <button type="button" onClick={() => setRotating(true)}>
          {words.rotate}
        </button>
      )}
      {rotating && (
        <Rotate
          path={path}
          onClose={() => setRotating(false)}
          onDone={(answer) => {
            announce(words.rotated);
            setRotating(false);
            setIssued(answer);
          }}
        />
      )}
      {issued !== undefined && (
        <CredentialSecret
          issued={issued}
          onClose={() => {
            setIssued(undefined);
            onChanged();
          }}
        />
      )}
    </>
  );
}

const KEPT_SECONDS = { none: undefined, hour: 3_600, day: 86_400, week: 604_800 } as const;
type Kept = keyof typeof KEPT_SECONDS;

function Rotate(props: {
  readonly path: string;
  readonly onDone: (issued: IssuedCredential) => void;
  readonly onClose: () => void;
}) {
  const { credentials: words } = useText();
  const api = useApi();
  const action = useAction();
  const [kept, setKept] = useState<Kept>('none');
  const seconds = KEPT_SECONDS[kept];
  const body = seconds === undefined ? {} : { keep_old_seconds: seconds };
  const submit = () =>
    action.run(() => api.send<IssuedCredential>('POST', `${props.path}/rotate`, { body }), props.onDone);
  return (
    <FormDialog
      title={words.rotateTitle}
      hint={words.rotateBody}
      submit={words.rotate}
      action={action}
      fields={['keep_old_seconds']}
      onSubmit={submit}
      onClose={props.onClose}
    >
      <SelectField
        label={words.keepOld}
        value={kept}
        onValue={(value) => setKept(value as Kept)}
        choices={Object.entries(words.keepChoices)}
        error={action.failure?.of('keep_old_seconds')}
      />
    </FormDialog>
  );
}
