import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { eventually } from '../../../support/eventually.ts';
import { startFakeMx } from '../../../support/fake-mx.ts';
import { DEFAULT_EXTENSIONS } from '../../../support/fake-mx-options.ts';
import { lossOf, outbound, repliesOf, sessionFor } from '../../../support/outbound.ts';
import { seededRandom } from '../../../support/seeded-random.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const PLAIN = DEFAULT_EXTENSIONS.filter((keyword) => keyword !== 'STARTTLS');

/** Lines of random printable octets and dots, 8-bit ones too. */
function randomContent(octets: number, seed: number): Buffer {
  const random = seededRandom(seed);
  const content = Buffer.from(random.bytes(octets).map((octet) => (octet < 32 ? 46 : octet)));
  for (let at = 60; at < octets - 2; at += 62) content.write('\r\n', at);
  content.write('\r\n', octets - 2);
  return content;
}

describe.each([
  ['in clear', PLAIN],
  ['in TLS', DEFAULT_EXTENSIONS],
])('content %s', (_name, extensions) => {
  it('arrives octet for octet', async () => {
    await using mx = await startFakeMx({ extensions });
    const session = await sessionFor(mx);
    const contents = [
      Buffer.from(''),
      Buffer.from('.\r\n'),
      Buffer.from('Subject: ünïcode\r\n\r\n.\r\n..\r\n.end\r\n'),
      Buffer.from([0x80, 0xff, 0xfe, 0x0d, 0x0a]),
      randomContent(64 * 1024, 1),
      randomContent(3 * 1024 * 1024, 2),
    ];
    for (const content of contents) {
      const replies = repliesOf(
        await session.transact(outbound(['a@x.test'], { content, bodyType: '8bitmime' })),
      );
      expect(replies[0]?.reply.code).toBe(250);
      expect(mx.messages.at(-1)?.content.equals(content)).toBe(true);
    }
    expect(mx.connectionCount).toBe(1);
    await session.quit();
  });

  it('may come in any chunks, at once or over time', async () => {
    await using mx = await startFakeMx({ extensions });
    const session = await sessionFor(mx);
    const content = randomContent(300_000, 3);
    const random = seededRandom(4);
    const chunks: Buffer[] = [];
    for (let at = 0; at < content.length;) {
      const to = at + Math.floor(random.float() * 5_000);
      chunks.push(content.subarray(at, to));
      at = to;
    }
    await session.transact(outbound(['a@x.test'], { content: () => chunks }));
    await session.transact(
      outbound(['a@x.test'], {
        content: async function* () {
          for (const chunk of chunks) {
            await nextTurn();
            yield chunk;
          }
        },
      }),
    );
    expect(mx.messages.map((message) => message.content.equals(content))).toEqual([true, true]);
    await session.quit();
  });
});

it('is read only as fast as the remote reads', async () => {
  await using server = await dialogueServer();
  const session = await sessionFor(server);
  let given = 0;
  const chunk = Buffer.alloc(256 * 1024, 'x'.repeat(62) + '\r\n');
  const content = function* () {
    for (; given < 200; given++) yield chunk;
  };
  const sending = session.transact(outbound(['a@x.test'], { content }));
  await eventually(() => server.stalled);
  const before = given;
  for (let turn = 0; turn < 50; turn++) await nextTurn();
  // The kernel's buffers take some megabytes on loopback; the other 40 stay where they are.
  expect(given).toBeLessThan(100);
  server.goOn();
  expect(repliesOf(await sending)[0]?.reply.code).toBe(250);
  expect(given).toBe(200);
  expect(before).toBeLessThan(200);
  session.destroy();
});

it('is given up when the remote reads nothing for three minutes', async () => {
  const clock = new VirtualClock();
  await using server = await dialogueServer();
  const session = await sessionFor(server, { clock });
  let closed = false;
  const chunk = Buffer.alloc(256 * 1024, 'x'.repeat(62) + '\r\n');
  const content = function* () {
    try {
      for (;;) yield chunk;
    } finally {
      closed = true;
    }
  };
  const sending = session.transact(outbound(['a@x.test'], { content }));
  await eventually(() => server.stalled);
  for (let turn = 0; turn < 100; turn++) await nextTurn();
  await clock.advance(181_000);
  expect(lossOf(await sending)).toMatchObject({
    stage: 'data',
    text: 'waited in vain for the remote to read within 180 s',
    afterFinalDot: false,
  });
  expect(closed).toBe(true);
  expect(clock.pendingTimers).toBe(0);
});

it('goes unchanged to a hop without 8BITMIME', async () => {
  await using mx = await startFakeMx({ extensions: [] });
  const session = await sessionFor(mx);
  const content = Buffer.from('Subject: ü\r\n\r\nü\r\n');
  await session.transact(outbound(['a@x.test'], { content, bodyType: '8bitmime' }));
  expect(mx.messages[0]?.content.equals(content)).toBe(true);
  expect(mx.messages[0]?.parameters).toEqual([]);
  await session.quit();
});

/** Takes the envelope, then reads no content until `goOn`. */
async function dialogueServer() {
  let peer: Socket | undefined;
  let stalled = false;
  let tail = '';
  const server = createServer((socket) => {
    peer = socket;
    socket.on('error', () => socket.destroy());
    socket.write('220 mx.test\r\n');
    socket.on('data', (chunk) => {
      if (stalled) {
        tail = (tail + chunk.toString('latin1')).slice(-5);
        if (tail === '\r\n.\r\n') socket.write('250 2.0.0 ok\r\n');
        return;
      }
      const line = chunk.toString('latin1');
      if (line.startsWith('EHLO')) socket.write('250-mx.test\r\n250 PIPELINING\r\n');
      if (!line.startsWith('MAIL')) return;
      socket.pause();
      stalled = true;
      socket.write('250 ok\r\n250 ok\r\n354 go\r\n');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    get stalled() {
      return stalled;
    },
    goOn: () => peer?.resume(),
    [Symbol.asyncDispose]: async () => {
      peer?.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe('a transaction that may not come to its end', () => {
  it.each([
    ['small', 100],
    ['larger than one write', 500_000],
  ])('is broken off before its final dot: %s', async (_, octets) => {
    await using mx = await startFakeMx({ extensions: PLAIN });
    const session = await sessionFor(mx);
    const obstacle = { text: 'the lease was over', localClass: 'local-store' } as const;
    const content = randomContent(octets, 5);
    const lost = lossOf(await session.transact(outbound(['a@x.test'], { content, mayEnd: () => obstacle })));
    expect(lost).toMatchObject({ ...obstacle, stage: 'data', afterFinalDot: false, stale: false });
    expect(session.usable).toBe(false);
    await eventually(() => mx.openConnections === 0);
    expect(mx.messages).toEqual([]);
  });

  it('ends where nothing is in its way', async () => {
    await using mx = await startFakeMx({ extensions: PLAIN });
    const session = await sessionFor(mx);
    const replies = repliesOf(await session.transact(outbound(['a@x.test'], { mayEnd: () => undefined })));
    expect(replies[0]?.reply.code).toBe(250);
    await session.quit();
  });
});
