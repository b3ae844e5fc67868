/** The result of an operation in an isolated process. */
import { deserialize } from 'node:v8';
import type { IsolatedAnswer } from './isolated-entry.ts';

export type IsolatedResult<Out> =
  | { readonly kind: 'done'; readonly value: Out }
  | { readonly kind: 'limit'; readonly limit: 'time' | 'memory' | 'output' }
  /** `operation`: it threw, and would again. `process`: the child could not start or was killed, whatever the input. */
  | { readonly kind: 'failed'; readonly reason: string; readonly fault: 'operation' | 'process' }
  | { readonly kind: 'busy' };

export function byProcess(reason: string): IsolatedResult<never> {
  return { kind: 'failed', reason, fault: 'process' };
}

export function resultOf(answer: IsolatedAnswer): IsolatedResult<unknown> {
  switch (answer.kind) {
    case 'done':
      return { kind: 'done', value: deserialize(answer.output) };
    case 'limit':
      return { kind: 'limit', limit: answer.limit };
    case 'failed':
      return { kind: 'failed', reason: answer.reason, fault: 'operation' };
  }
}
