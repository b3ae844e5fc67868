/** Addresses and networks as strangers have them: counted by /24 and /48, an IPv6 client by its /64. */
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { ConnectionRoom } from '../../../src/http/connection-room.ts';

const MAXIMA = { all: 100, perNetwork: 4, perAddress: 2, perAccount: 100, perKey: 100 };
let port = 1;

class FakeSocket extends EventEmitter {
  readonly localAddress = '192.0.2.1';
  readonly localPort = 8080;
  readonly remotePort = port++;
  remoteAddress: string | undefined;
  destroyed = false;
  constructor(address: string) {
    super();
    this.remoteAddress = address;
  }
  destroy(): void {
    this.destroyed = true;
    this.remoteAddress = undefined;
    queueMicrotask(() => this.emit('close'));
  }
}

function comes(room: ConnectionRoom, address: string, { busy = true, shared = false } = {}) {
  const socket = new FakeSocket(address);
  const asSocket = socket as unknown as Socket;
  const admitted = room.admit(asSocket, shared);
  if (admitted && busy) room.begin(asSocket);
  return { socket, asSocket, admitted };
}

test.each([
  ['192.0.2.7', '192.0.2.7', '::ffff:192.0.2.7'],
  ['2001:db8:1:1::1', '2001:db8:1:1:ffff::2', '2001:db8:1:1::3'],
])('an address has so many (%s)', (...addresses) => {
  const room = new ConnectionRoom(MAXIMA);
  expect(addresses.map((address) => comes(room, address).admitted)).toEqual([true, true, false]);
});

test.each([
  ['192.0.2.', '192.0.3.1'],
  ['2001:db8:1:', '2001:db8:2::1'],
])('a network has so many (%s)', (start, elsewhere) => {
  const room = new ConnectionRoom(MAXIMA);
  const inside = [1, 2, 3, 4, 5].map((last) =>
    comes(room, start.includes(':') ? `${start}${last}::1` : `${start}${last}`),
  );
  expect(inside.map(({ admitted }) => admitted)).toEqual([true, true, true, true, false]);
  expect(comes(room, elsewhere).admitted).toBe(true);
});

test('a proxy stands for many', () => {
  const room = new ConnectionRoom(MAXIMA);
  const all = Array.from({ length: 100 }, () => comes(room, '192.0.2.7', { shared: true }).admitted);
  expect(all).not.toContain(false);
  expect(comes(room, '198.51.100.1').admitted).toBe(false);
});

test('an idle one of the same address makes room, no other', () => {
  const room = new ConnectionRoom(MAXIMA);
  const other = comes(room, '198.51.100.1', { busy: false });
  const first = comes(room, '192.0.2.7', { busy: false });
  comes(room, '192.0.2.7');
  expect(comes(room, '192.0.2.7').admitted).toBe(true);
  expect([first.socket.destroyed, other.socket.destroyed]).toEqual([true, false]);
  expect(comes(room, '192.0.2.7').admitted).toBe(false);
});

test('nothing stays counted when all have gone, whatever they did', async () => {
  const room = new ConnectionRoom(MAXIMA);
  for (let round = 0; round < 50; round++) {
    const { socket, asSocket, admitted } = comes(room, '192.0.2.7', { busy: round % 3 > 0 });
    if (!admitted) continue;
    if (round % 3 > 0) {
      room.belongsTo(asSocket, { id: `crd_${round % 2}`, accountId: 'acc_1' });
      if (round % 3 === 1) room.end(asSocket);
    }
    socket.destroy();
    if (round % 3 === 2) room.end(asSocket);
    await Promise.resolve();
  }
  expect(room.size).toBe(0);
  expect([comes(room, '192.0.2.7').admitted, comes(room, '192.0.2.7').admitted]).toEqual([true, true]);
});

test('one that went while its key was looked up is counted for no key', async () => {
  const room = new ConnectionRoom({ ...MAXIMA, perAccount: 2, perKey: 2 });
  const key = { id: 'crd_1', accountId: 'acc_1' };
  for (let round = 0; round < 3; round++) {
    const { socket, asSocket } = comes(room, '192.0.2.7');
    socket.destroy();
    await Promise.resolve();
    room.belongsTo(asSocket, key);
    room.end(asSocket);
  }
  const { asSocket } = comes(room, '192.0.2.7');
  expect(() => room.belongsTo(asSocket, key)).not.toThrow();
});

test('one that was gone before it was looked at is not counted', () => {
  const room = new ConnectionRoom(MAXIMA);
  const socket = new FakeSocket('192.0.2.7');
  socket.remoteAddress = undefined;
  expect(room.admit(socket as unknown as Socket, false)).toBe(false);
  expect(room.size).toBe(0);
});
