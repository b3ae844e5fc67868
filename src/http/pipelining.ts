/**
 * Requests that come on a connection while earlier ones of it are not answered yet (RFC 9112 §9.3.2). Clients hardly do
 * that, and a stranger who does can have twenty thousand of them read in one turn of the event loop, in which nobody else
 * is served. Beyond a few the connection is closed, and what was read with them is not looked at.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export type HandleRequest = (request: IncomingMessage, response: ServerResponse) => void;

const MAX_UNANSWERED = 20;

export function withoutLongPipelines(handle: HandleRequest): HandleRequest {
  const unanswered = new WeakMap<Socket, number>();
  return (request, response) => {
    const { socket } = request;
    // It was read together with what had the connection closed.
    if (socket.destroyed) return;
    const count = (unanswered.get(socket) ?? 0) + 1;
    if (count > MAX_UNANSWERED) {
      socket.destroy();
      return;
    }
    unanswered.set(socket, count);
    response.once('close', () => unanswered.set(socket, (unanswered.get(socket) ?? 1) - 1));
    handle(request, response);
  };
}
