/** Mail that hurts a reputation is held, lists that are dead are not mailed, and a provider's bad hour harms nobody. */
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { RECIPIENT_DOMAIN, SENDER_DOMAIN, Stage, type SuppressionJson } from './support/stage.ts';

const at = (localPart: string) => `${localPart}@${RECIPIENT_DOMAIN}`;
const WAIT = { timeoutMs: 30_000, everyMs: 200 };

async function submit(stage: Stage, to: readonly string[], stream = 'transactional'): Promise<string[]> {
  const session = await stage.session();
  const ids: string[] = [];
  for (const one of to) {
    ids.push(
      await session.submitForId({
        from: '',
        to: one,
        content: `From: <news@${SENDER_DOMAIN}>\r\nTo: ${one}\r\nX-Relay-Stream: ${stream}\r\nSubject: Hello\r\n\r\ntext\r\n`,
      }),
    );
  }
  await session.quit();
  return ids;
}

interface StatusJson {
  readonly warnings: readonly string[];
  readonly queue: { readonly held: number };
}

describe('a stream whose list is dead', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.start({
      config: { health: { least_messages: 6, hold_bounces: '30%', warn_bounces: 'off' } },
    });
  });
  afterAll(async () => {
    await stage[Symbol.asyncDispose]();
  });

  it('is held, with what waits and what comes in, while other mail goes on', async () => {
    const [waiting = ''] = await submit(stage, [at('defer-451-4.7.1+waits')], 'broadcast');
    await stage.messageWhere(
      waiting,
      'the deferral',
      ({ deliveries }) => deliveries[0]?.state === 'deferred',
    );
    const to = [...Array(6).keys()].map((number) =>
      at(number < 3 ? `good+${number}` : `bounce-550-5.1.1+${number}`),
    );
    for (const id of await submit(stage, to, 'broadcast')) await stage.settled(id);
    const held = await eventually(
      async () => {
        const status = await stage.relay.ctl<StatusJson>('status');
        return status.queue.held > 0 ? status : undefined;
      },
      { what: 'the stream to be held', ...WAIT },
    );
    expect(held?.warnings.join()).toMatch(
      /stream broadcast of account default is held since .*: 50 % of 6 deliveries bounced hard \(limit 30 %\)/,
    );
    expect((await stage.message(waiting)).deliveries[0]?.state).toBe('held');
    const [later = ''] = await submit(stage, [at('good+later')], 'broadcast');
    expect((await stage.message(later)).deliveries[0]?.state).toBe('held');
    const [other = ''] = await submit(stage, [at('good+other')]);
    expect((await stage.settled(other)).deliveries[0]?.state).toBe('delivered');
    const rows = await stage.relay.ctlList<{ by: string; name: string; level: string }>('health');
    expect(rows.find(({ by, name }) => by === 'stream' && name === 'broadcast')).toMatchObject({
      level: 'hold',
      bounce_rate: 0.5,
    });
    expect(rows.find(({ by }) => by === 'account')).toMatchObject({ level: 'good' });
  });

  it('goes on when it is released', async () => {
    await stage.relay.ctl('queue', 'release', '--account', 'default', '--stream', 'broadcast');
    expect(await stage.relay.ctl<StatusJson>('status')).toMatchObject({ warnings: [] });
    const released = await eventually(() => stage.mx.deliveriesTo(at('good+later')) === 1, {
      what: 'the held message at the MX',
      ...WAIT,
    });
    expect(released).toBe(true);
    const [next = ''] = await submit(stage, [at('good+next')], 'broadcast');
    expect((await stage.settled(next)).deliveries[0]?.state).toBe('delivered');
  });
});

describe('suppressions', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.start({
      config: { suppression: { soft_bounce_run: 2, soft_bounce_span: '1s', soft_bounce_expiry: '1d' } },
    });
  });
  afterAll(async () => {
    await stage[Symbol.asyncDispose]();
  });

  const suppressions = () => stage.relay.ctlList<SuppressionJson>('suppression', 'list');

  it('follow a run of full mailboxes, for a while', async () => {
    const address = at('bounce-552-5.2.2+full');
    const startedMs = performance.now();
    await eventually(
      async () => {
        const [id = ''] = await submit(stage, [address]);
        const { deliveries } = await stage.settled(id);
        return deliveries[0]?.state === 'suppressed';
      },
      { what: 'the address to be suppressed', timeoutMs: 30_000, everyMs: 400 },
    );
    expect(performance.now() - startedMs).toBeGreaterThan(1_000);
    const [found] = await suppressions();
    expect(found).toMatchObject({ address, reason: 'soft-bounces', scope: 'account' });
    expect(found?.expires_at).not.toBeNull();
  });

  it('do not follow when a destination suddenly knows nobody', async () => {
    await submit(
      stage,
      [...Array(30).keys()].map((number) => at(`bounce-550-5.1.1+${number}`)),
    );
    const status = await eventually(
      async () => {
        const { warnings } = await stage.relay.ctl<StatusJson>('status');
        return warnings.length > 0 ? warnings : undefined;
      },
      { what: 'a warning', ...WAIT },
    );
    expect(status?.join()).toContain(
      `${RECIPIENT_DOMAIN} suddenly says of most addresses that they are unknown`,
    );
    await eventually(async () => (await suppressions()).length === 1, {
      what: 'the suppressions to be taken back',
      ...WAIT,
    });
  });

  it('come in from a file beside the running relay', async () => {
    const file = `${stage.relay.folder}/list.csv`;
    writeFileSync(file, `email\n${at('listed')}\nwrong\n`);
    const imported = await stage.relay.ctlRaw(['suppression', 'import', file]);
    expect(imported).toMatchObject({ code: 1, stdout: 'Imported 1 address.\n' });
    expect(imported.stderr).toContain('line 3');
    const [id = ''] = await submit(stage, [at('listed')]);
    expect((await stage.settled(id)).deliveries[0]?.state).toBe('suppressed');
  });
});
