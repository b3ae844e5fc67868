/** What a benchmark needs of its load generator and its sink, whichever kind they are. */
import type { SinkOptions } from './sink.ts';

/** A tool in a process of its own. */
export interface ToolProcess {
  readonly pid: number;
  /** To a generator a `LoadOptions`, to a sink a `SinkCommand`. */
  send(message: object): void;
  /** The next message that it sends. Rejects when it ends first or says nothing for `withinMs`. */
  next<T>(withinMs: number): Promise<T>;
  stop(): Promise<void>;
}

export interface Tools {
  readonly name: 'native' | 'node';
  /** Answers each `LoadOptions` with a `LoadResult`. */
  startGenerator(): ToolProcess;
  /** Says `{ listening: port }` first. */
  startSink(options: SinkOptions): ToolProcess;
}
