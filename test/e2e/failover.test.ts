/** MX hosts on many loopback addresses that take no connection: the smart host takes over, and gives back. */
import { afterEach, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { startFakeMx, type FakeMx } from '../support/fake-mx.ts';
import { SENDER_DOMAIN, Stage } from './support/stage.ts';

const FROM = `shop@${SENDER_DOMAIN}`;
const DOMAINS = ['one', 'two', 'three', 'four', 'five', 'six'];
/** The back-off of a site begins with 30 seconds at most. */
const BACK_MS = 90_000;

const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one[Symbol.asyncDispose]();
});

async function host(address: string, port?: number): Promise<FakeMx> {
  const mx = await startFakeMx({ host: address, ...(port !== undefined && { port }) });
  open.push({ [Symbol.asyncDispose]: () => mx.close() });
  return mx;
}

it('the smart host takes over for each destination, and gives each back when its hosts answer again', async () => {
  const smart = await host('127.0.0.40');
  const stage = await Stage.start({
    config: {
      route: [
        { name: 'mx', action: 'direct', fallback: 'smart', fallback_on: ['unreachable'] },
        { name: 'smart', action: 'relay', match: false, host: '127.0.0.40', port: smart.port, tls: 'may' },
      ],
    },
  });
  open.push(stage);
  for (const [index, name] of DOMAINS.entries()) {
    stage.dns.zone.set(`${name}.test`, { mx: [{ preference: 10, exchange: `mx.${name}.test` }] });
    stage.dns.zone.set(`mx.${name}.test`, { a: [`127.0.0.${String(41 + index)}`] });
  }
  const session = await stage.session();
  const submit = (to: string) =>
    session.submitForId({
      from: FROM,
      to,
      content: `From: <${FROM}>\r\nTo: ${to}\r\nSubject: x\r\n\r\nx\r\n`,
    });
  for (const name of DOMAINS) for (const number of [1, 2, 3]) await submit(`r${String(number)}@${name}.test`);
  await eventually(() => smart.messageCount === 3 * DOMAINS.length, {
    what: 'all mail at the smart host',
    timeoutMs: BACK_MS,
  });

  const hosts: FakeMx[] = [];
  for (const index of DOMAINS.keys()) hosts.push(await host(`127.0.0.${String(41 + index)}`, stage.mx.port));
  // One message after the other, until each destination has its own mail again.
  let number = 4;
  await eventually(
    async () => {
      for (const [index, name] of DOMAINS.entries())
        if (hosts[index]?.messageCount === 0) await submit(`r${String(number)}@${name}.test`);
      number++;
      return hosts.every(({ messageCount }) => messageCount > 0);
    },
    { what: 'mail at every host again', timeoutMs: BACK_MS, everyMs: 2_000 },
  );
  const before = smart.messageCount;
  const ids: string[] = [];
  for (const name of DOMAINS) ids.push(await submit(`last@${name}.test`));
  for (const id of ids) {
    const { deliveries } = await stage.settled(id);
    expect(deliveries[0]).toMatchObject({ state: 'delivered', history: [{ route: 'mx' }] });
  }
  expect(smart.messageCount).toBe(before);
  // Nothing was lost, and nothing was sent twice.
  const taken = [smart, ...hosts].flatMap(({ messages }) => messages.flatMap(({ recipients }) => recipients));
  expect(new Set(taken.map(({ address }) => address)).size).toBe(taken.length);
  await session.quit();
});
