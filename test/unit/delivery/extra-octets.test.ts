import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { silentLog } from '../../../src/platform/log.ts';
import { DEFAULT_EXTENSIONS, type FakeMxAnswer } from '../../support/fake-mx-options.ts';
import { eventually } from '../../support/eventually.ts';
import { RealRelay } from './support/real-relay.ts';

/** What a remote may say behind a reply, in the same segment. */
const EXTRA: Readonly<Record<string, string>> = {
  'a 421': '421 4.3.2 shutting down\r\n',
  'an empty line': '\r\n',
  'further 250 lines': '250 PIPELINING\r\n250 8BITMIME\r\n',
  'a line that is no reply': 'SIZE 1000\r\n',
  'octets of any kind': '\u0000\u0001\r\n\r\nxyz\n',
  'half a line': '25',
};

/** Where it says it: the command that it answers then, and what it offers. */
interface Place {
  readonly command: RegExp;
  readonly tls?: boolean;
  readonly extensions?: readonly string[];
  readonly ehlo?: 'refuse';
}
const PLACES: Readonly<Record<string, Place>> = {
  'the greeting': { command: /^GREETING$/, extensions: [] },
  'EHLO in clear': { command: /^EHLO/, extensions: ['PIPELINING'] },
  'EHLO before STARTTLS': { command: /^EHLO/, tls: false },
  'EHLO in TLS': { command: /^EHLO/, tls: true },
  HELO: { command: /^HELO/, ehlo: 'refuse' },
  STARTTLS: { command: /^STARTTLS/ },
  MAIL: { command: /^MAIL/, extensions: [] },
  'MAIL in a pipeline': { command: /^MAIL/ },
  RCPT: { command: /^RCPT/, extensions: [] },
  'RCPT in a pipeline': { command: /^RCPT/ },
  DATA: { command: /^DATA/, extensions: [] },
  'DATA in a pipeline': { command: /^DATA/ },
  'the final dot': { command: /^\.$/ },
  RSET: { command: /^RSET/, extensions: [] },
  'RSET in a pipeline': { command: /^RSET/ },
  QUIT: { command: /^QUIT/ },
};

let relay: RealRelay;
const errors: string[] = [];
beforeAll(async () => {
  const log = { ...silentLog, error: (event: string) => void errors.push(event) };
  relay = await RealRelay.start({ log, limits: { idleConnectionMs: 50, maxConnectionsPerSite: 1 } });
});
afterAll(() => relay[Symbol.asyncDispose]());

let sites = 0;

describe.each(Object.keys(PLACES))('behind the reply to %s', (place) => {
  const { command, tls, extensions = DEFAULT_EXTENSIONS, ehlo = 'accept' } = PLACES[place]!;

  async function settlesWith(answer: FakeMxAnswer): Promise<void> {
    // A site of its own, so that no back-off of another case is in the way.
    const name = `case-${sites++}.test`;
    relay.zone.set(name, { mx: [{ preference: 10, exchange: `mx.${name}` }] });
    relay.zone.set(`mx.${name}`, { a: ['127.0.0.1'] });
    let said = 0;
    relay.mx.change({
      extensions,
      ehlo,
      respond: (line, state) => {
        if (!command.test(line) || (tls !== undefined && state.tls !== tls) || said > 0) return undefined;
        said++;
        return answer;
      },
    });
    // The first is refused, so that RSET comes before the second on the same connection.
    const ids = [await relay.submit([`bounce-550-5.7.1@${name}`]), await relay.submit([`b@${name}`])];
    const delivery = async (index: number) => (await relay.deliveries(ids[index]!))[0];
    // It or its whole site waits then, for longer than this test.
    const isBlocked = async () => {
      for (const index of ids.keys()) if ((await delivery(index))?.state === 'deferred') return true;
      return false;
    };
    const isDone = async () =>
      (await delivery(0))?.state === 'bounced' && (await delivery(1))?.state === 'delivered';
    await eventually(async () => (await isDone()) || isBlocked(), { what: 'a delivery or a deferral' });
    await eventually(() => relay.delivery?.stats().connections === 0, { what: 'the end of all connections' });
    await eventually(() => relay.delivery?.stats().claimed === 0, { what: 'the end of everything in hand' });

    expect(said).toBe(1);
    expect((await delivery(0))?.history?.length).toBeGreaterThan(0);
    expect(errors).toEqual([]);
  }

  test.each(Object.keys(EXTRA))('%s: a delivery or one deferral', async (kind) => {
    await settlesWith({ after: EXTRA[kind]! });
  });
  test('a 421 and a close: a delivery or one deferral', async () => {
    await settlesWith({ after: EXTRA['a 421']!, thenClose: true });
  });
  test('a close: a delivery or one deferral', async () => {
    await settlesWith({ after: '', thenClose: true });
  });
});
