/**
 * Steps of a message for a tracing system, told when they are over. The trace is that of the message's id: threads need no
 * context of each other, and a restart goes on with it. Where no tracing is configured there is no tracer at all.
 */

export type StepName = 'accept' | 'queue wait' | 'attempt' | 'settle';

export interface MessageStep {
  /** `msg_` id. */
  readonly messageId: string;
  readonly name: StepName;
  /** Milliseconds since the epoch. */
  readonly startMs: number;
  readonly endMs: number;
  /** No address of a sender or recipient, no content. `undefined` is left out. */
  readonly attributes: Readonly<Record<string, string | number | undefined>>;
  /** Why the step failed. */
  readonly failure?: string | undefined;
}

export interface MessageTracer {
  /** Never throws; what cannot be sent in time is dropped. */
  step(step: MessageStep): void;
  /** Sends what is left, for two seconds at most. Never rejects. */
  stop(): Promise<void>;
}
