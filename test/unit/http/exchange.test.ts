/** The memory of a request whose client went away while its key was looked up. */
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { BodyMemory } from '../../../src/http/body-memory.ts';
import { Exchange } from '../../../src/http/exchange.ts';
import { readBody } from '../../../src/http/read-body.ts';

const LIMIT_BYTES = 1_000_000;

function begin() {
  const memory = new BodyMemory(() => LIMIT_BYTES);
  const request = new IncomingMessage(new Socket());
  const exchange = new Exchange({
    slot: 0,
    request,
    response: new ServerResponse(request),
    memory,
    nowMs: 0,
  });
  return { memory, request, exchange };
}

test('a body that arrives after the end holds nothing', () => {
  const { memory, exchange } = begin();
  exchange.ends();
  exchange.belongsTo({ id: 'crd_1', accountId: 'acc_1' });
  exchange.bodyBegins(LIMIT_BYTES, () => undefined);
  exchange.bodyArrived(10);
  expect([memory.usedBytes, exchange.arriving]).toEqual([0, false]);
});

test('a body whose client has gone is not waited for', async () => {
  const { request, exchange } = begin();
  request.destroy();
  await new Promise((resolve) => request.once('close', resolve));
  await expect(readBody(request, LIMIT_BYTES, exchange)).rejects.toThrow('could not be read');
});
