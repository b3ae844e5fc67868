/**
 * Reads a request's body within the route's limit and its key's share of memory. A body that is too long, too slow or
 * finds no memory is refused at once, and its rest is dropped. RFC 9112 §6.
 */
import type { IncomingMessage } from 'node:http';
import { ApiError } from './api-error.ts';
import { BodyOctets } from './body-octets.ts';
import type { Exchange } from './exchange.ts';

/** Up to here chunks (RFC 9112 §7.1) may have any size; beyond, they need a minimum. */
const FREE_PIECES = 4_096;
/** On average: covers the cost of parsing a chunk. Programs that write word by word pass. */
const LEAST_OCTETS_A_PIECE = 16;

/** Rejects with ApiError 400, 408, 413 or 503. */
export function readBody(payload: IncomingMessage, limitBytes: number, exchange: Exchange): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const octets = new BodyOctets();
  let bytes = 0;
  let pieces = 0;
  const end = () => {
    exchange.bodyEnds();
    payload.off('data', onData).off('end', onEnd).off('error', onBroken).off('close', onBroken);
  };
  const refuse = (error: ApiError) => {
    end();
    // The received octets count until the response is sent.
    octets.drop();
    reject(error);
  };
  const onData = (chunk: Buffer) => {
    bytes += chunk.length;
    pieces++;
    if (bytes > limitBytes) {
      refuse(tooLarge(limitBytes));
      return;
    }
    if (pieces > FREE_PIECES && bytes < pieces * LEAST_OCTETS_A_PIECE) {
      refuse(TOO_MANY_PIECES);
      return;
    }
    try {
      exchange.bodyArrived(chunk.length);
    } catch (error) {
      refuse(error as ApiError);
      return;
    }
    octets.add(chunk);
  };
  const onEnd = () => {
    end();
    resolve(octets.take());
  };
  const onBroken = () => refuse(broken());
  if (payload.destroyed) return Promise.reject(broken());
  if (Number(payload.headers['content-length']) > limitBytes) return Promise.reject(tooLarge(limitBytes));
  exchange.bodyBegins(limitBytes, () =>
    refuse(new ApiError(408, 'timeout', 'the body did not arrive in time')),
  );
  payload.on('data', onData).on('end', onEnd).on('error', onBroken).on('close', onBroken);
  return promise;
}

function broken(): ApiError {
  return new ApiError(400, 'invalid-request', 'the request could not be read');
}

const TOO_MANY_PIECES = new ApiError(
  400,
  'invalid-request',
  'the body comes in too many small chunks: write it in larger ones, or with Content-Length',
);

function tooLarge(limitBytes: number): ApiError {
  return new ApiError(413, 'too-large', `the body is larger than ${limitBytes} octets`);
}
