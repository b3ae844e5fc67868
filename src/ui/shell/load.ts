/** Reading from the API in components: one answer, or page after page of a list. What is no longer wanted is aborted. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { ApiFailure } from '../api/failure.ts';
import { keepList, keptList } from './kept-lists.ts';
import { cameBack } from './location.ts';

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

/** `key`: names the list and what it depends on. Another key begins anew; Back begins with what was read before. */
export function usePages<T, P extends ListPage<T>>(
  key: string,
  read: (after: string | undefined, signal: AbortSignal) => Promise<P>,
): PagedList<T, P> {
  // The key names the list, so what was kept under it is of its shape.
  const kept = useRef(cameBack() ? (keptList(key) as ListState<T, P> | undefined) : undefined);
  const [state, setState] = useState<ListState<T, P>>(kept.current ?? EMPTY);
  const latest = useRef<ListState<T, P>>(state);
  const reading = useRef(read);
  reading.current = read;
  const stop = useRef(new AbortController());
  const busy = useRef(false);
  const show = useCallback((next: ListState<T, P>) => {
    latest.current = next;
    setState(next);
  }, []);
  const readPage = useCallback(
    (after: string | undefined) => {
      const { signal } = stop.current;
      busy.current = true;
      show({ ...latest.current, loading: true, failure: undefined });
      reading.current(after, signal).then(
        (page) => {
          if (signal.aborted) return;
          busy.current = false;
          const rows = after === undefined ? page.data : [...latest.current.rows, ...page.data];
          show({ rows, last: page, failure: undefined, loading: false });
          keepList(key, latest.current);
        },
        (error: unknown) => {
          if (signal.aborted) return;
          busy.current = false;
          const before = after === undefined ? EMPTY : latest.current;
          show({ ...before, failure: asFailure(error), loading: false });
        },
      );
    },
    [key, show],
  );
  useEffect(() => {
    stop.current = new AbortController();
    if (kept.current === undefined) readPage(undefined);
    kept.current = undefined;
    return () => stop.current.abort();
  }, [readPage]);
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
