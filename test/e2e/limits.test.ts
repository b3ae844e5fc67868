/** Limits that the real relay sets itself when a remote complains, over a crash, and what an operator suspends for a time. */
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { startFakeMx, type FakeMx } from '../support/fake-mx.ts';
import { RECIPIENT_DOMAIN, SENDER_DOMAIN, Stage } from './support/stage.ts';

const FROM = `shop@${SENDER_DOMAIN}`;
const TSS04 = '421 4.7.0 [TSS04] Messages from 127.0.0.1 temporarily deferred due to unexpected volume';

const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one[Symbol.asyncDispose]();
});

async function staged(): Promise<Stage> {
  const stage = await Stage.start();
  open.push(stage);
  return stage;
}

async function submit(stage: Stage, count: number, domain: string): Promise<readonly string[]> {
  const session = await stage.session();
  const content = `From: <${FROM}>\r\nTo: list:;\r\nSubject: News\r\n\r\nbody text\r\n`;
  const ids: string[] = [];
  for (let at = 0; at < count; at++)
    ids.push(await session.submitForId({ from: FROM, to: [`r${at}@${domain}`], content }));
  await session.quit();
  return ids;
}

interface Shown {
  readonly suspended: boolean;
  readonly limits: readonly { readonly action: string; readonly rule: string; readonly subject: string }[];
}

describe('a provider that says that it is too much', () => {
  async function yahoo(stage: Stage, isBusy: () => boolean): Promise<FakeMx> {
    const mx = 'mta5.am0.yahoodns.net';
    const fake = await startFakeMx({
      ...{ port: stage.mx.port, host: '127.0.0.5' },
      respond: (command) => (command.startsWith('MAIL') && isBusy() ? TSS04 : undefined),
    });
    open.push({ [Symbol.asyncDispose]: () => fake.close() });
    stage.dns.zone.set('y.test', { mx: [{ preference: 10, exchange: mx }] });
    stage.dns.zone.set(mx, { a: ['127.0.0.5'] });
    return fake;
  }

  it('is left alone, which is shown and told of and outlasts a crash, until an operator lifts it', async () => {
    const stage = await staged();
    let busy = true;
    const fake = await yahoo(stage, () => busy);
    await submit(stage, 1, 'y.test');
    const shown = () => stage.relay.ctl<Shown>('destination', 'show', 'y.test');
    await eventually(async () => (await shown()).limits.length === 1, { what: 'a limit' });
    expect(await shown()).toMatchObject({
      ...{ suspended: false },
      limits: [
        {
          subject: 'yahoo',
          action: 'suspend',
          rule: 'yahoo-deferred',
          undone_by: 'relayctl destination resume y.test',
        },
      ],
    });
    const events = await stage.relay.ctlList<Record<string, unknown>>('events', '--server');
    expect(events.filter(({ event }) => event === 'destination_limited')).toMatchObject([
      { change: 'suspended', subject: 'yahoo', rule: 'yahoo-deferred', reply: TSS04, destination: 'y.test' },
    ]);
    await stage.relay.kill();
    await stage.relay.start();
    busy = false;
    const ids = await submit(stage, 3, 'y.test');
    // Mail that goes elsewhere is delivered meanwhile.
    const [other] = await submit(stage, 1, RECIPIENT_DOMAIN);
    await stage.settled(other ?? '');
    expect(fake.messages).toEqual([]);
    expect(await stage.message(ids[0] ?? '')).toMatchObject({
      deliveries: [{ state: 'queued', attempts: 0 }],
    });
    expect(await stage.relay.ctl('destination', 'resume', 'y.test')).toMatchObject({ limits_lifted: 1 });
    for (const id of ids) expect((await stage.settled(id)).deliveries[0]?.state).toBe('delivered');
  });
});

describe('what an operator suspends', () => {
  it('for a time waits, and goes on by itself when that is over', async () => {
    const stage = await staged();
    await stage.relay.ctl('destination', 'suspend', RECIPIENT_DOMAIN, '--for', '10s');
    await stage.relay.ctl('account', 'suspend', 'default', '--for', '10s');
    const [id] = await submit(stage, 1, RECIPIENT_DOMAIN);
    expect((await stage.message(id ?? '')).deliveries[0]?.state).toBe('held');
    expect((await stage.settled(id ?? '')).deliveries[0]?.state).toBe('delivered');
    expect(await stage.relay.ctl('account', 'show', 'default')).toMatchObject({ suspended: false });
  });
});
