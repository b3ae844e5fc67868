import { expect, it } from 'vitest';
import { SessionRoom, type Occupant, type RoomSize } from '../../../../src/smtp/server/session-room.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

class Client implements Occupant {
  readonly address: string;
  idle = true;
  gone = false;
  constructor(address: string) {
    this.address = address;
  }
  giveWay(): void {
    this.gone = true;
  }
}

function setUp(size: RoomSize) {
  const clock = new VirtualClock();
  const room = new SessionRoom(size, clock);
  const open = (address: string) => {
    const client = new Client(address);
    return room.admit(client) ? client : undefined;
  };
  const openMany = (count: number, addressOf: (index: number) => string) =>
    Array.from({ length: count }, (_, index) => open(addressOf(index))).filter((one) => one !== undefined);
  return { clock, room, open, openMany };
}

it('bounds connections in all, of a host and of a network', () => {
  const { room, openMany } = setUp({
    maxConnections: 10,
    maxConnectionsPerAddress: 2,
    maxConnectionsPerNetwork: 3,
  });
  expect(openMany(3, () => '192.0.2.1')).toHaveLength(2);
  expect(openMany(2, (i) => `192.0.2.${i + 2}`)).toHaveLength(1);
  // Addresses of a /64 are one host, /64s of a /48 one network.
  expect(openMany(5, (i) => `2001:db8:1:1::${i}`)).toHaveLength(2);
  expect(openMany(5, (i) => `2001:db8:1:${i + 2}::1`)).toHaveLength(1);
  expect(openMany(4, (i) => `198.51.${i}.1`)).toHaveLength(4);
  expect(room.total).toBe(10);
});

it('gives back what is left, once, and holds nothing then', () => {
  const { room, open } = setUp({
    maxConnections: 10,
    maxConnectionsPerAddress: 1,
    maxConnectionsPerNetwork: 1,
  });
  const first = open('192.0.2.1')!;
  expect(open('192.0.2.2')).toBeUndefined();
  room.leave(first);
  room.leave(first);
  expect(open('192.0.2.2')).toBeDefined();
  expect(room.total).toBe(1);
});

it('has no bound for networks where none is asked for', () => {
  const { openMany } = setUp({ maxConnections: 1_000, maxConnectionsPerAddress: 1 });
  expect(openMany(250, (i) => `192.0.2.${i}`)).toHaveLength(250);
});

it('turns away one more of the network that fills it, and takes another for its oldest', () => {
  const { room, open, openMany } = setUp({ maxConnections: 5, maxConnectionsPerAddress: 5 });
  const held = openMany(5, (i) => `192.0.2.${i}`);
  expect(open('192.0.2.9')).toBeUndefined();
  expect(open('198.51.100.1')).toBeDefined();
  expect(held.map(({ gone }) => gone)).toEqual([true, false, false, false, false]);
  expect(room.total).toBe(5);
});

it('lets an account with most give way, by the session that has been idle for longest', () => {
  const { room, open, openMany } = setUp({ maxConnections: 5, maxConnectionsPerAddress: 5 });
  const sessions = openMany(4, (i) => `192.0.${i}.1`);
  for (const session of sessions) room.touch(session, 'one');
  room.touch(open('203.0.113.1')!, 'other');
  sessions[0]!.idle = false;
  room.touch(sessions[1]!, 'one');
  expect(open('198.51.100.1')).toBeDefined();
  expect(sessions.map(({ gone }) => gone)).toEqual([false, false, true, false]);
});

it('breaks off transactions only of one that has more than half of the room', () => {
  const { room, open, openMany } = setUp({ maxConnections: 6, maxConnectionsPerAddress: 6 });
  const holders = openMany(6, (i) => `192.0.${i}.1`);
  for (const [index, one] of holders.entries()) {
    room.touch(one, index < 3 ? 'one' : 'other');
    one.idle = false;
  }
  expect(open('198.51.100.1')).toBeUndefined();
  room.touch(holders[3]!, 'one');
  expect(open('198.51.100.1')).toBeDefined();
  expect(holders[0]!.gone).toBe(true);
});

it('lets a stranger that has done nothing for a while give way, of however many networks they are', async () => {
  const { clock, room, open, openMany } = setUp({ maxConnections: 3, maxConnectionsPerAddress: 3 });
  const strangers = openMany(3, (i) => `192.0.${i}.1`);
  room.touch(strangers[0]!, 'somebody');
  for (const one of strangers) one.idle = false;
  expect(open('198.51.100.1')).toBeUndefined();
  await clock.advance(10_000);
  room.touch(strangers[1]!, undefined);
  await clock.advance(5_000);
  expect(open('198.51.100.1')).toBeDefined();
  expect(strangers.map(({ gone }) => gone)).toEqual([false, false, true]);
  expect(open('198.51.101.1')).toBeUndefined();
});
