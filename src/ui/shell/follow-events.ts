/**
 * Events as they happen, over one request that stays open. It goes on after an interruption where it was, after a pause that grows;
 * a connection that says nothing for longer than the relay would is given up.
 */
import type { ApiClient } from '../api/client.ts';
import { ApiFailure } from '../api/failure.ts';
import { EventStreamReader, pauseMs, type StreamedEvent } from '../pure/event-stream.ts';

/** The relay writes every 15 seconds at least. */
const SILENCE_MS = 45_000;

export interface Following {
  readonly onEvents: (events: readonly StreamedEvent[]) => void;
  readonly onState: (state: 'open' | 'waiting') => void;
}

/** Until `signal` is aborted, or the session has ended, or the role does not allow it. Never rejects. */
export async function followEvents(api: ApiClient, following: Following, signal: AbortSignal): Promise<void> {
  let after = '';
  let failures = 0;
  while (!signal.aborted) {
    following.onState('waiting');
    let waitMs: number | undefined;
    try {
      for await (const { events, lastId } of once(api, after, signal)) {
        following.onState('open');
        failures = 0;
        if (lastId !== '') after = lastId;
        if (events.length > 0) following.onEvents(events);
      }
    } catch (error) {
      if (error instanceof ApiFailure) {
        if (error.kind === 'unauthorized' || error.kind === 'forbidden') return;
        // The place is not one any more: from now on.
        if (error.kind === 'refused') after = '';
        if (error.retryAfter > 0) waitMs = error.retryAfter * 1000;
      }
    }
    failures++;
    await pause(waitMs ?? pauseMs(failures, Math.random()), signal);
  }
}

interface Piece {
  readonly events: readonly StreamedEvent[];
  readonly lastId: string;
}

/** One connection; ends when it does. */
async function* once(api: ApiClient, after: string, signal: AbortSignal): AsyncGenerator<Piece> {
  const silent = new AbortController();
  const body = await api.open('v1/events/stream', {
    query: { after },
    signal: AbortSignal.any([signal, silent.signal]),
  });
  const reader = body.getReader();
  const stream = new EventStreamReader();
  let timer = setTimeout(() => silent.abort(), SILENCE_MS);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      clearTimeout(timer);
      timer = setTimeout(() => silent.abort(), SILENCE_MS);
      yield { events: stream.take(value), lastId: stream.lastId };
    }
  } finally {
    clearTimeout(timer);
    void reader.cancel().catch(() => undefined);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
