/** The page of a person's own security: its heading at once, the rest when it is loaded. */
import type { FunctionComponent } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { ApiClient } from '../api/client.ts';
import type { Session } from '../api/answers.ts';
import { Failure } from '../components/basics.tsx';
import { useText } from './context.ts';
import { asFailure } from './load.ts';
import { PageTitle } from './page-title.tsx';

export interface SecurityProps {
  readonly api: ApiClient;
  readonly session: Session;
}

type State =
  | { readonly is: 'loading' }
  | { readonly is: 'loaded'; readonly Part: FunctionComponent<SecurityProps> }
  | { readonly is: 'failed'; readonly error: unknown };

export function SecurityPart(props: SecurityProps) {
  const { security: words } = useText();
  const [state, setState] = useState<State>({ is: 'loading' });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    import('../pages/security/security-page.tsx').then(
      ({ SecurityPage }) => setState({ is: 'loaded', Part: SecurityPage }),
      (error: unknown) => setState({ is: 'failed', error }),
    );
  }, [turn]);
  return (
    <>
      <PageTitle title={words.title} />
      {props.session.must_enrol && (
        <p class="notice" role="status">
          {words.mustEnrol}
        </p>
      )}
      {state.is === 'failed' && (
        <Failure failure={asFailure(state.error)} onAgain={() => setTurn(turn + 1)} />
      )}
      {state.is === 'loaded' && <state.Part {...props} />}
    </>
  );
}
