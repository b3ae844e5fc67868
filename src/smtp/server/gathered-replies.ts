/** Replies to pipelined commands leave in one segment (RFC 2920 §3.2), which is half the cost of a message. */
import type { Socket } from 'node:net';

export class GatheredReplies {
  #lines = '';
  /** The socket that they are for; it changes at STARTTLS. */
  #socket: Socket | undefined;

  /** Sent at the end of this turn. Dropped when the socket is gone. */
  add(socket: Socket, lines: string): void {
    if (socket.destroyed || !socket.writable) return;
    if (this.#socket === undefined) {
      this.#socket = socket;
      process.nextTick(() => this.flush());
    }
    this.#lines += lines;
  }

  /** Sends what was gathered now. */
  flush(): void {
    const socket = this.#socket;
    if (socket === undefined) return;
    this.#socket = undefined;
    const lines = this.#lines;
    this.#lines = '';
    if (!socket.destroyed) socket.write(lines);
  }
}
