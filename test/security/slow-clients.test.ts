/**
 * Clients that hold what they have: connections that say nothing, handshakes that never end, sessions that are logged in and
 * idle, DATA an octet now and then. They fill every place there is, and others are served all the same.
 */
import { existsSync, readdirSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { RECIPIENT_DOMAIN, SENDER_DOMAIN, Stage } from '../e2e/support/stage.ts';
import { Wire, type Login } from '../protocol/support/dialogue.ts';
import { eventually } from '../support/eventually.ts';

const PLACES = 40;
/** Clients of three hosts in one network, none of whom has too many. */
const holderOf = (index: number) => `127.3.3.${1 + (index % 3)}`;
const OTHER_NETWORK = '127.4.4.1';

describe('while all places are held', () => {
  let stage: Stage;
  let other: Login;
  beforeAll(async () => {
    stage = await Stage.start({
      config: {
        submission: { max_connections: PLACES, max_connections_per_address: 30 },
        inbound: { listen: ['127.0.0.1:0'], postmaster: `ops@${RECIPIENT_DOMAIN}` },
      },
    });
    await stage.relay.ctl('account', 'add', 'other');
    other = await stage.relay.ctl<Login>(
      ...['credential', 'add', '--kind', 'smtp', '--name', 'other', '--account', 'other'],
    );
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  const open: { destroy(): void }[] = [];
  let atRest = 0;
  beforeEach(() => (atRest = socketsOfRelay()));
  afterEach(async () => {
    for (const one of open.splice(0)) one.destroy();
    // Places are free when the relay has noticed.
    await eventually(() => socketsOfRelay() <= atRest, { timeoutMs: 20_000 });
  });

  /** 0 where the system does not tell. */
  function socketsOfRelay(): number {
    return existsSync('/proc/self/fd') ? readdirSync(`/proc/${stage.relay.pid}/fd`).length : 0;
  }

  async function wire(port: number, localAddress: string, implicitTls = false): Promise<Wire> {
    const opened = await Wire.open(port, { localAddress, implicitTls });
    open.push(opened);
    return opened;
  }

  /** What another client, of another network, hears on both ports as it logs in. */
  async function othersHear(login: Login): Promise<readonly string[]> {
    const heard = [];
    for (const implicitTls of [false, true]) {
      const { port, tlsPort } = stage.relay;
      const client = await wire(implicitTls ? tlsPort : port, OTHER_NETWORK, implicitTls);
      heard.push((await client.reply()).slice(0, 3));
      if (!implicitTls) {
        await client.command('EHLO other.test');
        await client.command('STARTTLS');
        await client.secure();
      }
      heard.push((await client.login(login)).slice(0, 3));
      client.destroy();
    }
    return heard;
  }

  async function loggedIn(index: number): Promise<Wire> {
    const session = await wire(stage.relay.tlsPort, holderOf(index), true);
    await session.reply();
    expect(await session.login(stage.login)).toMatch(/^235/);
    return session;
  }

  it('by clients that say nothing, others log in, and the oldest is told that there are too many', async () => {
    const held = [];
    for (let i = 0; i < PLACES; i++) {
      held.push(await wire(stage.relay.port, holderOf(i)));
      expect(await held[i]!.reply()).toMatch(/^220/);
    }
    // One more of theirs takes nobody's place.
    expect(await (await wire(stage.relay.port, holderOf(0))).reply()).toMatch(/^421 4\.7\.0/);
    expect(await othersHear(other)).toEqual(['220', '235', '220', '235']);
    expect(await held[0]!.reply()).toMatch(/^421 4\.7\.0/);
  });

  it('by clients in the middle of STARTTLS, others log in', async () => {
    for (let i = 0; i < PLACES; i++) {
      const client = await wire(stage.relay.port, holderOf(i));
      await client.reply();
      await client.command('EHLO x');
      expect(await client.command('STARTTLS')).toMatch(/^220/);
      client.send(Buffer.from('16030102000100', 'hex'));
    }
    expect(await othersHear(other)).toEqual(['220', '235', '220', '235']);
  });

  it('by TLS handshakes that never end, others log in', async () => {
    for (let i = 0; i < PLACES; i++) {
      const client = await wire(stage.relay.tlsPort, holderOf(i));
      client.send(Buffer.from('16030102000100', 'hex'));
    }
    expect(await othersHear(other)).toEqual(['220', '235', '220', '235']);
  });

  it('by idle sessions of one account, another account logs in', async () => {
    const held = [];
    for (let i = 0; i < PLACES; i++) held.push(await loggedIn(i));
    expect(await othersHear(other)).toEqual(['220', '235', '220', '235']);
    expect(await held[0]!.reply()).toMatch(/^421 4\.7\.0/);
  });

  it('by one account in the middle of DATA, another account logs in', async () => {
    for (let i = 0; i < PLACES; i++) {
      const session = await loggedIn(i);
      await session.command(`MAIL FROM:<shop@${SENDER_DOMAIN}>`);
      await session.command(`RCPT TO:<never@${RECIPIENT_DOMAIN}>`);
      expect(await session.command('DATA')).toMatch(/^354/);
      session.send('x');
    }
    expect(await othersHear(other)).toEqual(['220', '235', '220', '235']);
  });

  it('on port 25, networks that have few are greeted', async () => {
    const connected = (localAddress: string) =>
      new Promise<Socket>((resolve, reject) => {
        const socket = connect({ port: stage.relay.inboundPort, host: '127.0.0.1', localAddress });
        open.push(socket);
        socket
          .resume()
          .once('connect', () => resolve(socket))
          .once('error', reject);
      });
    for (let network = 0; network < 10; network++)
      await Promise.all(Array.from({ length: 50 }, (_, i) => connected(`127.5.${network}.${1 + (i % 3)}`)));
    const provider = await wire(stage.relay.inboundPort, OTHER_NETWORK);
    expect(await provider.reply()).toMatch(/^220/);
  });

  it.runIf(existsSync('/proc/self/fd'))(
    'by clients that are turned away and never close, sockets stay bounded (needs Linux)',
    async () => {
      let most = 0;
      for (let i = 0; i < 900; i++) {
        const socket = connect({
          ...{ port: stage.relay.port, host: '127.0.0.1', localAddress: holderOf(i) },
          allowHalfOpen: true,
        });
        open.push(socket);
        socket.on('error', () => undefined).resume();
        // Greeted, turned away or cut: the kernel connects without the relay.
        await new Promise((resolve) =>
          socket.once('data', resolve).once('end', resolve).once('close', resolve),
        );
        most = Math.max(most, socketsOfRelay());
      }
      expect(most).toBeGreaterThan(atRest + PLACES);
      expect(most).toBeLessThanOrEqual(atRest + PLACES + 510);
    },
  );
});
