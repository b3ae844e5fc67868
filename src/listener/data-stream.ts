/**
 * Pours the stream of one message into a {@link DataSink}: octets, end, or the connection's loss. Whatever the sink
 * throws is a bug of ours; the rest of the message is then read and dropped, so that the client can hear of it.
 */
import type { Readable } from 'node:stream';
import type { Reply } from '../smtp/reply.ts';
import type { DataSink } from './smtp-session.ts';

export interface DataEvents {
  /** The sink broke off: tell the client and close. */
  onBroken(answer: Reply): void;
  onBug(error: unknown): void;
  /** The message is complete; `sink` is `undefined` when it broke off at a bug of ours. */
  onEnd(sink: DataSink | undefined): void;
}

export function pour(stream: Readable, sink: DataSink, events: DataEvents): void {
  let open = true;
  const stop = () => {
    open = false;
    sink.abort();
  };
  stream.on('data', (chunk: Buffer) => {
    if (!open) return;
    try {
      const broken = sink.push(chunk);
      if (broken === undefined) return;
      stop();
      events.onBroken(broken);
    } catch (error) {
      stop();
      events.onBug(error);
    }
  });
  stream.on('end', () => {
    const complete = open;
    open = false;
    events.onEnd(complete ? sink : undefined);
  });
  // Its cause is the loss of the connection, which 'close' tells as well.
  stream.on('error', () => undefined);
  stream.on('close', () => {
    if (open) stop();
  });
}
