/** Turns of the event loop between accounts (smtp/server/fair-turns.ts), through real sockets: here turns come when told. */
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/platform/clock.ts';
import { eventLoop, type EventLoop } from '../../src/platform/event-loop.ts';
import { eventually } from '../support/eventually.ts';
import { Wire } from './support/dialogue.ts';
import { idleSockets } from './support/idle-sockets.ts';
import {
  credential,
  domain,
  MESSAGE,
  networkCredential,
  startFixture,
  type Fixture,
  type FixtureOptions,
} from './support/submission-fixture.ts';

/** Time goes by whenever the clock is read, and a turn comes when it is allowed. */
class Turns implements EventLoop {
  /** A share is 1 ms: with 2, whatever is done uses it up. */
  readCostMs = 0;
  held = false;
  /** How often somebody had to wait for a turn. */
  asked = 0;
  readonly #waiting: (() => void)[] = [];
  #nowMs = 0;
  readonly clock = { ...systemClock, monotonic: () => (this.#nowMs += this.readCostMs) };

  settled(callback: () => void): void {
    eventLoop.settled(callback);
  }

  nextTurn(callback: () => void): void {
    this.asked++;
    if (this.held) this.#waiting.push(callback);
    else eventLoop.nextTurn(callback);
  }

  release(): void {
    this.held = false;
    for (const callback of this.#waiting.splice(0)) eventLoop.nextTurn(callback);
  }
}

interface Stage extends Fixture {
  readonly turns: Turns;
}

const running: Fixture[] = [];
afterEach(async () => {
  for (const relay of running.splice(0)) await relay.stop();
});

/** 127.0.0.1 is one account, 127.0.0.2 another. */
async function start(options: FixtureOptions = {}): Promise<Stage> {
  const turns = new Turns();
  const relay = await startFixture({ clock: turns.clock, loop: turns, ...options });
  running.push(relay);
  const { directory } = relay;
  directory.domains.push(domain('example.com', { accountId: 'acc_2' }));
  directory.credentials.push(
    networkCredential({ networks: ['127.0.0.1'] }),
    credential({ ...networkCredential(), id: 'crd_2', accountId: 'acc_2', networks: ['127.0.0.2'] }),
  );
  // Somebody else has to be there, or nothing would ever wait.
  const bystander = await Wire.open(relay.port, { localAddress: '127.0.0.3' });
  await bystander.reply();
  await bystander.command('NOOP');
  return { ...relay, turns };
}

/** A connection whose account is known. */
async function known(relay: Stage, localAddress = '127.0.0.1'): Promise<Wire> {
  const wire = await Wire.open(relay.port, { localAddress });
  await wire.reply();
  await wire.command('EHLO client.test');
  const from = localAddress === '127.0.0.1' ? 'a@example.org' : 'a@example.com';
  expect(await wire.command(`MAIL FROM:<${from}>`)).toMatch(/^250/);
  await wire.command('RSET');
  return wire;
}

/** What `wire` sends from now on waits, until {@link Turns.release}. */
async function useUp({ turns }: Stage, wire: Wire): Promise<void> {
  turns.held = true;
  turns.readCostMs = 2;
  await wire.command('NOOP');
  turns.readCostMs = 0;
}

/** Sends what has to wait, and sees that it does. */
async function queued(relay: Stage, wire: Wire, text: string): Promise<void> {
  await useUp(relay, wire);
  const { asked } = relay.turns;
  wire.send(text);
  await eventually(() => relay.turns.asked > asked);
}

async function greeted(relay: Stage): Promise<Wire> {
  const wire = await Wire.open(relay.port);
  await wire.reply();
  return wire;
}

describe('while one account waits for its turn', () => {
  it('another is served, from the greeting to the end of its message', async () => {
    const relay = await start();
    const [one, other] = [await known(relay), await known(relay)];
    await queued(relay, one, 'NOOP\r\n');
    other.send('NOOP\r\n');
    const quiet = await Wire.open(relay.port, { localAddress: '127.0.0.2' });
    await quiet.reply();
    await quiet.command('EHLO client.test');
    const content = MESSAGE.replace('example.org', 'example.com');
    expect(await quiet.message('a@example.com', ['b@example.net'], content)).toMatch(/^250 2\.0\.0/);
    expect([one.unread, other.unread]).toEqual(['', '']);
    relay.turns.release();
    expect([await one.reply(), await other.reply()]).toEqual(['250 2.0.0 OK', '250 2.0.0 OK']);
    for (const wire of [one, other, quiet]) wire.destroy();
  });

  it('a client of the same address whose account is not known yet is served', async () => {
    const relay = await start();
    const wire = await known(relay);
    await queued(relay, wire, 'NOOP\r\n');
    const stranger = await greeted(relay);
    expect(await stranger.command('EHLO client.test')).toMatch(/^250-/);
    relay.turns.release();
    for (const one of [wire, stranger]) one.destroy();
  });

  it('a login is of its account, on whatever connection', async () => {
    const relay = await start();
    relay.directory.credentials.splice(1);
    const wires = [1, 2].map(() => Wire.open(relay.tlsPort, { implicitTls: true }));
    const [one, other] = (await Promise.all(wires)) as [Wire, Wire];
    for (const wire of [one, other]) {
      await wire.reply();
      expect(await wire.login()).toMatch(/^235/);
    }
    await useUp(relay, one);
    other.send('NOOP\r\n');
    await eventually(() => relay.turns.asked > 0);
    relay.turns.release();
    expect(await other.reply()).toBe('250 2.0.0 OK');
    for (const wire of [one, other]) wire.destroy();
  });
});

describe('what waits for its turn', () => {
  it('is answered in its order, when every piece has to wait', async () => {
    const relay = await start();
    relay.turns.readCostMs = 2;
    const body = Buffer.alloc(300_000, `${'0123456789'.repeat(7)}\r\n`);
    const envelope = 'MAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.net>\r\nDATA\r\n';
    const recipients = 'RCPT TO:<b@example.net>\r\n'.repeat(50);
    const wires = await Promise.all(Array.from({ length: 8 }, () => greeted(relay)));
    await Promise.all(
      wires.map(async (wire, i) => {
        wire.send(`EHLO client.test\r\n${envelope}`);
        for (const code of ['250-', '250 2.1.0', '250 2.1.5', '354'])
          expect((await wire.reply()).slice(0, code.length)).toBe(code);
        wire.send(`${MESSAGE}${i}\r\n${body.toString()}\r\n.\r\nMAIL FROM:<a@example.org>\r\n${recipients}`);
        wire.send('RSET\r\nQUIT\r\n');
        for (const code of [
          '250 2.0.0 Ok: queued as msg_',
          '250 2.1.0',
          ...Array<string>(50).fill('250 2.1.5'),
        ])
          expect((await wire.reply()).slice(0, code.length)).toBe(code);
        expect([await wire.reply(), await wire.reply()]).toEqual(['250 2.0.0 Flushed', '221 2.0.0 Bye']);
        await wire.closed();
      }),
    );
    expect(relay.turns.asked).toBeGreaterThan(8);
    const stored = relay.spool.accepted.map(({ bytes }) => /Body\r\n(\d)\r\n/.exec(bytes.toString())?.[1]);
    expect(stored.sort()).toEqual(['0', '1', '2', '3', '4', '5', '6', '7']);
    for (const { bytes } of relay.spool.accepted) expect(bytes.includes(body)).toBe(true);
  });

  it('may come in halves', async () => {
    const relay = await start();
    const wire = await known(relay);
    await queued(relay, wire, 'NO');
    relay.turns.release();
    wire.send('OP\r\n');
    expect(await wire.reply()).toBe('250 2.0.0 OK');
    wire.destroy();
  });

  it('is answered though the client has closed its side', async () => {
    const relay = await start();
    const wire = await known(relay);
    await queued(relay, wire, 'NOOP\r\nMAIL FROM:<a@example.org>\r\nRSET\r\nQUIT\r\n');
    wire.socket.end();
    relay.turns.release();
    expect(await wire.reply()).toBe('250 2.0.0 OK');
    expect(await wire.reply()).toMatch(/^250 2\.1\.0/);
    expect([await wire.reply(), await wire.reply()]).toEqual(['250 2.0.0 Flushed', '221 2.0.0 Bye']);
    await wire.closed();
  });

  it('is read in pieces though the client has closed its side', async () => {
    const relay = await start();
    const wire = await known(relay);
    await queued(relay, wire, `${'NOOP\r\n'.repeat(70)}QUIT\r\n`);
    relay.turns.readCostMs = 2;
    wire.socket.end();
    relay.turns.release();
    for (let i = 0; i < 70; i++) expect(await wire.reply()).toBe('250 2.0.0 OK');
    expect(await wire.reply()).toBe('221 2.0.0 Bye');
    await wire.closed();
  });

  it('a message is accepted though the client has closed its side', async () => {
    const relay = await start();
    const wire = await known(relay);
    for (const line of ['MAIL FROM:<a@example.org>', 'RCPT TO:<b@example.net>']) await wire.command(line);
    relay.turns.held = true;
    relay.turns.readCostMs = 2;
    expect(await wire.command('DATA')).toMatch(/^354/);
    wire.socket.end(`${MESSAGE}.\r\n`);
    await eventually(() => relay.turns.asked === 1);
    expect(relay.spool.accepted).toEqual([]);
    relay.turns.release();
    await eventually(() => relay.spool.accepted.length === 1);
    expect(await wire.reply()).toMatch(/^250 2\.0\.0 Ok/);
    await wire.closed();
  });

  it('a last command without its line end is answered though the answer takes a while', async () => {
    const relay = await start();
    const wire = await known(relay);
    wire.socket.end('MAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.net>');
    expect(await wire.reply()).toMatch(/^250 2\.1\.0/);
    expect(await wire.reply()).toMatch(/^250 2\.1\.5/);
    await wire.closed();
  });

  it('who closes its side and waits for nothing is let go', async () => {
    const relay = await start();
    const wire = await known(relay);
    wire.socket.end();
    await wire.closed();
  });

  it('goes with its connection, and others of the account are served', async () => {
    const relay = await start();
    const [one, other] = [await known(relay), await known(relay)];
    await queued(relay, one, 'MAIL FROM:<a@example.org>\r\n');
    other.send('NOOP\r\n');
    one.socket.resetAndDestroy();
    await eventually(() => relay.log.some(({ event }) => event === 'session ended'));
    relay.turns.release();
    expect(await other.reply()).toBe('250 2.0.0 OK');
    other.destroy();
  });

  it('STARTTLS, and what was sent in clear behind it is not read', async () => {
    const relay = await start();
    const wire = await known(relay);
    await queued(relay, wire, 'STARTTLS\r\nNOOP\r\n');
    relay.turns.release();
    relay.turns.readCostMs = 2;
    expect(await wire.reply()).toBe('220 2.0.0 Ready to start TLS');
    await wire.secure();
    expect(await wire.login()).toMatch(/^235/);
    expect(await wire.message('a@example.org', ['b@example.net'], MESSAGE)).toMatch(/^250 2\.0\.0/);
    expect(await wire.command('QUIT')).toMatch(/^221/);
    await wire.closed();
  });

  it('keeps its client from being idle', async () => {
    const sockets = idleSockets();
    const relay = await start(sockets);
    const waiting = await known(relay);
    await queued(relay, waiting, 'NOOP\r\n');
    const idle = await Wire.open(relay.port, { localAddress: '127.0.0.2' });
    expect(await idle.reply()).toMatch(/^220/);
    sockets.pass();
    expect(await idle.reply()).toMatch(/^421 4\.4\.2/);
    relay.turns.release();
    expect(await waiting.reply()).toBe('250 2.0.0 OK');
    for (const wire of [waiting, idle]) wire.destroy();
  });
});

describe('shutting down while something waits for its turn', () => {
  it('tells a client between messages at once', async () => {
    const relay = await start();
    const wire = await known(relay);
    await queued(relay, wire, 'NOOP\r\n');
    const stopped = relay.service.stop(60_000);
    expect(await wire.reply()).toMatch(/^421 4\.3\.2/);
    await wire.closed();
    wire.destroy();
    await stopped;
    relay.turns.release();
  });

  it('lets a message that waits be answered', async () => {
    const relay = await start();
    const wire = await known(relay);
    for (const line of ['MAIL FROM:<a@example.org>', 'RCPT TO:<b@example.net>']) await wire.command(line);
    relay.turns.held = true;
    relay.turns.readCostMs = 2;
    expect(await wire.command('DATA')).toMatch(/^354/);
    wire.send(`${MESSAGE}.\r\n`);
    await eventually(() => relay.turns.asked === 1);
    const stopped = relay.service.stop(60_000);
    relay.turns.release();
    expect(await wire.reply()).toMatch(/^250 2\.0\.0 Ok: queued as msg_/);
    expect(await wire.reply()).toMatch(/^421 4\.3\.2/);
    wire.destroy();
    await stopped;
    expect(relay.spool.accepted).toHaveLength(1);
  });
});
