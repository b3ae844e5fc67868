/** A question without content to a worker thread, and its answers, over its `message` events. */
import type { Worker } from 'node:worker_threads';

/** What a worker is asked. */
export interface FiguresQuestion {
  readonly kind: 'figures';
}

/** What it answers. */
export interface FiguresAnswer<T> {
  readonly kind: 'figures';
  readonly figures: T;
}

/** Each call asks; whoever waits then is given the next answer. Never settles when the worker does not answer. */
export function figuresOf<T>(worker: Pick<Worker, 'on' | 'postMessage'>): () => Promise<T> {
  let waiting: ((figures: T) => void)[] = [];
  worker.on('message', (message: FiguresAnswer<T> | { readonly kind: 'other' }) => {
    if (message.kind !== 'figures') return;
    const answered = waiting;
    waiting = [];
    for (const resolve of answered) resolve(message.figures);
  });
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve);
      worker.postMessage({ kind: 'figures' } satisfies FiguresQuestion);
    });
}
