/** Reading from the API in components: one answer, or page after page of a list. What is no longer wanted is aborted. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { ApiFailure } from '../api/failure.ts';

export interface Loaded<T> {
  /** Of the last successful read, also while a newer one is under way. */
  readonly value: T | undefined;
  readonly failure: ApiFailure | undefined;
  readonly loading: boolean;
  readonly reload: () => void;
}

export function asFailure(error: unknown): ApiFailure {
  return error instanceof ApiFailure
    ? error
    : new ApiFailure({ kind: 'fault', message: error instanceof Error ? error.message : '' });
}

/** `key`: what the answer depends on; another key begins anew. */
export function useLoad<T>(key: string, read: (signal: AbortSignal) => Promise<T>): Loaded<T> {
  const [turn, setTurn] = useState(0);
  const [state, setState] = useState<{ key: string; value?: T; failure?: ApiFailure; loading: boolean }>({
    key,
    loading: true,
  });
  const reading = useRef(read);
  reading.current = read;
  useEffect(() => {
    const stop = new AbortController();
    setState((old) => ({
      ...(old.key === key && 'value' in old ? { value: old.value } : {}),
      key,
      loading: true,
    }));
    reading.current(stop.signal).then(
      (value) => stop.signal.aborted || setState({ key, value, loading: false }),
      (error: unknown) =>
        stop.signal.aborted ||
        setState((old) => ({ ...old, key, failure: asFailure(error), loading: false })),
    );
    return () => stop.abort();
  }, [key, turn]);
  const reload = useCallback(() => setTurn((old) => old + 1), []);
  const isOfKey = state.key === key;
  return {
    value: isOfKey ? state.value : undefined,
    failure: isOfKey ? state.failure : undefined,
    loading: isOfKey ? state.loading : true,
    reload,
  };
}

export interface ListPage<T> {
  readonly data: readonly T[];
  readonly next: string | null;
}

export interface PagedList<T, P extends ListPage<T>> {
  readonly rows: readonly T[];
  /** The page read last, for what it says beside its rows. */
  readonly last: P | undefined;
  readonly failure: ApiFailure | undefined;
  readonly loading: boolean;
  readonly complete: boolean;
  /** Reads the next page, unless one is being read, the last one failed or there is none. */
  readonly more: () => void;
  /** Reads the page anew that could not be read. */
  readonly again: () => void;
}

interface ListState<T, P> {
  readonly rows: readonly T[];
  readonly last: P | undefined;
  readonly failure: ApiFailure | undefined;
  readonly loading: boolean;
}

const EMPTY = { rows: [], last: undefined, failure: undefined, loading: true } as const;

export function usePages<T, P extends ListPage<T>>(
  key: string,
  read: (after: string | undefined, signal: AbortSignal) => Promise<P>,
): PagedList<T, P> {
  const [state, setState] = useState<ListState<T, P>>(EMPTY);
  const reading = useRef(read);
  reading.current = read;
  const stop = useRef(new AbortController());
  const busy = useRef(false);
  const readPage = useCallback((after: string | undefined) => {
    const { signal } = stop.current;
    busy.current = true;
    setState((old) => ({ ...old, loading: true, failure: undefined }));
    reading.current(after, signal).then(
      (page) => {
        if (signal.aborted) return;
        busy.current = false;
        setState((old) => ({
          rows: after === undefined ? page.data : [...old.rows, ...page.data],
          last: page,
          failure: undefined,
          loading: false,
        }));
      },
      (error: unknown) => {
        if (signal.aborted) return;
        busy.current = false;
        const failure = asFailure(error);
        setState((old) => ({ ...(after === undefined ? EMPTY : old), failure, loading: false }));
      },
    );
  }, []);
  useEffect(() => {
    stop.current = new AbortController();
    readPage(undefined);
    return () => stop.current.abort();
  }, [key, readPage]);
  const next = state.last?.next ?? null;
  const more = () => {
    if (!busy.current && state.failure === undefined && next !== null) readPage(next);
  };
  const again = () => {
    if (!busy.current) readPage(next ?? undefined);
  };
  return { ...state, complete: state.last !== undefined && next === null, more, again };
}

/** The present time, read anew every half minute, for ages on the page. */
export function useNow(): number {
  const [nowMs, setNowMs] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), 30_000);
    return () => clearInterval(timer);
  }, []);
  return nowMs;
}
