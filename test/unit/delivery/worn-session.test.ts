import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FakeMxOptions } from '../../support/fake-mx-options.ts';
import { eventually } from '../../support/eventually.ts';
import { RealRelay } from './support/real-relay.ts';

let relay: RealRelay;
beforeAll(async () => {
  relay = await RealRelay.start({
    retryScheduleMs: [60_000],
    limits: { maxConnectionsPerSite: 1, idleConnectionMs: 50 },
  });
});
afterAll(() => relay[Symbol.asyncDispose]());

let sites = 0;

/** Two messages one after the other on one connection, to a site of their own. */
async function pair(
  first: string,
  respond: NonNullable<FakeMxOptions['respond']>,
): Promise<{ readonly ids: readonly [string, string]; readonly connections: number }> {
  const name = `worn-${sites++}.test`;
  relay.zone.set(name, { mx: [{ preference: 10, exchange: `mx.${name}` }] });
  relay.zone.set(`mx.${name}`, { a: ['127.0.0.1'] });
  await eventually(() => relay.mx.openConnections === 0);
  const before = relay.mx.connectionCount;
  relay.mx.change({
    respond: (line, state) =>
      // The notices of bounces are nobody's business here.
      state.connection === before + 1 ? respond(line, state) : undefined,
  });
  const ids = [await relay.submit([`${first}@${name}`]), await relay.submit([`b@${name}`])] as const;
  await eventually(async () => (await relay.states(ids[1]))[0] !== 'queued');
  return { ids, connections: relay.mx.connectionCount - before };
}

const after = (command: RegExp, reply: string, times: number): NonNullable<FakeMxOptions['respond']> => {
  let seen = 0;
  return (line) => (command.test(line) && ++seen > times ? reply : undefined);
};

test.each([
  ['MAIL', /^MAIL/, '503 5.5.1 nested MAIL command'],
  ['MAIL', /^MAIL/, '503 EHLO first'],
  ['MAIL', /^MAIL/, '530 5.7.0 Must issue a STARTTLS command first'],
  ['MAIL', /^MAIL/, '550 5.7.0 too many messages on this connection'],
  ['RCPT', /^RCPT/, '503 5.5.1 need MAIL first'],
  ['DATA', /^DATA/, '503 5.5.1 need RCPT first'],
  ['DATA', /^DATA/, '421 4.3.2 leaving'],
])('%s of a used session (%s) answered %s: the message arrives on a new one', async (_at, command, reply) => {
  const { ids } = await pair('data-451-4.3.0', after(command, reply, 1));
  expect(await relay.states(ids[1])).toEqual(['delivered']);
  expect((await relay.deliveries(ids[1]))[0]).toMatchObject({ attempts: 1 });
});

test('RSET answered 503 costs the next message no attempt', async () => {
  const { ids } = await pair('bounce-550-5.7.1', after(/^RSET/, '503 5.5.1 what?', 0));
  expect(await relay.states(ids[1])).toEqual(['delivered']);
  expect((await relay.deliveries(ids[1]))[0]).toMatchObject({ attempts: 1 });
  expect((await relay.deliveries(ids[1]))[0]?.history?.length).toBe(1);
});

test.each([
  ['closes at MAIL', /^MAIL/, { fault: 'drop' }],
  ['closes at DATA', /^DATA/, { fault: 'drop' }],
  ['says 454 at MAIL', /^MAIL/, '454 4.7.0 TLS not available'],
] as const)(
  'a host that %s whenever it is in TLS gets the message in clear',
  async (_what, command, answer) => {
    await using patient = await RealRelay.start({ retryScheduleMs: [20] });
    patient.mx.change({ respond: (line, { tls }) => (tls && command.test(line) ? answer : undefined) });
    const id = await patient.submit(['a@dest.test']);
    await eventually(async () => (await patient.states(id))[0] === 'delivered');
    const history = (await patient.deliveries(id))[0]?.history ?? [];
    expect(history.map(({ tls }) => tls !== undefined)).toEqual([true, true, false]);
  },
);
