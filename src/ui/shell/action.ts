/** One thing that a person does here: while it is under way it is not done again; its failure stays until it is done anew. */
import { useState } from 'preact/hooks';
import type { ApiFailure } from '../api/failure.ts';
import { asFailure } from './load.ts';

export interface Action {
  readonly busy: boolean;
  readonly failure: ApiFailure | undefined;
  readonly run: <T>(work: () => Promise<T>, done: (answer: T) => void) => void;
}

export function useAction(): Action {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<ApiFailure>();
  const run = <T>(work: () => Promise<T>, done: (answer: T) => void) => {
    if (busy) return;
    setBusy(true);
    setFailure(undefined);
    work()
      .then(done, (error: unknown) => setFailure(asFailure(error)))
      .finally(() => setBusy(false));
  };
  return { busy, failure, run };
}
