/**
 * One HTTP connection of the load generator: `POST /v1/send` again and again on a connection that stays (keep-alive), the
 * request made beforehand but for its stamp. As little work a message as HTTP allows, because what it costs is taken from
 * what it measures. RFC 9112.
 */
import net from 'node:net';
import type { LoadHandlers } from './load-connection.ts';

export interface HttpLoadTarget {
  readonly host: string;
  readonly port: number;
  readonly key: string;
}

const HEADER_END = Buffer.from('\r\n\r\n');
const CONTENT_LENGTH = /^content-length: (\d+)\r?$/im;
const OK = 'HTTP/1.1 200';

export class HttpLoadConnection {
  readonly #handlers: LoadHandlers;
  readonly #socket: net.Socket;
  #answer: Buffer | undefined;
  #busy = false;
  #quitting = false;
  #closed = false;

  constructor(target: HttpLoadTarget, handlers: LoadHandlers) {
    this.#handlers = handlers;
    this.#socket = net.connect({ host: target.host, port: target.port, noDelay: true });
    this.#socket.on('connect', () => this.#handlers.onReady());
    this.#socket.on('data', (bytes) => this.#read(bytes));
    this.#socket.on('error', (error) => this.destroy(error.message));
    this.#socket.on('close', () => this.destroy(this.#quitting ? undefined : 'connection closed'));
  }

  /** A whole request in two pieces, as {@link HttpBenchMessage} makes it. */
  send([head, rest]: readonly [Buffer, Buffer]): void {
    this.#busy = true;
    this.#socket.cork();
    this.#socket.write(head);
    this.#socket.write(rest);
    this.#socket.uncork();
  }

  quit(): void {
    this.#quitting = true;
    this.#socket.end();
    this.destroy(undefined);
  }

  destroy(problem: string | undefined): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.destroy();
    this.#handlers.onClosed(problem);
  }

  #read(chunk: Buffer): void {
    const bytes = this.#answer === undefined ? chunk : Buffer.concat([this.#answer, chunk]);
    const headerEnd = bytes.indexOf(HEADER_END);
    const head = headerEnd === -1 ? '' : bytes.toString('latin1', 0, headerEnd);
    const length = Number(CONTENT_LENGTH.exec(head)?.[1] ?? Number.NaN);
    if (headerEnd === -1 || bytes.length < headerEnd + HEADER_END.length + length) {
      this.#answer = bytes;
      return;
    }
    this.#answer = undefined;
    if (!this.#busy || !head.startsWith(OK) || Number.isNaN(length)) {
      this.destroy(
        `answer: ${bytes.toString('utf8').slice(0, 12)} ${bytes.toString('utf8', headerEnd + 4).slice(0, 100)}`,
      );
      return;
    }
    this.#busy = false;
    this.#handlers.onAccepted();
    this.#handlers.onReady();
  }
}
