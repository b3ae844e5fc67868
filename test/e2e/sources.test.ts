/** Sources of the real relay on loopback addresses: pools, one that a provider refuses, and a warm-up over a crash. */
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import type { FakeMxOptions } from '../support/fake-mx-options.ts';
import { startFakeMx, type FakeMx } from '../support/fake-mx.ts';
import type { TomlTables } from './support/toml.ts';
import { RECIPIENT_DOMAIN, SENDER_DOMAIN, Stage } from './support/stage.ts';

const FROM = `shop@${SENDER_DOMAIN}`;
const [A, B] = ['127.0.0.11', '127.0.0.12'] as const;
const SOURCES = [
  { name: 'a', address: A, hostname: `a.${SENDER_DOMAIN}` },
  { name: 'b', address: B, hostname: `b.${SENDER_DOMAIN}` },
];
const LISTED = `554 5.7.1 Service unavailable; client host [${A}] blocked using zen.example.org`;
/** The first ceiling of the plan `default`. */
const FIRST_CEILING = 50;

const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one[Symbol.asyncDispose]();
});

async function staged(config: TomlTables): Promise<Stage> {
  const stage = await Stage.start({ config });
  open.push(stage);
  return stage;
}

/** The host of `domain`, under the name `mx`, at an address of its own. */
async function hostOf(
  stage: Stage,
  domain: string,
  { mx, ...options }: FakeMxOptions & { mx: string; host: string },
): Promise<FakeMx> {
  const fake = await startFakeMx({ ...options, port: stage.mx.port });
  open.push({ [Symbol.asyncDispose]: () => fake.close() });
  stage.dns.zone.set(domain, { mx: [{ preference: 10, exchange: mx }] });
  stage.dns.zone.set(mx, { a: [options.host] });
  return fake;
}

/** One message for each of `lists`; their ids. */
async function submit(stage: Stage, ...lists: readonly (readonly string[])[]): Promise<readonly string[]> {
  const session = await stage.session();
  const content = `From: <${FROM}>\r\nTo: list:;\r\nSubject: News\r\n\r\nbody text\r\n`;
  const ids: string[] = [];
  for (const to of lists) ids.push(await session.submitForId({ from: FROM, to, content }));
  await session.quit();
  return ids;
}

/** So many messages, each taken by `host`. */
async function deliver(
  stage: Stage,
  domain: string,
  host: FakeMx,
  messages: number,
): Promise<readonly string[]> {
  const ids = await submit(stage, ...Array.from({ length: messages }, (_, at) => [`r${at}@${domain}`]));
  await eventually(() => host.messages.length === messages, { what: `mail at ${domain}`, timeoutMs: 30_000 });
  return ids;
}

const addresses = ({ messages }: FakeMx) => new Set(messages.map(({ clientAddress }) => clientAddress));

/** Recipients that the host took from `address`. */
function takenFrom({ messages }: FakeMx, address: string): number {
  return messages
    .filter(({ clientAddress }) => clientAddress === address)
    .reduce((sum, { recipients }) => sum + recipients.length, 0);
}

describe('sources', () => {
  it('share the mail of their pool, each from its address and under its name', async () => {
    const stage = await staged({ source: SOURCES });
    await deliver(stage, RECIPIENT_DOMAIN, stage.mx, 12);
    expect(addresses(stage.mx)).toEqual(new Set([A, B]));
    for (const { clientAddress, helo } of stage.mx.messages)
      expect(helo).toBe(`${clientAddress === A ? 'a' : 'b'}.${SENDER_DOMAIN}`);
  });

  it('are not used for a provider that refuses them, and go on everywhere else', async () => {
    const stage = await staged({ source: SOURCES });
    const picky = await hostOf(stage, 'picky.test', {
      ...{ mx: 'aspmx.l.google.com', host: '127.0.0.5' },
      respond: (command, { clientAddress }) =>
        command === 'GREETING' && clientAddress === A ? LISTED : undefined,
    });
    const ids = await deliver(stage, 'picky.test', picky, 12);
    expect(addresses(picky)).toEqual(new Set([B]));
    await deliver(stage, RECIPIENT_DOMAIN, stage.mx, 12);
    expect(addresses(stage.mx)).toEqual(new Set([A, B]));

    const events = await stage.relay.ctlList<Record<string, unknown>>('events', '--server');
    expect(events.filter(({ event }) => event === 'source_limited')).toMatchObject([
      { source: 'a', provider: 'google', reply: LISTED, class: 'reputation', times: 1 },
    ]);
    const status = await stage.relay.ctlRaw(['status', '--json']);
    const { checks } = JSON.parse(status.stdout) as {
      checks: { name: string; ok: boolean; detail: string }[];
    };
    expect(checks.find(({ name }) => name === 'source_limits')).toMatchObject({
      ok: false,
      detail: expect.stringContaining('google refuses a, which is not used there until') as string,
    });
    // What met it went on by the other source at once, and the trace tells of both.
    expect(await firstTwice(stage, ids)).toEqual([
      ['a', 554],
      ['b', 250],
    ]);
  });
});

/** Sources and replies of the first message that was tried twice. */
async function firstTwice(stage: Stage, ids: readonly string[]) {
  for (const id of ids) {
    const { deliveries } = await stage.settled(id);
    const history = deliveries[0]?.history as unknown as readonly { source: string; reply_code: number }[];
    if (history.length > 1) return history.map(({ source, reply_code }) => [source, reply_code]);
  }
  return undefined;
}

describe('a source in warm-up', () => {
  const today = new Date().toISOString().slice(0, 10);
  const warming = { ...SOURCES[0], warm_up: today, weight: 100 };

  it('hands over no more than its ceiling, also over a crash, and the other source has what is left', async () => {
    const stage = await staged({ source: [warming, SOURCES[1] ?? {}] });
    // Twelve messages: the source is drawn for each, and one alone might be drawn for the other by its weight of 1.
    const bulk = (name: string) =>
      Array.from({ length: 12 }, (_, message) =>
        Array.from({ length: 5 }, (_, number) => `${name}${message}-${number}@${RECIPIENT_DOMAIN}`),
      );
    // A crash repeats what was under way: some come twice, and count twice.
    const taken = () =>
      new Set(stage.mx.messages.flatMap(({ recipients }) => recipients.map(({ address }) => address))).size;
    const allTaken = (recipients: number) =>
      eventually(() => taken() === recipients, { what: `${recipients} taken`, timeoutMs: 30_000 });
    await submit(stage, ...bulk('one'));
    await allTaken(60);
    expect(takenFrom(stage.mx, A)).toBeGreaterThan(0);
    await stage.relay.kill();
    await stage.relay.start();
    await submit(stage, ...bulk('two'), ...bulk('three'));
    await allTaken(180);
    expect(takenFrom(stage.mx, A)).toBeLessThanOrEqual(FIRST_CEILING);
  });

  it('leaves what is over its ceiling for tomorrow where it is alone', async () => {
    const stage = await staged({ source: [warming] });
    const to = Array.from({ length: 70 }, (_, number) => `r${number}@${RECIPIENT_DOMAIN}`);
    const [id = ''] = await submit(stage, to);
    const { deliveries } = await stage.messageWhere(id, 'all to be tried', (message) =>
      message.deliveries.every(({ state }) => state === 'delivered' || state === 'deferred'),
    );
    const waiting = deliveries.filter(({ state }) => state === 'deferred');
    expect(waiting.length).toBe(70 - FIRST_CEILING);
    const tomorrow = Date.parse(`${today}T00:00:00Z`) + 86_400_000;
    for (const { next_attempt_at } of waiting)
      expect(Date.parse(next_attempt_at ?? '')).toBeGreaterThanOrEqual(tomorrow);
    await eventually(() => takenFrom(stage.mx, A) === FIRST_CEILING);
  });
});
