/** Loads the pages of the relay when one is opened. */
import type { FunctionComponent } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Failure } from '../components/basics.tsx';
import { UnknownPage } from '../pages/unknown-page.tsx';
import { mayOpen } from '../pure/rights.ts';
import type { RelayRoute } from '../pure/router.ts';
import { useSurroundings } from './context.ts';
import { asFailure } from './load.ts';

type State =
  | { readonly is: 'loading' }
  | { readonly is: 'loaded'; readonly Pages: FunctionComponent<RelayRoute> }
  | { readonly is: 'failed'; readonly error: unknown };

export function RelayPart(route: RelayRoute) {
  const { relay_role: role } = useSurroundings().session;
  const [state, setState] = useState<State>({ is: 'loading' });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    import('../pages/relay/relay-pages.tsx').then(
      ({ RelayPages }) => setState({ is: 'loaded', Pages: RelayPages }),
      (error: unknown) => setState({ is: 'failed', error }),
    );
  }, [turn]);
  if (role === null || !mayOpen(route.page, role)) return <UnknownPage />;
  if (state.is === 'failed')
    return <Failure failure={asFailure(state.error)} onAgain={() => setTurn(turn + 1)} />;
  return state.is === 'loaded' ? <state.Pages key={route.thing} {...route} /> : null;
}
