/** The client of a request, in the form that acceptance takes. */
import { TLSSocket } from 'node:tls';
import type { FastifyRequest } from 'fastify';
import type { ApiClient } from '../intake/receive-composed.ts';
import { clientAddress } from './authenticate.ts';

export function apiClientOf(request: FastifyRequest): ApiClient {
  const { credential, id, socket } = request;
  return {
    credential,
    session: id,
    address: clientAddress(request),
    tls:
      socket instanceof TLSSocket
        ? { version: socket.getProtocol() ?? 'TLS', cipher: socket.getCipher().standardName }
        : undefined,
  };
}
