/** A client that writes octets as a test says, for what no well-behaved client would send. */
import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface RawClient {
  readonly socket: Socket;
  /** What the server has said so far. */
  said(): string;
  closed(): boolean;
}

/** Writes `text` once it is connected; closed with the test. */
export function rawClient(port: number, text: string, host = '127.0.0.1'): RawClient {
  const socket = connect(port, host);
  onTestFinished(() => void socket.destroy());
  let said = '';
  let closed = false;
  socket.on('error', () => undefined);
  socket.on('data', (data) => (said += data.toString()));
  socket.on('close', () => (closed = true));
  socket.write(text);
  return { socket, said: () => said, closed: () => closed };
}

/** The head of a request with a JSON body. `framing`: Content-Length or Transfer-Encoding. */
export function postHead(path: string, key: string, framing: string): string {
  return (
    `POST ${path} HTTP/1.1\r\nHost: relay.test\r\nAuthorization: Bearer ${key}\r\n` +
    `Content-Type: application/json\r\n${framing}\r\n\r\n`
  );
}
