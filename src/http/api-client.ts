/** The sender of a request, as acceptance wants to know it. */
import { TLSSocket } from 'node:tls';
import type { FastifyRequest } from 'fastify';
import type { ApiClient } from '../submission/api-submission.ts';

export function apiClientOf({ credential, id, ip, raw }: FastifyRequest): ApiClient {
  const { socket } = raw;
  return {
    credential,
    session: id,
    address: ip,
    tls:
      socket instanceof TLSSocket
        ? { version: socket.getProtocol() ?? 'TLS', cipher: socket.getCipher().standardName }
        : undefined,
  };
}
