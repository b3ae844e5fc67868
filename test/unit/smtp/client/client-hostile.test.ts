import { afterEach, beforeEach, expect, it } from 'vitest';
import type { SmtpTimeouts } from '../../../../src/smtp/client/timeouts.ts';
import type { ConnectRequest, ConnectSource } from '../../../../src/smtp/client/session.ts';
import { DEFAULT_EXTENSIONS, type FakeMxAnswer } from '../../../support/fake-mx-options.ts';
import { startFakeMx, testOnlyCertificate } from '../../../support/fake-mx.ts';
import { connectTo, outbound } from '../../../support/outbound.ts';
import { startSocks, type SocksOptions } from '../../../support/hops.ts';
import { seededRandom } from '../../../support/seeded-random.ts';
import { TurnClock } from '../../../support/turn-clock.ts';

/** In turns of the event loop: a whole message takes some hundred. */
const TURNS = 2_000;
const SHORT: SmtpTimeouts = {
  connectMs: TURNS,
  greetingMs: TURNS,
  helloMs: TURNS,
  handshakeMs: TURNS,
  mailMs: TURNS,
  rcptMs: TURNS,
  dataMs: TURNS,
  blockMs: TURNS,
  finalMs: TURNS,
  quitMs: TURNS,
};

const unhandled: unknown[] = [];
const note = (error: unknown) => unhandled.push(error);

beforeEach(() => {
  unhandled.length = 0;
  process.on('uncaughtException', note).on('unhandledRejection', note);
});
afterEach(() => {
  process.off('uncaughtException', note).off('unhandledRejection', note);
});

/** Any answer at any point, mostly sensible ones so that the dialogue gets somewhere. */
function hostileAnswers(seed: number): () => FakeMxAnswer | undefined {
  const random = seededRandom(seed);
  const pick = <T>(items: readonly T[]) => items[Math.floor(random.float() * items.length)] as T;
  return () => {
    if (random.float() < 0.75) return undefined;
    return pick<FakeMxAnswer>([
      { raw: Buffer.from(random.bytes(1 + Math.floor(random.float() * 50))) },
      { raw: Buffer.from(random.bytes(20_000)), thenClose: true },
      { raw: '250 ok\r\n250 ok\r\n354 go\r\n250 ok\r\n' },
      { raw: '2' },
      { raw: '250-', thenClose: true },
      { raw: '550 without a line end', thenClose: true },
      { raw: '\r\n\r\n\r\n' },
      { fault: 'drop' },
      { fault: 'reset' },
      { fault: 'silent' },
      { reply: '250 closing all the same', thenClose: true },
      '100 what',
      '354 go ahead',
      '421 4.3.2 leaving',
      '450 4.2.1 busy',
      '250-many\r\n250-lines\r\n250 here',
      '550 5.7.1 \u0000\u0007 no',
      '220 2.0.0 hello again',
    ]);
  };
}

const LOGIN = { username: 'relay@example.test', password: 'correct horse battery', mechanism: undefined };

/** A smart host of this machine, in each mode and without. */
function requestOf(seed: number): Partial<ConnectRequest> {
  const modes = [undefined, 'none', 'may', 'encrypt', 'implicit'] as const;
  const tls = modes[seed % modes.length];
  return tls === undefined ? {} : { smartHost: { tls, login: LOGIN } };
}

it('gets a result out of every remote, whatever that does, and leaves nothing behind', async () => {
  const kinds = new Map<string, number>();
  const count = (kind: string) => kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  await using mx = await startFakeMx({
    keepMessages: false,
    extensions: [...DEFAULT_EXTENSIONS, 'AUTH PLAIN LOGIN'],
    login: LOGIN,
  });
  using clock = new TurnClock();
  const content = Buffer.alloc(100_000, 'some text in a line\r\n');

  const play = async (seed: number) => {
    const request = requestOf(seed);
    mx.change({
      respond: hostileAnswers(seed),
      starttls: seed % 3 === 0 ? 'garbage' : 'works',
      implicitTls: request.smartHost?.tls === 'implicit' && seed % 2 === 0,
      login: request.smartHost?.login,
    });
    const trusting = { timeouts: SHORT, clock, tls: { ca: [testOnlyCertificate] } };
    const result = await connectTo(mx, request, trusting);
    if (result.kind === 'failed') {
      expect(result.text.length + (result.reply?.code ?? 0)).toBeGreaterThan(0);
      count(`failed at ${result.stage}`);
      return;
    }
    const { session } = result;
    for (let message = 0; message < 4 && session.usable; message++) {
      const sent = await session.transact(outbound(['a@x.test', 'b@x.test'], { content }));
      count(sent.kind);
      if (sent.kind === 'replied') {
        expect(sent.replies).toHaveLength(2);
        for (const { reply } of sent.replies) expect(reply.code < 300 || reply.code >= 400).toBe(true);
      } else if (sent.kind === 'lost') {
        expect(sent.replies).toHaveLength(2);
        expect(sent.reply === undefined || sent.reply.code >= 400).toBe(true);
        expect(sent.text).not.toBe('');
        expect(session.usable).toBe(false);
      }
    }
    if (seed % 2 === 0) await session.quit();
    else session.destroy();
    expect(session.usable).toBe(false);
  };

  for (let seed = 1; seed <= 150; seed++) await play(seed);
  mx.dropConnections();
  // Each way out was taken: otherwise the answers above are too kind, or too unkind, to say anything.
  for (const kind of ['failed at greeting', 'failed at ehlo', 'failed at auth', 'replied', 'lost'])
    expect(kinds.get(kind)).toBeGreaterThan(5);
  expect(unhandled).toEqual([]);
}, 120_000);

it('gets a result out of every hop, whatever that does, and leaves nothing behind', async () => {
  const stages = new Map<string, number>();
  await using mx = await startFakeMx();
  using clock = new TurnClock();
  for (let seed = 1; seed <= 120; seed++) {
    const random = seededRandom(seed);
    const noise = () => Buffer.from([...random.bytes(Math.floor(random.float() * 40))]);
    const said = (begins: readonly number[]) =>
      Buffer.concat([Buffer.from(random.float() < 0.7 ? begins : []), noise()]);
    const options: SocksOptions =
      seed % 3 === 0
        ? { method: said([5]) }
        : seed % 3 === 1
          ? { reply: said([5, 0, 0, 1]) }
          : { slowly: true };
    await using socks = await startSocks(options);
    const source: ConnectSource = {
      localAddress: '127.0.0.1',
      hostname: 'relay.test',
      hop: { kind: 'socks5', at: socks.at },
    };
    const result = await connectTo(mx, { source }, { timeouts: SHORT, clock });
    stages.set(result.kind === 'failed' ? result.stage : 'none', 1);
    if (result.kind === 'failed') expect(result.text).not.toBe('');
    else await result.session.quit();
  }
  expect([...stages.keys()].sort()).toEqual(['connect', 'greeting', 'none']);
  expect(unhandled).toEqual([]);
}, 60_000);
