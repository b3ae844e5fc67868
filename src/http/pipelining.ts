/**
 * Limits pipelined requests on a connection (RFC 9112 §9.3.2). Clients rarely pipeline, and a stranger could have
 * twenty thousand requests read in one turn of the event loop. Beyond a few the connection is closed, and requests
 * read with them are ignored.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export type HandleRequest = (request: IncomingMessage, response: ServerResponse) => void;

const MAX_UNANSWERED = 20;

export function withoutLongPipelines(handle: HandleRequest): HandleRequest {
  const unanswered = new WeakMap<Socket, number>();
  return (request, response) => {
    const { socket } = request;
    // It was read together with the request that closed the connection.
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
