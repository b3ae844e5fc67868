/** A person's own second factors, password and sessions. */
import { useState } from 'preact/hooks';
import type { Security } from '../../api/answers.ts';
import { Failure, failureWords } from '../../components/basics.tsx';
import { announce } from '../../shell/announce.tsx';
import { useText } from '../../shell/context.ts';
import { asFailure, useLoad } from '../../shell/load.ts';
import type { SecurityProps } from '../../shell/security-part.tsx';
import { ConfirmDialogFor } from './confirm-dialog.tsx';
import { FactorList } from './factor-list.tsx';
import type { Guard } from './guard.ts';
import { PasswordForm } from './password-form.tsx';
import { SessionList } from './session-list.tsx';

export function SecurityPage({ api, session }: SecurityProps) {
  const text = useText();
  const [waiting, setWaiting] = useState<() => void>();
  const { value, failure, reload } = useLoad('security', (signal) =>
    api.get<Security>('security', { signal }),
  );
  const guard: Guard = (work) => {
    work().catch((error: unknown) => {
      const refused = asFailure(error);
      if (refused.code === 'confirm-first') setWaiting(() => () => guard(work));
      else announce(failureWords(refused, text), 'bad');
    });
  };
  return (
    <>
      {failure !== undefined && <Failure failure={failure} onAgain={reload} />}
      {value !== undefined && (
        <>
          <FactorList
            api={api}
            security={value}
            guard={guard}
            onChanged={() => (session.must_enrol ? location.reload() : reload())}
          />
          {!session.must_enrol && <PasswordForm api={api} onChanged={reload} />}
          <SessionList api={api} security={value} onChanged={reload} />
          {waiting !== undefined && (
            <ConfirmDialogFor
              api={api}
              security={value}
              onConfirmed={() => {
                setWaiting(undefined);
                waiting();
              }}
              onClose={() => setWaiting(undefined)}
            />
          )}
        </>
      )}
    </>
  );
}
